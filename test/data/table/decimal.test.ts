import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { csv } from '../../../lib/data/csv/csv.js';
import { inferDecimal } from '../../../lib/data/csv/infer-decimal.js';
import type { Dataset } from '../../../lib/data/dataset.js';
import { type Decimal, parseNumber, parseNumberIn } from '../../../lib/data/number.js';
import { readRows } from '../../../lib/data/read-rows.js';
import { Preprocessing } from '../../../lib/data/table/preprocessing.js';
import { temporaryFolder } from '../idx-file.js';

const texts: [text: string, value: number][] = [
  ['12,5', 12.5],
  ['-0,25', -0.25],
  ['+,5', 0.5],
  ['7', 7],
  ['7,', 7],
  ['1,5e3', 1500],
  ['1.234', 1234],
  ['1.234.567,875', 1234567.875],
  ['-12.345,5', -12345.5],
  ['1234,5', 1234.5],
  ['12345678901234567,5', 12345678901234568],
  ['1.5', Number.NaN],
  ['0.123', Number.NaN],
  ['1234.567', Number.NaN],
  ['12.34,5', Number.NaN],
  ['1,234.5', Number.NaN],
  ['1,2,3', Number.NaN],
  [',', Number.NaN],
  ['', Number.NaN],
  ['12.03.2024', Number.NaN],
];
for (const [text, value] of texts) {
  test(`with a decimal comma '${text}' is ${value}`, (t) => {
    t.is(parseNumber(text, 'comma'), value);
    t.is(parseNumberIn(`x ${text} y`, 1, 3 + text.length, 'comma'), value);
  });
}

const inferred: [separator: string, fields: readonly string[], decimal: Decimal][] = [
  [';', ['12,5', 'red'], 'comma'],
  ['\t', [' 1.234,5 '], 'comma'],
  [';', ['12,5', '1.234'], 'comma'],
  [';', ['12,5', '12.5'], 'point'],
  [';', ['12,5', '0.123'], 'point'],
  [';', ['12,5', '12.03.2024'], 'comma'],
  [';', ['12', '1.234'], 'point'],
  [';', ['a,b', '1,2,3'], 'point'],
  [',', ['12,5'], 'point'],
];
for (const [separator, fields, decimal] of inferred) {
  test(`fields ${JSON.stringify(fields)} separated by ${JSON.stringify(separator)} have a decimal ${decimal}`, (t) => {
    t.is(inferDecimal(separator, [['?', ''], fields]), decimal);
  });
}

const ROWS = Array.from({ length: 200 }, (_, i) => [i * 1250.5, ['red', 'blue'][i % 2]!, (i * 7) % 13, i / 4 - 3] as const);
const pointed = (value: number | string) => String(value);
const comma = (value: number | string) => String(value).replace('.', ',');
/** Thousands apart, as a German spreadsheet writes them. */
const grouped = (value: number | string) => (typeof value === 'number' ? value.toLocaleString('de-DE') : value);

function fileOf(t: ExecutionContext, separator: string, show: (value: number | string) => string): string {
  const path = join(temporaryFolder(t), 'table.csv');
  const lines = ROWS.map((row) => row.map(show).join(separator));
  writeFileSync(path, [['x', 'color', 'z', 'y'].join(separator), ...lines].join('\n'));
  return path;
}

async function examplesOf(parts: Dataset | { open(): AsyncIterable<Dataset> }): Promise<number[]> {
  const numbers: number[] = [];
  if (!('open' in parts)) return [...parts.features.data, ...parts.targets.data];
  const targets: number[] = [];
  for await (const piece of parts.open()) {
    numbers.push(...piece.features.data);
    targets.push(...piece.targets.data);
  }
  return [...numbers, ...targets];
}

for (const [name, separator, show] of [
  ['semicolons', ';', comma],
  ['tabs', '\t', comma],
  ['thousands set apart', ';', grouped],
] as const) {
  for (const stream of [false, true]) {
    test(`${name}${stream ? ', streamed' : ''}: a decimal comma gives what a decimal point does`, async (t) => {
      const plain = await csv(fileOf(t, ',', pointed), { target: 'y', stream });
      const path = fileOf(t, separator, show);
      const task = await csv(path, { target: 'y', stream });
      t.is(task.kind, 'regression');
      t.deepEqual(await examplesOf(task.train), await examplesOf(plain.train));
      const spec = JSON.parse(JSON.stringify(task.preprocessing));
      t.deepEqual(spec, { ...JSON.parse(JSON.stringify(plain.preprocessing)), decimal: 'comma' });
      const again = Preprocessing.parse(spec);
      const raw = ROWS.map(([x, color, z, y]) => ({ x, color, z, y }));
      for await (const { rows } of readRows(path)) {
        t.is(rows.length, raw.length);
        t.deepEqual(again.features(rows), plain.preprocessing.features(raw));
        t.deepEqual(again.targets(rows), plain.preprocessing.targets(raw));
      }
      t.deepEqual(again.features(raw), plain.preprocessing.features(raw)); // numbers are numbers
      t.deepEqual(again.targets(raw), plain.preprocessing.targets(raw));
    });
  }
}

test('the decimal mark can be said, and the error of the other one says so', async (t) => {
  const path = fileOf(t, ';', comma);
  t.is((await csv(path, { target: 'y', decimal: 'comma' })).kind, 'regression');
  await t.throwsAsync(csv(path, { target: 'y', decimal: 'point', kind: 'regression', exclude: ['x'] }), {
    message: /line 3: expected a number in column 'y', got '-2,75'; mend it, or set decimal: 'comma'$/,
  });
  const points = fileOf(t, ';', pointed);
  await t.throwsAsync(csv(points, { target: 'y', decimal: 'comma', kind: 'regression', exclude: ['x'] }), {
    message: /line 3: expected a number in column 'y', got '-2\.75'; mend it, or set decimal: 'point'$/,
  });
  const { preprocessing } = await csv(path, { target: 'y' });
  t.throws(() => preprocessing.features([{ x: '1.5', color: 'red', z: 1 }]), {
    message: "row 1: expected a number in column 'x', got '1.5'; numbers had a decimal comma in training",
  });
  await t.throwsAsync(csv(path, { target: 'y', decimal: 'coma' as 'comma' }), {
    instanceOf: RangeError,
    message: /did you mean 'comma'\?$/,
  });
});

test('classes of numbers are found by their texts with a comma, and by numbers', (t) => {
  const spec = { columns: [{ name: 'x', kind: 'number', missing: null, mean: 0, scale: 1 }], decimal: 'comma' };
  const halves = Preprocessing.parse({ ...spec, target: { name: 'y', kind: 'classification', classes: ['0,5', '1'] } });
  t.deepEqual([...halves.targets([{ y: '1,0' }, { y: '0,50' }, { y: 0.5 }, { y: 1 }]).data], [1, 0, 0, 1]);
});

test('preprocessing without a decimal mark, as older files have it, means a point; another mark is an error', (t) => {
  const spec = {
    columns: [{ name: 'x', kind: 'number', missing: null, mean: 0, scale: 1 }],
    target: { name: 'y', kind: 'regression', mean: 0, scale: 1 },
  };
  const old = Preprocessing.parse(spec);
  t.deepEqual([...old.features([{ x: '1.5' }]).data], [1.5]);
  t.deepEqual(JSON.parse(JSON.stringify(old)), spec);
  t.throws(() => Preprocessing.parse({ ...spec, decimal: 'dot' }), { message: /expected decimal to be 'point' or 'comma', got 'dot'/ });
});
