import { spawn } from 'node:child_process';

/** What a measuring process answers: its last line of JSON. */
export type Answer = Readonly<Record<string, unknown>>;

/** Runs a measuring process to its end. Its answer is the last line; a process that fails, or answers nothing, is an error with its last words. */
export function ask(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '',
      problems = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      problems = (problems + text).slice(-20_000);
    });
    child.on('error', (error) => reject(new Error(`bench: ${command} cannot be started: ${error.message}`)));
    child.on('close', (code) => {
      const last = out.trim().split('\n').at(-1) ?? '';
      if (code === 0 && last.startsWith('{')) resolve(JSON.parse(last) as Answer);
      else {
        const lines = problems.trim().split('\n');
        const why = lines.findLast((line) => /\bError\b/.test(line)) ?? lines.at(-1) ?? '';
        reject(new Error(`bench: ${command} ${args[0] ?? ''} ended with ${code}: ${why}`));
      }
    });
  });
}
