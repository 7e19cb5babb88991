import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { csv } from '../../../lib/data/csv/csv.js';
import type { Dataset } from '../../../lib/data/dataset.js';
import { split } from '../../../lib/data/split.js';
import type { StreamedDataset } from '../../../lib/data/stream.js';
import type { TableOptions } from '../../../lib/data/table/options.js';
import { temporaryFolder } from '../idx-file.js';

const PARTS = ['train', 'validation', 'test'] as const;

const names = ['Ærø, "the isle"', 'line\nbreak', 'plain', 'semi;colon', ' spaces ', '名前'];
const quoted = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** A table with numbers, categories, missing values, quotes and line breaks; `long` texts make it cross many borders of pieces. */
function lines(count: number, long: number): string[] {
  const row = (i: number) => {
    const x = i % 11 === 3 ? 'NA' : ((i * 7919) % 1000) / 8 - 60;
    const name = i % 13 === 5 ? '' : quoted(names[(i * i) % names.length]!);
    const key = quoted(`${'x'.repeat((i * 31) % (long + 1))}"${i}\r\n`);
    return [x, name, 0.1, key, `${(i * 13) % 4}`, (Math.sin(i) * 1e6).toExponential(17), i % 3, (i % 97) / 7].join(',');
  };
  return ['x,name,constant,key,zip,wide,class,y', ...Array.from({ length: count }, (_, i) => row(i))];
}

function fileOf(t: ExecutionContext, text: string | Uint8Array, name = 'table.csv'): string {
  const path = join(temporaryFolder(t), name);
  writeFileSync(path, text);
  return path;
}

/** All examples of a pass, their features and targets one after the other. */
async function concatenated(part: StreamedDataset): Promise<{ features: number[]; targets: number[]; pieces: number }> {
  const features: number[] = [],
    targets: number[] = [];
  let pieces = 0;
  for await (const piece of part.open()) {
    for (const value of piece.features.data) features.push(value);
    for (const value of piece.targets.data) targets.push(value);
    pieces++;
  }
  return { features, targets, pieces };
}

/** Examples of a data set in another order: number `order[i]` becomes number i. */
function reordered({ features, targets }: Dataset, order: readonly number[]) {
  const width = features.shape[0]!;
  return {
    features: order.flatMap((at) => [...features.data.subarray(at * width, (at + 1) * width)]),
    targets: order.map((at) => targets.data[at]!),
  };
}

const tables: [name: string, text: () => string | Uint8Array, rows: number, options: TableOptions][] = [
  ['a regression', () => lines(700, 4000).join('\r\n'), 700, { target: 'y', exclude: ['key'], categorical: ['zip'], impute: 'mean' }],
  ['classes of numbers', () => lines(300, 10).join('\n'), 300, { target: 'class', exclude: ['key'], impute: 'mostFrequent' }],
  ['classes of texts', () => lines(200, 10).join('\n'), 200, { target: 'zip', kind: 'classification', exclude: ['key'], impute: 'mean' }],
  ['no validation', () => lines(50, 0).join('\r'), 50, { target: 'y', exclude: ['key', 'x', 'name'], split: { validation: 0, seed: 7 } }],
  ['a gzipped file', () => gzipSync(lines(900, 3000).join('\n')), 900, { target: 'y', exclude: ['key'], impute: 'mean' }],
  ['two rows', () => 'x,c,y\n1,a,2.5\n3,b,3.5\n', 2, { target: 'y' }],
];
for (const [name, text, rows, options] of tables) {
  test(`the pieces of a pass are the rows of the file in its order, as in memory: ${name}`, async (t) => {
    const path = fileOf(t, text());
    const memory = await csv(path, { ...options, stream: false });
    const streamed = await csv(path, { ...options, stream: true });
    t.is(JSON.stringify(streamed.preprocessing), JSON.stringify(memory.preprocessing));
    t.deepEqual([streamed.kind, streamed.loss, streamed.layers, streamed.name], [memory.kind, memory.loss, memory.layers, memory.name]);
    const dealt = split('test', rows, options.split);
    for (const part of PARTS) {
      if (memory[part] === null) {
        t.is(streamed[part], null);
        continue;
      }
      const order = [...dealt[part].keys()].sort((a, b) => dealt[part][a]! - dealt[part][b]!);
      const expected = reordered(memory[part], order);
      t.is(streamed[part]!.count, memory[part].count);
      for (let pass = 0; pass < 2; pass++) {
        const { features, targets } = await concatenated(streamed[part]!);
        t.true(features.length > 0);
        t.deepEqual(features, expected.features);
        t.deepEqual(targets, expected.targets);
      }
    }
  });
}

test('a larger file comes in several pieces, and passes may overlap', async (t) => {
  const path = fileOf(t, lines(700, 4000).join('\n'));
  const { train, test: held } = await csv(path, { target: 'y', exclude: ['key'], impute: 'mean', stream: true });
  const alone = await concatenated(train);
  t.true(alone.pieces > 2, `${alone.pieces}`);
  const [first, second, other] = await Promise.all([concatenated(train), concatenated(train), concatenated(held)]);
  t.deepEqual([first, second], [alone, alone]);
  t.deepEqual(other, await concatenated(held));
});

test('what a streamed table cannot do is one sentence', async (t) => {
  const path = fileOf(t, lines(50, 0).join('\n'));
  const median = csv(path, { target: 'y', exclude: ['key'], impute: 'median', stream: true });
  await t.throwsAsync(median, {
    message: /table\.csv: expected impute to be mean or mostFrequent for a streamed table, got median; a median/,
  });
  const many = ['x,y', ...Array.from({ length: 160_000 }, (_, i) => `${i / 4},${i / 7}`)];
  const frequent = csv(fileOf(t, many.join('\n')), { target: 'y', impute: 'mostFrequent', stream: true });
  await t.throwsAsync(frequent, { message: /table\.csv column 'x': expected at most 100000 different numbers .* got more; use mean$/ });
  await t.throwsAsync(csv(path, { target: 'y', stream: 1 as never }), { message: /^csv: expected stream to be true or false, got 1$/ });
});

test('the errors of a file are those of memory', async (t) => {
  const bad = lines(400, 100);
  bad[300] = bad[300]!.replace(/^[^,]*/, 'abc');
  const path = fileOf(t, bad.join('\n'));
  const options = { target: 'y', exclude: ['key'], impute: 'mean' } as const;
  const message = (await t.throwsAsync(csv(path, { ...options, stream: false })))!.message;
  t.regex(message, /table\.csv line \d+: expected a number in column 'x', got 'abc'/);
  await t.throwsAsync(csv(path, { ...options, stream: true }), { message });
});

const changes: [name: string, change: (lines: string[]) => string[], message: RegExp][] = [
  [
    'more rows',
    (all) => [...all, all[1]!],
    /table\.csv: expected 60 rows, as when the file was read first, got 61; do not change the file/,
  ],
  ['fewer rows', (all) => all.slice(0, -1), /table\.csv: expected 60 rows, as when the file was read first, got 59/],
  [
    'a new category',
    (all) => all.map((line) => line.replace('semi;colon', 'semi:colon')),
    /expected a category of column 'name' .* got 'semi:colon'; the file has changed since; did you mean 'semi;colon'\?$/,
  ],
  [
    'another header',
    (all) => all.with(0, all[0]!.replace('x,', 'z,')),
    /line 1: expected a column 'x', as when the file was read first, got none of this name$/,
  ],
];
for (const [name, change, message] of changes) {
  test(`a file that changes between passes: ${name}`, async (t) => {
    const rows = lines(60, 0).map((line) => line.replaceAll('\r\n', ' '));
    const path = fileOf(t, rows.join('\n'));
    const { train } = await csv(path, { target: 'y', exclude: ['key'], impute: 'mean', stream: true });
    writeFileSync(path, change(rows).join('\n'));
    await t.throwsAsync(concatenated(train), { message });
  });
}

test('a class of numbers that comes up between passes', async (t) => {
  const rows = ['x,y', ...Array.from({ length: 60 }, (_, i) => `${i},${i % 3}`)];
  const path = fileOf(t, rows.join('\n'));
  const { train, kind } = await csv(path, { target: 'y', stream: true });
  t.is(kind, 'classification');
  writeFileSync(path, rows.map((row) => row.replace(/,2$/, ',7')).join('\n'));
  const message = "target 'y': expected a class that was there when the file was read first, got 7; the file has changed since";
  await t.throwsAsync(concatenated(train), { message });
});
