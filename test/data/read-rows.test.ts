import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';
import { csv } from '../../lib/data/csv/csv.js';
import { readRows } from '../../lib/data/read-rows.js';
import type { Row } from '../../lib/data/table/preprocessing.js';
import { root } from '../root.js';
import { temporaryFile } from './idx-file.js';

async function all(path: string): Promise<{ rows: Row[]; places: string[]; sizes: number[] }> {
  const rows: Row[] = [],
    places: string[] = [],
    sizes: number[] = [];
  for await (const piece of readRows(path)) {
    sizes.push(piece.rows.length);
    for (const [at, row] of piece.rows.entries()) {
      rows.push(row);
      places.push(piece.where(at));
    }
  }
  return { rows, places, sizes };
}

const bytes = (text: string) => new TextEncoder().encode(text);

test('rows of a CSV file are texts under the names of the columns, with their lines', async (t) => {
  const text = 'b,a\n1," x ""y"""\n\n,"two\nlines"\nNA,3\n';
  for (const file of [bytes(text), gzipSync(text)]) {
    const path = temporaryFile(t, 'table.txt', file);
    const { rows, places } = await all(path);
    t.deepEqual(rows, [
      { b: '1', a: ' x "y"' },
      { b: '', a: 'two\nlines' },
      { b: 'NA', a: '3' },
    ]);
    t.deepEqual(Object.keys(rows[0]!), ['b', 'a']);
    t.deepEqual(
      places,
      [2, 4, 6].map((line) => `${path} line ${line}`),
    );
  }
});

test('many rows come in pieces, each row once and in order', async (t) => {
  const lines = Array.from({ length: 25_000 }, (_, i) => `${i},${'x'.repeat(i % 50)}`);
  const path = temporaryFile(t, 'table.csv', bytes(`i,x\n${lines.join('\n')}`));
  const { rows, places, sizes } = await all(path);
  t.true(sizes.length >= 25 && sizes.every((size) => size >= 1 && size <= 1000));
  t.true(rows.length === 25_000 && rows.every((row, i) => row['i'] === String(i)));
  t.true(places.every((place, i) => place.endsWith(`line ${i + 2}`)));
});

test('rows of a Parquet file have typed values; what is no feature is left out', async (t) => {
  const columnData: ColumnSource[] = [
    { name: 'b', type: 'BOOLEAN', data: Array.from({ length: 2500 }, (_, i) => i % 2 === 0) },
    { name: 'n', type: 'INT64', data: Array.from({ length: 2500 }, (_, i) => 2n ** 53n - 2n + BigInt(i)) },
    { name: 'x', type: 'DOUBLE', data: Array.from({ length: 2500 }, (_, i) => (i === 1 ? null : i / 2)), nullable: true },
    { name: 'when', type: 'TIMESTAMP', data: Array.from({ length: 2500 }, (_, i) => new Date(i)) },
    { name: 'c', type: 'STRING', data: Array.from({ length: 2500 }, (_, i) => ` ${i}`) },
  ];
  const path = temporaryFile(t, 'table.bin', new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 2000 })));
  const { rows, places, sizes } = await all(path);
  t.deepEqual(sizes, [1000, 1000, 500]);
  t.deepEqual(rows.slice(0, 3), [
    { b: true, n: 2 ** 53 - 2, x: 0, c: ' 0' },
    { b: false, n: 2 ** 53 - 1, x: null, c: ' 1' },
    { b: true, n: '9007199254740992', x: 1, c: ' 2' }, // not exact as a number
  ]);
  t.deepEqual(Object.keys(rows[0]!), ['b', 'n', 'x', 'c']);
  t.true(rows.every((row, i) => row['c'] === ` ${i}`) && places.every((place, i) => place === `${path} row ${i + 1}`));
});

test('a column that cannot be decompressed has a sentence', async (t) => {
  const path = join(root, 'test/data/parquet/houses.parquet');
  await t.throwsAsync(all(path), { message: /houses\.parquet: expected column '(zstd|lz4)' to be compressed by one of/ });
});

test('rows give the features of training, and errors name their lines', async (t) => {
  const rows = Array.from({ length: 60 }, (_, i) => `${i},${['red', 'blue'][i % 2]},${i / 3}`);
  const path = temporaryFile(t, 'table.csv', bytes(`x,c,y\n${rows.join('\n')}`));
  const { preprocessing, train } = await csv(path, { target: 'y', stream: false, split: { validation: 0, test: 0.01 } });
  const features: number[] = [];
  for await (const piece of readRows(path)) features.push(...preprocessing.features(piece.rows, piece.where).data);
  const known = new Set(Array.from({ length: 60 }, (_, at) => features.slice(3 * at, 3 * at + 3).join()));
  for (let at = 0; at < train.count; at++) t.true(known.has(train.features.data.subarray(3 * at, 3 * at + 3).join()));
  const other = temporaryFile(t, 'new.csv', bytes('x,c\n1,red\n\n2,rad\n'));
  const { value: piece } = await readRows(other).next();
  const message = /new\.csv line 4: expected a category of column 'c' seen in training, got 'rad'; did you mean 'red'\?$/;
  t.throws(() => preprocessing.features(piece!.rows, piece!.where), { message });
});

const bad: [name: string, text: string, message: RegExp][] = [
  ['an empty file', '', /line 1: expected a header with the names of the columns, got an empty file$/],
  ['too many fields', 'a,b\n1,2,3\n', /line 2: expected 2 fields, as the header has, got 3/],
  ['an open quote', 'a,b\n1,"2\n', /line 2: expected a closing quote/],
];
for (const [name, text, message] of bad) {
  test(`one sentence for ${name}`, async (t) => {
    await t.throwsAsync(all(temporaryFile(t, 'table.csv', bytes(text))), { message });
  });
}

test('a header alone has no rows; a file that is not there has a sentence', async (t) => {
  t.deepEqual((await all(temporaryFile(t, 'table.csv', bytes('a,b\n')))).rows, []);
  await t.throwsAsync(all('none.csv'), { message: 'none.csv: expected a readable table, got ENOENT' });
});
