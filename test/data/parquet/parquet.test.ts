import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { type BasicType, type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';
import { csv } from '../../../lib/data/csv/csv.js';
import { parquet } from '../../../lib/data/parquet/parquet.js';
import { split } from '../../../lib/data/split.js';
import type { TableOptions } from '../../../lib/data/table/options.js';
import { root } from '../../root.js';
import { temporaryFile } from '../idx-file.js';

/** Written by pyarrow; see houses.py. */
const HOUSES = join(root, 'test/data/parquet/houses.parquet');
const CITIES = ['Oslo', '"Bodø, ""N"""', 'Bergen'];

/** The same table as text, by the formulas of houses.py. */
function houses(t: ExecutionContext): string {
  const row = (i: number) =>
    [
      i % 50 === 7 ? '' : 40.5 + ((i * 37) % 160),
      1 + ((i * 7) % 5),
      i % 41 === 3 ? '' : CITIES[i % 3],
      i % 3 === 0,
      ((i * 331) % 10000) / 100,
      i % 60 === 9 ? 'NaN' : i * 0.25,
      (i * 12345) % 70000,
      ((i * 7919) % 1000) / 8 + i,
    ].join(',');
  const lines = ['area,rooms,city,garden,tax,height,meters,price', ...Array.from({ length: 200 }, (_, i) => row(i))];
  return temporaryFile(t, 'houses.csv', new TextEncoder().encode(lines.join('\n')));
}

const UNUSED = ['id', 'when', 'day', 'tags', 'zstd', 'lz4'];
const asked: [name: string, options: TableOptions][] = [
  ['a regression, the mean', { target: 'price', impute: 'mean' }],
  ['classes of numbers, the most frequent', { target: 'rooms', impute: 'mostFrequent', categorical: ['tax'] }],
  ['classes of booleans', { target: 'garden', impute: 'mean', split: { seed: 3, validation: 0.3 } }],
];
for (const [name, options] of asked) {
  test(`a file of pyarrow gives what the same table as CSV gives: ${name}`, async (t) => {
    const text = await csv(houses(t), { ...options, stream: false });
    const table = await parquet(HOUSES, { ...options, exclude: UNUSED, stream: false });
    t.is(JSON.stringify(table.preprocessing), JSON.stringify(text.preprocessing));
    for (const part of ['train', 'validation', 'test'] as const) {
      const [a, b] = [table[part]!, text[part]!];
      t.is(a.count, b.count);
      t.deepEqual(a.features.data, b.features.data);
      t.deepEqual(a.targets, b.targets);
    }
  });
}

test('streamed, the pieces of a pass are the rows of the file in its order', async (t) => {
  const options = { target: 'price', impute: 'mean', exclude: UNUSED } as const;
  const memory = await parquet(HOUSES, { ...options, stream: false });
  const streamed = await parquet(HOUSES, { ...options, stream: true });
  t.is(JSON.stringify(streamed.preprocessing), JSON.stringify(memory.preprocessing));
  const dealt = split('test', 200);
  const width = memory.layers[0]!;
  for (const part of ['train', 'validation', 'test'] as const) {
    const order = [...dealt[part].keys()].sort((a, b) => dealt[part][a]! - dealt[part][b]!);
    const features: number[] = [],
      targets: number[] = [];
    let pieces = 0;
    for await (const piece of streamed[part]!.open()) {
      features.push(...piece.features.data);
      targets.push(...piece.targets.data);
      pieces++;
    }
    t.is(pieces, 3); // one for each row group
    const { features: all, targets: wanted } = memory[part]!;
    t.deepEqual(
      features,
      order.flatMap((at) => [...all.data.subarray(at * width, (at + 1) * width)]),
    );
    t.deepEqual(
      targets,
      order.map((at) => wanted.data[at]!),
    );
  }
});

const zstdTest = 'zstdDecompressSync' in zlib ? test : test.skip;
const noZstdTest = 'zstdDecompressSync' in zlib ? test.skip : test;
const others = ['id', 'when', 'day', 'tags', 'lz4', 'area', 'city', 'height'];
zstdTest('zstd is read where Node has it', async (t) => {
  const { preprocessing } = await parquet(HOUSES, { target: 'price', exclude: others });
  t.true(preprocessing.columns.some(({ name }) => name === 'zstd'));
});
noZstdTest('zstd is one sentence where Node has none', async (t) => {
  const message =
    /houses\.parquet: expected column 'zstd' to be compressed by one of UNCOMPRESSED, SNAPPY, GZIP, BROTLI, got ZSTD; Node reads zstd from 22\.15 on/;
  await t.throwsAsync(parquet(HOUSES, { target: 'price', exclude: others }), { message });
});

const unusable: [name: string, options: TableOptions, message: RegExp][] = [
  [
    'lists',
    { target: 'price', exclude: ['when', 'day'] },
    /houses\.parquet: expected numbers, booleans or texts in column 'tags', got nested values; set exclude: \['tags'\]$/,
  ],
  [
    'dates',
    { target: 'price', exclude: ['when'] },
    /expected numbers, booleans or texts in column 'day', got dates or times \(DATE\); set exclude/,
  ],
  [
    'timestamps',
    { target: 'price', exclude: ['day'] },
    /expected numbers, booleans or texts in column 'when', got dates or times \(TIMESTAMP\); set exclude/,
  ],
  ['a target of dates', { target: 'day', exclude: UNUSED.filter((name) => name !== 'day') }, /in column 'day', got dates or times/],
  [
    'another compression',
    { target: 'price', exclude: [...UNUSED.slice(0, 5), 'area', 'city', 'height'] },
    /column 'lz4' to be compressed by one of .* got LZ4(_RAW)?; write the file with snappy or gzip$/,
  ],
  [
    'numbers beyond 2^53',
    { target: 'price', exclude: UNUSED.slice(1), impute: 'mean' },
    /houses\.parquet row 1: expected whole numbers within 2\^53 in column 'id', got 1152921504606846976; read .* categorical, or set exclude/,
  ],
  [
    'a missing number',
    { target: 'price', exclude: UNUSED },
    /houses\.parquet row 8: expected a value in column 'area', got none; remove the row, or set impute: 'median'/,
  ],
  [
    'a wrong column',
    { target: 'prize', exclude: UNUSED },
    /houses\.parquet: expected a column 'prize', got none of this name; did you mean 'price'\?$/,
  ],
  [
    'texts in a regression',
    { target: 'city', kind: 'regression', exclude: UNUSED, impute: 'mean' },
    /row 1: expected a number in column 'city', got 'Oslo'/,
  ],
  [
    'an unknown option',
    { target: 'price', excluded: [] } as never,
    /^parquet: expected a known option, got 'excluded'; did you mean 'exclude'\?$/,
  ],
];
for (const [name, options, message] of unusable) {
  test(`one sentence for ${name}`, async (t) => {
    for (const stream of [false, true]) {
      const error = await t.throwsAsync(parquet(HOUSES, { ...options, stream } as TableOptions), { message });
      t.false(error!.message.includes('\n'));
    }
  });
}

test('large whole numbers can be categories', async (t) => {
  const { preprocessing } = await parquet(HOUSES, { target: 'price', exclude: UNUSED.slice(1), categorical: ['id'], impute: 'mean' });
  const [id] = preprocessing.columns;
  t.true(id?.kind === 'category' && id.categories.includes('1152921504606846977'));
});

type Columns = Record<string, readonly [type: BasicType, data: unknown[]]>;

/** A file of the other writer. */
function written(t: ExecutionContext, columns: Columns, more: Partial<Parameters<typeof parquetWriteBuffer>[0]> = {}): string {
  const columnData = Object.entries(columns).map(
    ([name, [type, data]]): ColumnSource => ({ name, data: data as never, type, nullable: true }),
  );
  return temporaryFile(t, 'table.parquet', new Uint8Array(parquetWriteBuffer({ columnData, ...more })));
}

const numbers = (count: number, of: (i: number) => unknown) => Array.from({ length: count }, (_, i) => of(i));

test('a file of hyparquet-writer, in several row groups', async (t) => {
  const columns: Columns = {
    x: ['DOUBLE', numbers(100, (i) => (i % 9 === 4 ? null : i * 3))],
    n: ['INT64', numbers(100, (i) => BigInt(i * i))],
    c: ['STRING', numbers(100, (i) => ['red', ' blue', null][i % 3])],
    b: ['BOOLEAN', numbers(100, (i) => i % 2 === 0)],
    y: ['FLOAT', numbers(100, (i) => i / 4)],
  };
  const path = written(t, columns, { rowGroupSize: 30 });
  const task = await parquet(path, { target: 'y', impute: 'mean', stream: false });
  const [x, n, c, b] = task.preprocessing.columns;
  if (x?.kind !== 'number' || n?.kind !== 'number' || c?.kind !== 'category' || b?.kind !== 'category') return t.fail('kinds');
  t.deepEqual(
    [c.categories, b.categories],
    [
      ['blue', 'red'],
      ['false', 'true'],
    ],
  );
  const { train } = split('test', 100);
  const { data } = task.train.features;
  for (const [at, row] of train.entries()) {
    const [rawX, rawN, ...hot] = data.subarray(at * 6, at * 6 + 6);
    t.true(Math.abs(rawX! * x.scale + x.mean - (row % 9 === 4 ? x.missing! : row * 3)) < 1e-4);
    t.true(Math.abs(rawN! * n.scale + n.mean - row * row) < 1e-2);
    const color = ['red', 'blue', c.missing][row % 3];
    t.deepEqual(hot, [Number(color === 'blue'), Number(color === 'red'), row % 2, 1 - (row % 2)]);
  }
});

test('files that are no Parquet, damaged, empty or not there: one sentence', async (t) => {
  const whole = readFileSync(HOUSES);
  const of = (bytes: Uint8Array) => parquet(temporaryFile(t, 'bad.parquet', bytes), { target: 'price', exclude: UNUSED, impute: 'mean' });
  await t.throwsAsync(of(whole.subarray(0, 900)), {
    message: /bad\.parquet: expected a whole Parquet file, got an error: .*; is it damaged/,
  });
  await t.throwsAsync(of(new TextEncoder().encode('x,y\n1,2\n')), { message: /bad\.parquet: expected a whole Parquet file, got an error/ });
  await t.throwsAsync(of(new Uint8Array(0)), { message: /bad\.parquet: expected a whole Parquet file, got an error/ });
  const damaged = Uint8Array.from(whole);
  damaged.fill(0xa5, 100, 2000);
  await t.throwsAsync(of(damaged), { message: /bad\.parquet.*: expected / });
  await t.throwsAsync(parquet('none.parquet', { target: 'y' }), { message: 'none.parquet: expected a readable Parquet file, got ENOENT' });
  await t.throwsAsync(parquet(root, { target: 'y' }), { message: /expected a readable Parquet file, got something that is not a file$/ });
  const none = written(t, { x: ['DOUBLE', []], y: ['DOUBLE', []] });
  await t.throwsAsync(parquet(none, { target: 'y' }), { message: /table\.parquet: expected a table with rows, got none$/ });
  const one = written(t, { x: ['DOUBLE', [1]], y: ['DOUBLE', [2]] });
  await t.throwsAsync(parquet(one, { target: 'y' }), { message: /expected rows left to train on .* got 1 in all$/ });
});

test('a number that is not finite is no number', async (t) => {
  const path = written(t, { x: ['DOUBLE', [1, Number.POSITIVE_INFINITY, 3, 4]], y: ['DOUBLE', [2, 1, 0.5, 3]] });
  await t.throwsAsync(parquet(path, { target: 'y', impute: 'mean' }), {
    message: /row 2: expected a number in column 'x', got 'Infinity'/,
  });
});

test('a file that changes between passes', async (t) => {
  const columns = (count: number): Columns => ({ x: ['DOUBLE', numbers(count, (i) => i)], y: ['DOUBLE', numbers(count, (i) => i / 3)] });
  const path = written(t, columns(20));
  const { train } = await parquet(path, { target: 'y', stream: true });
  writeFileSync(path, readFileSync(written(t, columns(21))));
  const pass = async () => {
    for await (const _ of train.open());
  };
  await t.throwsAsync(pass(), { message: /expected 20 rows, as when the file was read first, got 21/ });
});
