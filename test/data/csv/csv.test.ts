import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { csv as csvTask } from '../../../lib/data/csv/csv.js';
import type { Dataset } from '../../../lib/data/dataset.js';
import { split } from '../../../lib/data/split.js';
import type { TableOptions } from '../../../lib/data/table/options.js';
import { Preprocessing } from '../../../lib/data/table/preprocessing.js';
import type { TableTask } from '../../../lib/data/table/task.js';
import { temporaryFolder } from '../idx-file.js';

function fileOf(t: ExecutionContext, lines: readonly string[] | Uint8Array): string {
  const path = join(temporaryFolder(t), 'table.csv');
  writeFileSync(path, lines instanceof Uint8Array ? lines : lines.join('\n'));
  return path;
}

const csv = (path: string, options: TableOptions) => csvTask(path, { ...options, stream: false });

const COLORS = ['red', 'blue', 'green'];

/** x, color, y: 100 rows, y a number with fractions. */
const rows = Array.from({ length: 100 }, (_, i) => [String(i * 3), COLORS[i % 3]!, (i * 0.5 + 0.25).toFixed(2)]);
const table = (change: (rows: string[][]) => string[][] = (same) => same) => ['x,color,y', ...change(rows).map((row) => row.join(','))];
const put = (row: number, column: number, text: string) => (all: string[][]) => all.with(row, all[row]!.with(column, text));

const all = (task: TableTask<Dataset>) => [task.train, task.validation!, task.test];

test('numbers are standardized by the training rows, categories become one feature each, the target is standardized', async (t) => {
  const task = await csv(fileOf(t, table()), { target: 'y' });
  t.deepEqual([task.name, task.kind, task.loss, task.layers], ['table.csv', 'regression', 'squaredError', [4, 50, 1]]);
  t.deepEqual(
    all(task).map(({ count }) => count),
    [70, 15, 15],
  );
  const [x, color] = task.preprocessing.columns;
  const { target } = task.preprocessing;
  if (x?.kind !== 'number' || color?.kind !== 'category' || target.kind !== 'regression') return t.fail('kinds of columns');
  t.deepEqual(color.categories, ['blue', 'green', 'red']);
  t.true(all(task).every((part) => part.preprocessing === task.preprocessing));
  const { data } = task.train.features;
  const column = Array.from({ length: 70 }, (_, i) => data[4 * i]!);
  t.true(Math.abs(column.reduce((a, b) => a + b)) < 1e-4);
  t.true(Math.abs(column.reduce((a, b) => a + b * b, 0) / 70 - 1) < 1e-5);
  const seen: number[] = [];
  for (const { count, features, targets } of all(task)) {
    for (let i = 0; i < count; i++) {
      const row = Math.round((features.data[4 * i]! * x.scale + x.mean) / 3);
      seen.push(row);
      const hot = color.categories.map((name) => Number(name === rows[row]![1]));
      t.deepEqual([...features.data.subarray(4 * i + 1, 4 * i + 4)], hot);
      t.true(Math.abs(targets.data[i]! * target.scale + target.mean - Number(rows[row]![2])) < 1e-4);
    }
  }
  t.deepEqual(
    seen.map((row) => row + 0).sort((a, b) => a - b), // + 0: no negative zeros
    rows.map((_, i) => i),
  ); // every row in exactly one part
});

test('the split is a matter of its seed and shares', async (t) => {
  const path = fileOf(t, table());
  const first = (await csv(path, { target: 'y' })).train.features.data;
  t.deepEqual((await csv(path, { target: 'y' })).train.features.data, first);
  t.notDeepEqual((await csv(path, { target: 'y', split: { seed: 1 } })).train.features.data, first);
  const none = await csv(path, { target: 'y', split: { validation: 0, test: 0.001 } });
  t.deepEqual([none.train.count, none.validation, none.test.count], [99, null, 1]);
});

const kinds: [name: string, target: (i: number) => string, options: Partial<TableOptions>, classes: readonly string[] | null][] = [
  ['texts are classes', (i) => COLORS[i % 3]!, {}, ['blue', 'green', 'red']],
  ['fractions are regression', (i) => String((i % 2) / 2), {}, null],
  ['few whole numbers are classes, by value', (i) => String([10, 9, -1][i % 3]), {}, ['-1', '9', '10']],
  ['many whole numbers are regression', (i) => String(i % 11), {}, null],
  ['whole numbers can be regression', (i) => String(i % 3), { kind: 'regression' }, null],
  ['fractions can be classes', (i) => String((i % 2) / 2), { kind: 'classification' }, ['0', '0.5']],
  ['a target named categorical is classes', (i) => String(i % 11), { categorical: ['y'] }, Array.from({ length: 11 }, (_, i) => String(i))],
];
for (const [name, target, options, classes] of kinds) {
  test(`the kind of target: ${name}`, async (t) => {
    const lines = ['x,y', ...Array.from({ length: 100 }, (_, i) => `${i},${target(i)}`)];
    const task = await csv(fileOf(t, lines), { target: 'y', ...options });
    t.is(task.kind, classes === null ? 'regression' : 'classification');
    t.is(task.loss, classes === null ? 'squaredError' : 'crossEntropy');
    const { target: spec } = task.preprocessing;
    t.deepEqual(spec.kind === 'classification' ? spec.classes : null, classes);
    t.is(task.layers[2], classes?.length ?? 1);
    if (classes === null) return;
    const [x] = task.preprocessing.columns;
    for (let i = 0; i < task.test.count; i++) {
      const row = x?.kind === 'number' ? Math.round(task.test.features.data[i]! * x.scale + x.mean) : -1;
      t.is(classes[task.test.targets.data[i]!], target(row));
    }
  });
}

test('numeric columns can be categories, columns can be left out', async (t) => {
  const lines = ['id,zip,y', ...Array.from({ length: 60 }, (_, i) => `n${i},${100 - (i % 4)},${i / 7}`)];
  const { preprocessing, layers } = await csv(fileOf(t, lines), { target: 'y', exclude: ['id'], categorical: ['zip'] });
  t.deepEqual(preprocessing.columns, [{ name: 'zip', kind: 'category', missing: null, categories: ['97', '98', '99', '100'] }]);
  t.deepEqual(layers, [4, 50, 1]);
});

const IMPUTED = { mean: 16 / 7, median: 2, mostFrequent: 1 } as const;
for (const impute of ['mean', 'median', 'mostFrequent'] as const) {
  test(`missing values: ${impute} of the training rows; the most frequent category`, async (t) => {
    const cells = ['1,a', '1,b', '2,b', 'NA,?', '1,b', '3,', ' ,a', '4,b', '4,a'];
    // Many equal copies, so that a random training part has nearly the shares of the whole; the expected values come from that part itself.
    const lines = ['x,c,y', ...Array.from({ length: 900 }, (_, i) => `${cells[i % 9]},${i / 3}`)];
    const task = await csv(fileOf(t, lines), { target: 'y', impute });
    const [x, c] = task.preprocessing.columns;
    if (x?.kind !== 'number' || c?.kind !== 'category') return t.fail('kinds of columns');
    t.true(Math.abs(x.missing! - IMPUTED[impute]) < (impute === 'mean' ? 0.1 : 1e-12), `${x.missing}`);
    t.is(c.missing, 'b');
    const { features, count } = task.train;
    const raw = Array.from({ length: count }, (_, i) => features.data[3 * i]! * x.scale + x.mean);
    const isImputed = (value: number) => Math.abs(value - x.missing!) < 1e-5;
    if (impute === 'mean') {
      const known = raw.filter((value) => !isImputed(value));
      t.true(known.length < count);
      t.true(Math.abs(known.reduce((a, b) => a + b) / known.length - x.missing!) < 1e-5);
    } else t.true(raw.every((value) => isImputed(value) || [1, 2, 3, 4].some((one) => Math.abs(value - one) < 1e-5)));
    const filled = task.preprocessing.features([{ x: null, c: '' }]);
    t.deepEqual([...filled.data], [Math.fround((x.missing! - x.mean) / x.scale), 0, 1]);
  });
}

test('constant features are 0 and stay harmless; a constant target of fractions is defined', async (t) => {
  const lines = ['x,c,w,y', ...Array.from({ length: 100 }, (_, i) => `0.1,same,${i},0.7`)];
  const task = await csv(fileOf(t, lines), { target: 'y' });
  t.deepEqual(task.preprocessing.columns[0], { name: 'x', kind: 'number', missing: null, mean: 0.1, scale: 1 });
  t.deepEqual(task.preprocessing.target, { name: 'y', kind: 'regression', mean: 0.7, scale: 1 });
  for (let i = 0; i < 70; i++) t.deepEqual([...task.train.features.data.subarray(3 * i, 3 * i + 2)], [0, 1]);
  t.true(task.train.targets.data.every((value) => value === 0));
});

test('a byte order mark, semicolons, CRLF and spaces are fine', async (t) => {
  const plain = await csv(fileOf(t, table()), { target: 'y' });
  const text = `\ufeff${table().join('\r\n').replaceAll(',', ' ; ')}\r\n\r\n`;
  const other = await csv(fileOf(t, new TextEncoder().encode(text)), { target: 'y' });
  t.deepEqual(other.train, plain.train);
  t.deepEqual(JSON.stringify(other.preprocessing), JSON.stringify(plain.preprocessing));
});

test('preprocessing survives JSON and repeats the features of training', async (t) => {
  const task = await csv(fileOf(t, table()), { target: 'y', impute: 'median' });
  const again = Preprocessing.parse(JSON.parse(JSON.stringify(task.preprocessing)));
  t.is(again.width, 4);
  t.is(again.outputs, 1);
  const [x] = task.preprocessing.columns;
  if (x?.kind !== 'number') return t.fail('kind of x');
  const raw = Array.from({ length: task.test.count }, (_, i) => {
    const row = rows[Math.round((task.test.features.data[4 * i]! * x.scale + x.mean) / 3)]!;
    return { color: ` ${row[1]}`, x: Number(row[0]), unused: 'anything' };
  });
  t.deepEqual(again.features(raw), task.test.features);
});

const good = { x: '3', color: 'red' };
const unusable: [name: string, row: Record<string, unknown>, message: RegExp][] = [
  [
    'an unknown category',
    { ...good, color: 'redd' },
    /^row 2: expected a category of column 'color' seen in training, got 'redd'; did you mean 'red'\?$/,
  ],
  ['text for a number', { ...good, x: '3 m' }, /^row 2: expected a number in column 'x', got '3 m'$/],
  ['an infinite number', { ...good, x: Number.POSITIVE_INFINITY }, /^row 2: expected a number in column 'x', got 'Infinity'$/],
  ['a missing value', { ...good, x: null }, /^row 2: expected a value in column 'x', got none; no imputation was asked for in training$/],
  [
    'a missing column',
    { colour: 'red', x: 1 },
    /^row 2: expected a column 'color', as in training, got none of this name; did you mean 'colour'\?$/,
  ],
];
for (const [name, row, message] of unusable) {
  test(`at prediction time: ${name}`, async (t) => {
    const { preprocessing } = await csv(fileOf(t, table()), { target: 'y' });
    t.throws(() => preprocessing.features([good, row as typeof good]), { instanceOf: TypeError, message });
    t.notThrows(() => preprocessing.features([good]));
    t.throws(() => preprocessing.features([]), { message: /expected at least one row, got none/ });
  });
}

const bad: [name: string, lines: readonly string[], options: TableOptions, message: RegExp][] = [
  [
    'a wrong column',
    table(),
    { target: 'colour' },
    /table\.csv line 1: expected a column 'colour', got none of this name; did you mean 'color'\?$/,
  ],
  ['a wrong column to exclude', table(), { target: 'y', exclude: ['z'] }, /line 1: expected a column 'z', got none/],
  ['the target excluded', table(), { target: 'y', exclude: ['y'] }, /expected the target not to be excluded, got 'y'$/],
  ['nothing but the target', table(), { target: 'y', exclude: ['x', 'color'] }, /expected a column beside the target 'y', got none$/],
  [
    'a text among numbers',
    table(put(70, 0, 'abc')),
    { target: 'y' },
    /line 72: expected a number in column 'x', got 'abc'; mend it, or leave the field empty if the value is missing and set impute: 'median'$/,
  ],
  [
    'a text among numbers that are imputed',
    table(put(0, 0, 'abc')),
    { target: 'y', impute: 'mean' },
    /line 2: expected a number in column 'x', got 'abc'; mend it, or leave the field empty if the value is missing$/,
  ],
  [
    'a text among numbers of the target',
    table(put(70, 2, '1 m')),
    { target: 'y' },
    /line 72: expected a number in column 'y', got '1 m'; mend it, or remove the row$/,
  ],
  [
    'texts after rows without a value',
    ['x,y', ...Array.from({ length: 1100 }, (_, i) => `${i < 1000 ? '' : 'abc'},${i / 3}`)],
    { target: 'y', impute: 'mean' },
    /line 1002: expected a number in column 'x', got 'abc'; mend it, or set categorical: \['x'\]$/,
  ],
  ['a number too large', table(put(3, 0, '1e999')), { target: 'y' }, /line 5: expected a number in column 'x', got '1e999'/],
  [
    'a missing number',
    table(put(8, 0, '')),
    { target: 'y' },
    /line 10: expected a value in column 'x', got none; remove the row, or set impute: 'median'/,
  ],
  ['a missing category', table(put(8, 1, 'NA')), { target: 'y' }, /line 10: expected a value in column 'color', got 'NA'; remove/],
  [
    'a missing target',
    table(put(8, 2, '?')),
    { target: 'y', impute: 'mean' },
    /line 10: expected a value in the target 'y', got '\?'; remove the row$/,
  ],
  ['too many fields', table(put(8, 2, '1,5')), { target: 'y' }, /line 10: expected 3 fields, as the header has, got 4; put fields/],
  [
    'a target with one class',
    ['x,y', '1,no', '2,no', '3,no'],
    { target: 'y' },
    /expected at least two classes in the target 'y', got only 'no'$/,
  ],
  [
    'one class of whole numbers',
    ['x,y', '1,4', '2,4', '3,4'],
    { target: 'y' },
    /expected at least two classes in the target 'y', got only '4'$/,
  ],
  ['texts in a regression', table(), { target: 'color', kind: 'regression' }, /line 2: expected a number in column 'color', got 'red'/],
  ['no rows', ['x,y'], { target: 'y' }, /table\.csv: expected rows after the header, got none$/],
  ['an empty file', [''], { target: 'y' }, /line 1: expected a header with the names of the columns, got an empty file$/],
  ['one row', ['x,y', '1,2'], { target: 'y' }, /expected rows left to train on beside 0 for validation and 1 for the test, got 1 in all$/],
  [
    'an empty column',
    ['x,z,y', '1,,2', '2,,3', '3,,5'],
    { target: 'y', impute: 'mean' },
    /expected a value of column 'z' in the training rows, got none; set exclude/,
  ],
  ['a name twice', ['x,x,y', '1,2,3'], { target: 'y' }, /expected every column to have its own name, got 'x' for columns 1 and 2$/],
  ['a column without a name', ['x,,y', '1,2,3'], { target: 'y' }, /expected a name for column 2, got none$/],
  [
    'too many categories',
    ['x,y', ...Array.from({ length: 1001 }, (_, i) => `n${i},${i / 2}`)],
    { target: 'y' },
    /line 1002: expected at most 1000 categories in column 'x', got more; set exclude: \['x'\]$/,
  ],
  [
    'numbers without a finite deviation',
    table((all) => all.map((row) => row.with(0, '1e308')).with(0, ['-1e308', 'red', '1'])),
    { target: 'y' },
    /line 2: expected a number of usable size in column 'x', got '-1e308'$/,
  ],
  [
    'an unknown option',
    table(),
    { target: 'y', imput: 'mean' } as TableOptions,
    /^csv: expected a known option, got 'imput'; did you mean 'impute'\?$/,
  ],
  [
    'an unknown imputation',
    table(),
    { target: 'y', impute: 'men' as 'mean' },
    /^csv: expected impute to be .* got 'men'; did you mean 'mean'\?$/,
  ],
  ['no target', table(), {} as TableOptions, /^csv: expected target to be the name of a column, got undefined$/],
  ['a name for a list', table(), { target: 'y', exclude: 'x' as never }, /^csv: expected exclude to be a list of column names, got x$/],
  [
    'shares of all rows',
    table(),
    { target: 'y', split: { validation: 0.5, test: 0.5 } },
    /^csv: expected validation and test together to be below 1, got 0\.5 \+ 0\.5$/,
  ],
];
for (const [name, lines, options, message] of bad) {
  test(`one sentence for ${name}`, async (t) => {
    const error = await t.throwsAsync(csv(fileOf(t, lines), options), { message });
    t.true(error instanceof TypeError || error instanceof RangeError);
    t.false(error!.message.includes('\n'));
  });
}

test('an unparsable number on line 40,001 of 50,000', async (t) => {
  const lines = ['x,y', ...Array.from({ length: 49_999 }, (_, i) => `${i},${i / 3}`)];
  lines[40_000] = '12,3 apples';
  const message = /line 40001: expected a number in column 'y', got '3 apples'/;
  for (const stream of [false, true]) {
    await t.throwsAsync(csvTask(fileOf(t, lines), { target: 'y', stream }), { message });
    await t.throwsAsync(csvTask(fileOf(t, gzipSync(lines.join('\n'))), { target: 'y', stream }), { message });
  }
  lines[40_000] = '12,3';
  t.is((await csv(fileOf(t, lines), { target: 'y' })).train.count, 34_999);
});

test('a gzipped file is told by its bytes; a cut or damaged one is one sentence', async (t) => {
  const text = table().join('\n');
  const whole = gzipSync(text);
  const plain = await csv(fileOf(t, new TextEncoder().encode(text)), { target: 'y' });
  t.deepEqual((await csv(fileOf(t, whole), { target: 'y' })).train.features, plain.train.features);
  const cut = csv(fileOf(t, whole.subarray(0, -20)), { target: 'y' });
  await t.throwsAsync(cut, {
    message: /table\.csv: expected valid gzip data after byte \d+ of the decompressed file, got unexpected end of file; it is cut off$/,
  });
  const damaged = Uint8Array.from(whole).fill(0xff, 20, 40);
  await t.throwsAsync(csv(fileOf(t, damaged), { target: 'y' }), {
    message: /table\.csv: expected valid gzip data after byte \d+ .*, got .*; it is damaged; fetch it again$/,
  });
});

test('a quote that nobody closes, and lines without end, are found before memory is full', async (t) => {
  const open = Buffer.concat([Buffer.from('x,y\n1,"2\n'), Buffer.alloc(2 ** 24 + 2 ** 20, 'abc\n')]);
  await t.throwsAsync(csv(fileOf(t, open), { target: 'y' }), {
    message: /line 2: expected a record of at most 16777216 characters, got more; is a quote left open\?$/,
  });
  const endless = csv(fileOf(t, Buffer.alloc(2 ** 24 + 2 ** 20, 'abc')), { target: 'y' });
  await t.throwsAsync(endless, { message: /table\.csv: expected lines of at most 16777216 bytes, got a longer one$/ });
});

test('files that are missing, folders and other encodings', async (t) => {
  const folder = temporaryFolder(t);
  await t.throwsAsync(csv(join(folder, 'none.csv'), { target: 'y' }), { message: /none\.csv: expected a readable CSV file, got ENOENT$/ });
  await t.throwsAsync(csv(folder, { target: 'y' }), { message: /expected a readable CSV file, got something that is not a file$/ });
  const latin1 = Buffer.from('größe,y\n1,2\n', 'latin1');
  await t.throwsAsync(csv(fileOf(t, latin1), { target: 'y' }), { message: /expected text in UTF-8, got other bytes in line 1; save/ });
  const cut = Buffer.from('x,y\n1,ä').subarray(0, -1);
  await t.throwsAsync(csv(fileOf(t, cut), { target: 'y' }), { message: /expected text in UTF-8, got other bytes in line 2/ });
});

const LONG = Array.from({ length: 60_000 }, (_, i) => `${i},text of row ${i},${i / 4}`);
for (const [name, end] of [
  ['LF', '\n'],
  ['CRLF', '\r\n'],
  ['CR', '\r'],
] as const) {
  for (const row of [0, 1, 30_000, 59_999]) {
    test(`bytes of another encoding are found in row ${row} of lines that end with ${name}`, async (t) => {
      const lines = ['id,c,y', ...LONG].with(3, '0,"two\nlines",1').with(row, 'id,ä,y');
      const line = row + (row > 3 ? 2 : 1);
      const path = fileOf(t, Buffer.from(lines.join(end), 'latin1'));
      const message = new RegExp(`table\\.csv: expected text in UTF-8, got other bytes in line ${line}; save the file as UTF-8$`);
      await t.throwsAsync(csvTask(path, { target: 'y', exclude: ['c'], stream: false }), { message });
    });
  }
}

test('a name that ends with .gz and other bytes: the sentence is about gzip, unless they are gzipped or text', async (t) => {
  const path = `${fileOf(t, table())}.gz`;
  writeFileSync(path, Buffer.from([0x50, 0x4b, 0x03, 0x04, 0xff, 0xfe]));
  await t.throwsAsync(csv(path, { target: 'y' }), {
    message: /table\.csv\.gz: expected gzip data, as the name of the file says, got other bytes; is it damaged, or of another format\?$/,
  });
  writeFileSync(path, gzipSync(Buffer.from('x,ä\n1,2', 'latin1')));
  await t.throwsAsync(csv(path, { target: 'y' }), { message: /expected text in UTF-8, got other bytes in line 1/ });
  writeFileSync(path, table().join('\n'));
  t.is((await csv(path, { target: 'y' })).train.count, 70);
});

test('a column without a value in the training rows cannot be imputed from them', async (t) => {
  const [tested] = split('table', 20).test;
  const lines = ['x,z,y', ...Array.from({ length: 20 }, (_, i) => `${i},${i === tested ? 1 : ''},${i / 3}`)];
  const message = /table\.csv: expected a value of column 'z' in the training rows, got none; set exclude: \['z'\]$/;
  await t.throwsAsync(csv(fileOf(t, lines), { target: 'y', impute: 'mean' }), { message });
});
