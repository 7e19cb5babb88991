import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url));

/** How a child process of the command line ended. */
export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs `adamqlr ...args` without a terminal. `watch` sees standard output as it grows, and may send signals. */
export function adamqlr(
  args: readonly string[],
  { env = {}, watch }: { env?: Record<string, string>; watch?: (stdout: string, kill: (signal: NodeJS.Signals) => void) => void } = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      watch?.(stdout, (signal) => child.kill(signal));
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** The JSON objects of standard output, one per line; throws where a line is none. */
export function records(stdout: string): Record<string, unknown>[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
