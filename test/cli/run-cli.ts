import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url));

/** How a child process of the command line ended. */
export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** At most this many children at once, so that a file of many tests does not flood the machine. */
const AT_ONCE = 3;
let running = 0;
const waiting: (() => void)[] = [];

async function turn(): Promise<void> {
  if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  running++;
}

function done(): void {
  running--;
  waiting.shift()?.();
}

type Options = {
  /** Where to run; by default in an empty folder of its own, which is removed afterwards. */
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  /** Sees standard output as it grows, and may send signals. */
  readonly watch?: (stdout: string, kill: (signal: NodeJS.Signals) => void) => void;
  /** Called every few milliseconds while the process runs, and may send signals. */
  readonly often?: (kill: (signal: NodeJS.Signals) => void) => void;
};

/** Runs `adamqlr ...args` without a terminal. */
export async function adamqlr(args: readonly string[], { cwd, env = {}, watch, often }: Options = {}): Promise<Ended> {
  await turn();
  const folder = cwd ?? mkdtempSync(join(tmpdir(), 'adamqlr-cli-'));
  return new Promise<Ended>((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      watch?.(stdout, (signal) => child.kill(signal));
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const timer = often === undefined ? undefined : setInterval(() => often((signal) => child.kill(signal)), 10);
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(timer);
      resolve({ code, stdout, stderr });
    });
  }).finally(() => {
    if (cwd === undefined) rmSync(folder, { recursive: true, force: true });
    done();
  });
}

/** The JSON objects of standard output, one per line; throws where a line is none. */
export function records(stdout: string): Record<string, unknown>[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
