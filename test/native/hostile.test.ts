import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import test from 'ava';

const ROUNDS = 1500;

// In a process of its own, because what is tested is that it survives.
test('a plan with flipped bits, cut short or with foreign ids is refused with one sentence or runs, and never crashes', (t) => {
  const child = fileURLToPath(new URL('./hostile.js', import.meta.url));
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [child, String(ROUNDS)], { encoding: 'utf8', timeout: 100_000 });
  t.deepEqual([status, signal], [0, null], stderr.slice(0, 2000));
  const lines = stdout.trim().split('\n');
  t.is(lines.length, 4);
  for (const line of lines) {
    const counts = JSON.parse(line.slice(line.indexOf('{'))) as Record<string, number>;
    t.true(counts['refused']! > ROUNDS / 4, line);
  }
});
