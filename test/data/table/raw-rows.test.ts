import test from 'ava';
import { Preprocessing, type Row } from '../../../lib/data/table/preprocessing.js';

const columns = [
  { name: 'area', kind: 'number', missing: 1, mean: 2, scale: 4 },
  { name: 'color', kind: 'category', missing: 'red', categories: ['-', 'blue', 'red'] },
];
const price = { name: 'price', kind: 'regression', mean: 10, scale: 2 };
const kind = { name: 'kind', kind: 'classification', classes: ['a', 'none'] };
const numbers = Preprocessing.parse({ columns, target: price });
const classes = Preprocessing.parse({ columns, target: kind });

test('a column that is there without a value is imputed', (t) => {
  for (const none of [null, undefined, '', ' ', '?', 'N/A']) {
    t.deepEqual([...numbers.features([{ area: none, color: none }]).data], [-0.25, 0, 0, 1]);
  }
});

const absent: [name: string, row: unknown, message: string][] = [
  [
    'another name',
    { Area: 3, color: 'red' },
    "row 1: expected a column 'area', as in training, got none of this name; did you mean 'Area'?",
  ],
  ['no name', { area: 3 }, "row 1: expected a column 'color', as in training, got none of this name; known: area"],
  ['no object', 3, 'row 1: expected a row as an object with the names of columns, got 3'],
  ['null', null, 'row 1: expected a row as an object with the names of columns, got null'],
  ['a list', [3, 'red'], 'row 1: expected a row as an object with the names of columns, got a list of 2'],
];
for (const [name, row, message] of absent) {
  test(`features of ${name} are refused, whatever is imputed`, (t) => {
    t.throws(() => numbers.features([row as Row]), { instanceOf: TypeError, message });
  });
}

test('a column named like a member of every object has to be there', (t) => {
  const odd = Preprocessing.parse({ columns: [{ ...columns[0], name: 'constructor' }], target: price });
  t.throws(() => odd.features([{}]), { message: /^row 1: expected a column 'constructor', as in training, got none of this name/ });
  t.deepEqual([...odd.features([{ constructor: 6 as never }]).data], [1]);
});

for (const preprocessing of [numbers, classes]) {
  test(`targets without their column are refused: ${preprocessing.target.kind}`, (t) => {
    const message = `line 7: expected a column '${preprocessing.target.name}', as in training, got none of this name; known: z`;
    t.throws(() => preprocessing.targets([{ z: 1 }], () => 'line 7'), { instanceOf: TypeError, message });
  });
}

test('numbers that overflow float32 once standardized are refused with their place', (t) => {
  for (const area of ['1e300', 1e300, '-1e300']) {
    t.throws(
      () =>
        numbers.features(
          [
            { area: 1, color: '' },
            { area, color: '' },
          ],
          (at) => `new.csv line ${at + 2}`,
        ),
      {
        instanceOf: RangeError,
        message: `new.csv line 3: expected a number of usable size in column 'area', got '${area}'`,
      },
    );
  }
  t.throws(() => numbers.targets([{ price: '1e39' }]), {
    message: "row 1: expected a number of usable size in the target 'price', got '1e39'",
  });
  t.is(numbers.features([{ area: 3e38, color: '' }]).data[0], Math.fround((3e38 - 2) / 4));
});

test('categories and classes of older models that now are missing texts stay what they were', (t) => {
  t.deepEqual([...numbers.features([{ area: 2, color: '-' }]).data], [0, 1, 0, 0]);
  t.deepEqual([...classes.targets([{ kind: 'none' }]).data], [1]);
  t.throws(() => classes.targets([{ kind: 'NONE' }]), {
    message: "row 1: expected a value in the target 'kind', got 'NONE'; remove the row",
  });
});
