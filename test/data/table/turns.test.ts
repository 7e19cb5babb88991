import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import { csv } from '../../../lib/data/csv/csv.js';
import { turns } from '../../../lib/data/table/turns.js';
import { temporaryFolder } from '../idx-file.js';

for (const [rows, columns] of [
  [0, 3],
  [1, 3],
  [131_072, 1],
  [131_073, 1],
  [500_000, 7],
  [5, 1_000_000],
] as const) {
  test(`turns deal out ${rows} rows of ${columns} columns once each, in order`, async (t) => {
    let next = 0;
    for await (const [from, to] of turns(rows, columns)) {
      t.is(from, next);
      t.true(to > from && (to - from === 1 || (to - from) * columns < 131_072 + columns));
      next = to;
    }
    t.is(next, rows);
  });
}

test('the event loop gets a turn between parts', async (t) => {
  let passed = 0,
    ended = false;
  const count = async () => {
    for (; !ended; passed++) await turn();
  };
  const counting = count();
  const seen: number[] = [];
  for await (const _ of turns(131_072 * 5, 1)) seen.push(passed);
  ended = true;
  await counting;
  t.is(seen.length, 5);
  for (const [at, before] of seen.slice(0, -1).entries()) t.true(seen[at + 1]! > before);
});

test('a table in memory of several parts holds what a streamed one does', async (t) => {
  const path = join(temporaryFolder(t), 'table.csv');
  const lines = Array.from({ length: 70_000 }, (_, i) => `${(i * 7919) % 1013},${['red', 'blue', 'green'][i % 3]},${i % 5}`);
  writeFileSync(path, ['x,color,y', ...lines].join('\n'));
  const whole = await csv(path, { target: 'y', stream: false });
  const streamed = await csv(path, { target: 'y', stream: true });
  const rowsOf = (width: number, features: ArrayLike<number>, labels: ArrayLike<number>) =>
    Array.from(labels, (label, at) => `${Array.from({ length: width }, (_, i) => features[at * width + i])} ${label}`);
  for (const part of ['train', 'validation', 'test'] as const) {
    const pieces: string[] = [];
    for await (const { features, targets } of streamed[part]!.open()) pieces.push(...rowsOf(4, features.data, targets.data));
    const { features, targets, count } = whole[part]!;
    t.is(count, pieces.length);
    t.deepEqual(rowsOf(4, features.data, targets.data).sort(), pieces.sort());
  }
});
