import test from 'ava';
import { Preprocessing } from '../../../lib/data/table/preprocessing.js';

const x = { name: 'x', kind: 'number', missing: 1, mean: 2, scale: 4 };
const color = { name: 'color', kind: 'category', missing: 'red', categories: ['blue', 'red'] };
const price = { name: 'price', kind: 'regression', mean: 10, scale: 2 };
const kind = { name: 'kind', kind: 'classification', classes: ['a', 'b', 'c'] };

test('what parse reads is what JSON.stringify wrote', (t) => {
  for (const target of [price, kind]) {
    const text = JSON.stringify({ columns: [x, { ...x, name: 'z', missing: null }, color], target });
    const parsed = Preprocessing.parse(JSON.parse(text));
    t.is(JSON.stringify(parsed), text);
    t.deepEqual([...parsed.features([{ x: 10, z: 2, color: '' }]).data], [2, 0, 0, 1]);
  }
});

const bad: [name: string, json: unknown, message: RegExp][] = [
  ['no object', null, /^preprocessing: expected the whole to be an object, got null$/],
  ['a list', [x], /^preprocessing: expected the whole to be an object, got a list of 1$/],
  ['another name', { column: [x], target: price }, /^preprocessing: expected the whole .* got 'column' in it; did you mean 'columns'\?$/],
  ['no target', { columns: [x] }, /got one without 'target'$/],
  ['no columns', { columns: [], target: price }, /expected columns to be a list of at least 1, got a list of 0$/],
  ['columns that are no list', { columns: x, target: price }, /expected columns to be a list, got an object$/],
  ['an unknown kind', { columns: [{ ...x, kind: 'numbr' }], target: price }, /columns\[0\]\.kind .* got 'numbr'; did you mean 'number'\?$/],
  ['a kind from the prototype', { columns: [{ ...x, kind: undefined }], target: price }, /columns\[0\]\.kind to be .* got undefined$/],
  ['an empty name', { columns: [{ ...x, name: '' }], target: price }, /columns\[0\]\.name to be a text that is not empty, got ''$/],
  ['a name twice', { columns: [x, x], target: price }, /expected columns to be columns with names of their own.* got 'x' twice$/],
  ['the target among the columns', { columns: [x], target: { ...price, name: 'x' } }, /got 'x' twice$/],
  ['a mean that is no number', { columns: [{ ...x, mean: '2' }], target: price }, /columns\[0\]\.mean to be a finite number, got '2'$/],
  [
    'a mean without end',
    { columns: [color, { ...x, mean: Infinity }], target: price },
    /columns\[1\]\.mean to be a finite number, got inf$/,
  ],
  ['a scale of 0', { columns: [{ ...x, scale: 0 }], target: price }, /columns\[0\]\.scale to be a number > 0, got 0$/],
  ['a scale below 0', { columns: [x], target: { ...price, scale: -1 } }, /expected target\.scale to be a number > 0, got -1$/],
  ['a filler that is no number', { columns: [{ ...x, missing: 'red' }], target: price }, /columns\[0\]\.missing to be a finite number/],
  [
    'a filler that is no category',
    { columns: [{ ...color, missing: 'green' }], target: price },
    /columns\[0\]\.missing to be null or one of the categories, got 'green'$/,
  ],
  ['no categories', { columns: [{ ...color, categories: [] }], target: price }, /categories to be a list of at least 1, got a list of 0$/],
  ['an empty category', { columns: [{ ...color, categories: ['red', ''] }], target: price }, /categories\[1\] to be a text .* got ''$/],
  ['a category twice', { columns: [{ ...color, categories: ['red', 'red'] }], target: price }, /without repetitions, got 'red' twice$/],
  [
    'one class',
    { columns: [x], target: { ...kind, classes: ['a'] } },
    /expected target\.classes to be a list of at least 2, got a list of 1$/,
  ],
  ['a class twice', { columns: [x], target: { ...kind, classes: ['a', 'a'] } }, /target\.classes .* got 'a' twice$/],
  ['a class that is a number', { columns: [x], target: { ...kind, classes: ['a', 1] } }, /target\.classes\[1\] to be a text .* got 1$/],
];
for (const [name, json, message] of bad) {
  test(`parse rejects ${name}`, (t) => {
    t.throws(() => Preprocessing.parse(json), { instanceOf: TypeError, message });
    t.throws(() => Preprocessing.parse(json, 'model.safetensors'), { message: /^model\.safetensors: expected / });
  });
}

test('answers of a regression are in units of the target', (t) => {
  const preprocessing = Preprocessing.parse({ columns: [x], target: price });
  t.deepEqual(preprocessing.answers(Float32Array.of(0, 1.5, -2)), [{ value: 10 }, { value: 13 }, { value: 6 }]);
  t.deepEqual(preprocessing.answers([]), []);
});

test('answers of a classification are the class of the largest logit and probabilities', (t) => {
  const preprocessing = Preprocessing.parse({ columns: [x], target: kind });
  const logs = [0.2, 0.5, 0.3].map(Math.log);
  const [first, huge, tie] = preprocessing.answers([...logs, 1000, -1000, 999, 1, 2, 2]);
  t.is(first && 'class' in first && first.class, 'b');
  if (!first || !('probabilities' in first)) return t.fail();
  for (const [name, share] of Object.entries({ a: 0.2, b: 0.5, c: 0.3 })) t.true(Math.abs(first.probabilities[name]! - share) < 1e-15);
  const share = 1 / (1 + Math.exp(-1));
  t.deepEqual(huge, { class: 'a', probabilities: { a: share, b: 0, c: Math.exp(-1) / (1 + Math.exp(-1)) } });
  t.is(tie && 'class' in tie && tie.class, 'b');
});

test('a class may be named like a member of every object', (t) => {
  const preprocessing = Preprocessing.parse({ columns: [x], target: { ...kind, classes: ['__proto__', 'constructor'] } });
  const [answer] = preprocessing.answers([0, 0]);
  if (!answer || !('probabilities' in answer)) return t.fail();
  t.deepEqual(Object.entries(answer.probabilities), [
    ['__proto__', 0.5],
    ['constructor', 0.5],
  ]);
});

test('outputs that cannot be answers', (t) => {
  const preprocessing = Preprocessing.parse({ columns: [x], target: kind });
  t.throws(() => preprocessing.answers([1, 2]), {
    instanceOf: TypeError,
    message: 'preprocessing: expected 3 outputs for each example, got 2 in all',
  });
  t.throws(() => preprocessing.answers([1, 2, 3, 4, Number.NaN, 6]), {
    instanceOf: RangeError,
    message: 'preprocessing: expected finite outputs, got NaN for example 1',
  });
});

test('targets of raw rows: standardized numbers, labels of classes', (t) => {
  const numbers = Preprocessing.parse({ columns: [x], target: price }).targets([{ price: '12' }, { price: 9 }, { price: ' 1e1 ' }]);
  t.deepEqual(numbers, { data: Float32Array.of(1, -0.5, 0), shape: [1], dtype: 'float32' });
  const classes = Preprocessing.parse({ columns: [x], target: kind }).targets([{ kind: 'c' }, { kind: ' a' }]);
  t.deepEqual(classes, { data: Int32Array.of(2, 0), shape: [], dtype: 'int32', classes: 3 });
  const counted = Preprocessing.parse({ columns: [x], target: { ...kind, classes: ['1', '2'] } });
  t.deepEqual([...counted.targets([{ kind: 2 }, { kind: '1.0' }, { kind: '2' }]).data], [1, 0, 1]);
});

const noTargets: [name: string, target: unknown, row: Record<string, unknown>, message: RegExp][] = [
  ['a missing target', price, { price: 'NA' }, /^line 7: expected a value in the target 'price', got 'NA'; remove the row$/],
  [
    'no column of the target',
    price,
    { prize: 3 },
    /^line 7: expected a column 'price', as in training, got none of this name; did you mean 'prize'\?$/,
  ],
  ['a text', price, { price: 'dear' }, /^line 7: expected a number in the target 'price', got 'dear'$/],
  [
    'an unknown class',
    kind,
    { kind: 'bb' },
    /^line 7: expected a class of the target 'kind' seen in training, got 'bb'; did you mean 'b'\?$/,
  ],
];
for (const [name, target, row, message] of noTargets) {
  test(`targets of raw rows: one sentence for ${name}`, (t) => {
    const preprocessing = Preprocessing.parse({ columns: [x], target });
    t.throws(() => preprocessing.targets([row as never], () => 'line 7'), { instanceOf: TypeError, message });
  });
}
