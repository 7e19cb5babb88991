import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../data/idx-file.js';
import { root } from '../root.js';
import { adamqlr, records } from './run-cli.js';

const CITIES = ['Oslo', '"Bodø, N"', 'Bergen'];

/** Houses with a missing area now and then; the price follows from area, rooms and city, being large from its city alone. */
function houses(t: ExecutionContext, missing = false): string {
  const lines = Array.from({ length: 600 }, (_, i) => {
    const area = 40 + ((i * 37) % 160),
      rooms = 1 + ((i * 7) % 5),
      price = area * [5, 4, 2][i % 3]! + 20 * rooms;
    return `h${i},${missing && i % 50 === 7 ? 'NA' : area},${CITIES[i % 3]},${rooms},${price.toFixed(1)},${price > 500 ? 'large' : 'small'}`;
  });
  const path = join(temporaryFolder(t), 'houses.csv');
  writeFileSync(path, `id,area,city,rooms,price,class\r\n${lines.join('\r\n')}\r\n`);
  return path;
}

test('train FILE.csv: a regression, with the table of the result', async (t) => {
  const path = houses(t, true);
  const columns = ['--target', 'price', '--exclude', 'id', '--exclude', 'class', '--impute', 'mean'];
  const { code, stdout, stderr } = await adamqlr(['train', path, ...columns]);
  t.is(code, 0, stderr);
  t.regex(
    stdout,
    /^task houses\.csv, target price \(regression, standardized\), rows 420 \+ 90 \+ 90, mlp 5-50-1, optimizer adamqlr, batch 420, /,
  );
  const [, loss] = /^test +([\d.e-]+) +[\d.]+ +[\d.]+$/m.exec(stdout)!;
  t.true(Number(loss) < 0.1, stdout);
});

test('train FILE.csv: a classification, other shares, the seed', async (t) => {
  const path = houses(t);
  const run = async (...more: string[]) => {
    const columns = ['--target', 'class', '--exclude', 'id', '--exclude', 'price', '--categorical', 'rooms'];
    const { code, stdout, stderr } = await adamqlr(['train', path, ...columns, '--val', '0.2', '--test', '0.3', '--json', ...more]);
    t.is(code, 0, stderr);
    return records(stdout);
  };
  const all = await run('--epochs', '60');
  const final = all.at(-1)!;
  t.true((final['testAccuracy'] as number) > 0.9, JSON.stringify(final));
  t.is((await run('--epochs', '1', '--batch-size', '300')).at(-1)!['steps'], 1); // half of 600 rows train
  const again = await run('--epochs', '60', '--seed', '0');
  const timeless = (rows: Record<string, unknown>[]) => rows.map(({ seconds: _, ...rest }) => rest);
  t.deepEqual(timeless(again), timeless(all));
});

test('train FILE.csv without validation rows reports none', async (t) => {
  const args = ['train', houses(t), '--target', 'price', '--exclude', 'id', '--val', '0', '--epochs', '2', '--json'];
  const { code, stdout, stderr } = await adamqlr(args);
  t.is(code, 0, stderr);
  t.is(records(stdout).at(-1)!['valLoss'], null);
});

test('constant features and two rows train', async (t) => {
  const path = join(temporaryFolder(t), 'two.csv');
  writeFileSync(path, 'x,c,y\n1,a,2.5\n1,a,3.5\n');
  const { code, stdout, stderr } = await adamqlr(['train', path, '--target', 'y', '--epochs', '3', '--json']);
  t.is(code, 0, stderr);
  t.is(records(stdout).at(-1)!['trainLoss'] === null, false);
});

test('train FILE.parquet and FILE.csv.gz', async (t) => {
  const unused = ['id', 'when', 'day', 'tags', 'zstd', 'lz4'].flatMap((name) => ['--exclude', name]);
  const args = ['--target', 'price', '--impute', 'mean', '--epochs', '2', '--json'];
  const table = await adamqlr(['train', join(root, 'test/data/parquet/houses.parquet'), ...args, ...unused]);
  t.is(table.code, 0, table.stderr);
  t.true(Number.isFinite(records(table.stdout).at(-1)!['testLoss']));
  const path = houses(t, true);
  const run = async (file: string) => {
    const { code, stdout, stderr } = await adamqlr(['train', file, ...args, '--exclude', 'id']);
    t.is(code, 0, stderr);
    return records(stdout).at(-1)!['testLoss'];
  };
  writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
  t.is(await run(`${path}.gz`), await run(path));
});

const unusable: [name: string, args: string[], code: number, sentence: RegExp][] = [
  [
    'no target',
    [],
    2,
    /^adamqlr train: expected --target COLUMN for .*houses\.csv, got none; its columns are id, area, city, rooms, price, class\n$/,
  ],
  [
    'a wrong target',
    ['--target', 'prize'],
    1,
    /houses\.csv line 1: expected a column 'prize', got none of this name; did you mean 'price'\?\n$/,
  ],
  [
    'missing values',
    ['--target', 'price', '--exclude', 'id'],
    1,
    /houses\.csv line 9: expected a value in column 'area', got 'NA'; remove the row, or try: npx adamqlr train \S+houses\.csv --target price --exclude id --impute median\n$/,
  ],
  ['names as features', ['--target', 'price', '--impute', 'men'], 2, /expected --impute to be .* got 'men'; did you mean 'mean'\?\n$/],
  [
    'no rows to train on',
    ['--target', 'price', '--val', '0.9'],
    2,
    /expected --val and --test together to be below 1, got 1\.05; leave rows/,
  ],
  [
    'a folder too',
    ['--target', 'price', '--data-dir', '/tmp'],
    2,
    /expected no --data-dir for .*houses\.csv, got '\/tmp'; it is a file by itself\n$/,
  ],
];
for (const [name, args, wanted, sentence] of unusable) {
  test(`train FILE.csv with ${name}: one sentence, exit code ${wanted}`, async (t) => {
    const { code, stdout, stderr } = await adamqlr(['train', houses(t, true), ...args]);
    t.is(code, wanted, stderr);
    t.is(stdout, '');
    t.regex(stderr, sentence);
    t.is(stderr.split('\n').length, 2);
  });
}

test('flags of a table next to a task, and a file that is not there', async (t) => {
  const task = await adamqlr(['train', 'glyphs', '--target', 'label']);
  t.deepEqual([task.code, task.stderr], [2, "adamqlr train: expected no --target for glyphs, got 'label'; it is an option of FILE.csv\n"]);
  const none = await adamqlr(['train', 'none.csv', '--target', 'y']);
  t.deepEqual([none.code, none.stderr], [1, 'none.csv: expected a readable CSV file, got ENOENT\n']);
});
