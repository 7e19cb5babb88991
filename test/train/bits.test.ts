import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';

const script = fileURLToPath(new URL('./bits-process.js', import.meta.url));

async function digest(optimizer: string, threads: number, stepsPerCall: number): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, optimizer, String(threads), String(stepsPerCall)]);
  return stdout.trim();
}

for (const optimizer of ['adamqlr', 'adam']) {
  test.serial(
    `${optimizer}: 100 steps give the same bits for 1, 2 and 4 threads, any steps per call, and in another process`,
    async (t) => {
      const reference = await digest(optimizer, 1, 100);
      t.regex(reference, /^100 [0-9a-f]{64}$/);
      for (const [threads, stepsPerCall] of [
        [1, 100],
        [2, 64],
        [4, 7],
        [2, 1],
      ] as const) {
        t.is(await digest(optimizer, threads, stepsPerCall), reference, `${threads} threads, ${stepsPerCall} steps per call`);
      }
    },
  );
}
