import test from 'ava';
import { type ArraysOptions, fromArrays } from '../../lib/data/from-arrays.js';

const lists = [
  [1, 2],
  [3, 4],
  [5, 6],
];

/** Each row: what is given, and count, feature shape, feature dtype, target shape, target dtype, classes of what comes out. */
const accepted: [name: string, options: ArraysOptions, wanted: readonly unknown[]][] = [
  ['lists, real targets', { features: lists, targets: [0, 1, 0] }, [3, [2], 'float64', [1], 'float64', undefined]],
  ['lists, labels by request', { features: lists, targets: [0, 1, 0], classes: 3 }, [3, [2], 'float64', [], 'int32', 3]],
  ['lists of lists', { features: [lists, lists], targets: [1, 2] }, [2, [3, 2], 'float64', [1], 'float64', undefined]],
  ['lists, another shape', { features: [lists, lists], shape: [6], targets: [1, 2] }, [2, [6], 'float64', [1], 'float64', undefined]],
  [
    'typed rows',
    { features: [Float32Array.of(1, 2), Float32Array.of(3, 4)], targets: [1, 2] },
    [2, [2], 'float64', [1], 'float64', undefined],
  ],
  ['single numbers', { features: [1, 2, 3], targets: [2, 4, 6] }, [3, [1], 'float64', [1], 'float64', undefined]],
  ['bytes, labels', { features: new Uint8Array(12), targets: Uint8Array.of(0, 2, 1) }, [3, [4], 'uint8', [], 'uint8', 3]],
  [
    'bytes, a shape',
    { features: new Uint8Array(12), shape: [2, 2], targets: Int32Array.of(0, 2, 1) },
    [3, [2, 2], 'uint8', [], 'int32', 3],
  ],
  [
    'labels of classes that do not occur',
    { features: lists, targets: Int32Array.of(0, 0, 0), classes: 5 },
    [3, [2], 'float64', [], 'int32', 5],
  ],
  ['labels as floats', { features: lists, targets: Float32Array.of(0, 1, 0), classes: 2 }, [3, [2], 'float64', [], 'int32', 2]],
  ['float32', { features: new Float32Array(6), targets: Float32Array.of(0, 1, 0) }, [3, [2], 'float32', [1], 'float32', undefined]],
  ['several targets', { features: lists, targets: new Float64Array(6) }, [3, [2], 'float64', [2], 'float64', undefined]],
  ['several targets in lists', { features: new Float32Array(9), targets: lists }, [3, [3], 'float32', [2], 'float64', undefined]],
  ['integers as real targets', { features: lists, targets: new Int32Array(6) }, [3, [2], 'float64', [2], 'float64', undefined]],
  [
    'npy arrays',
    {
      features: { shape: [2, 3], dtype: 'bool', data: new Uint8Array(6) },
      targets: { shape: [2], dtype: 'int32', data: Int32Array.of(1, 0) },
    },
    [2, [3], 'bool', [], 'int32', 2],
  ],
  [
    'npy integers in a column are numbers',
    { features: lists, targets: { shape: [3, 1], dtype: 'int32', data: Int32Array.of(9, 8, 7) } },
    [3, [2], 'float64', [1], 'float64', undefined],
  ],
];
for (const [name, options, wanted] of accepted) {
  test(`${name}: count, shapes, types`, (t) => {
    const { count, features, targets } = fromArrays(options);
    t.deepEqual([count, features.shape, features.dtype, targets.shape, targets.dtype, targets.classes], wanted as never);
    t.is(features.data.length, count * features.shape.reduce((a, b) => a * b, 1));
  });
}

test('typed arrays are used, not copied; lists keep their order', (t) => {
  const pixels = new Uint8Array(12),
    labels = Uint8Array.of(0, 2, 1);
  const typed = fromArrays({ features: pixels, targets: labels });
  t.is(typed.features.data, pixels);
  t.is(typed.targets.data, labels);
  const nested = fromArrays({ features: lists, targets: [7, 8, 9] });
  t.deepEqual([...nested.features.data], [1, 2, 3, 4, 5, 6]);
  t.deepEqual([...nested.targets.data], [7, 8, 9]);
});

test('weights, and standardization by its own or by given statistics', (t) => {
  const train = fromArrays({ features: lists, targets: [1, 2, 3], weights: [1, 0, 2], standardize: true });
  t.deepEqual([...train.weights!], [1, 0, 2]);
  const { standardization } = train.features;
  t.deepEqual([...standardization!.mean], [3, 4]);
  t.true(standardization!.scale.every((scale) => Math.abs(scale - Math.sqrt(8 / 3)) < 1e-15));
  const test = fromArrays({ features: [[9, 9]], targets: [1], standardize: standardization });
  t.is(test.features.standardization, standardization);
  t.is(fromArrays({ features: lists, targets: [1, 2, 3] }).features.standardization, undefined);
});

const targets = [1, 2, 3];
const refused: [name: string, options: unknown, kind: 'TypeError' | 'RangeError', message: RegExp][] = [
  ['no options', undefined, 'TypeError', /expected options as an object, got undefined$/],
  [
    'an unknown option',
    { features: lists, target: targets },
    'TypeError',
    /expected a known option, got 'target'; did you mean 'targets'\?$/,
  ],
  ['no features', { targets }, 'TypeError', /expected features to be a Float32Array, .*, or what npy reads, got undefined$/],
  [
    '64-bit integers',
    { features: lists, targets: BigInt64Array.of(1n) },
    'TypeError',
    /expected targets to be .*, got BigInt64Array; convert it/,
  ],
  [
    'a ragged list',
    { features: [[1, 2], [3]], targets: [1, 2] },
    'TypeError',
    /expected features\[1\] to be a list of 2 like the one before it, got a list of 1$/,
  ],
  ['a number among lists', { features: [[1, 2], 3], targets: [1, 2] }, 'TypeError', /expected features\[1\] to be a list of 2 .*, got 3$/],
  [
    'a list among numbers',
    { features: [[1, [2]]], targets: [1] },
    'TypeError',
    /expected features\[0\]\[1\] to be a number, got a list of 1$/,
  ],
  [
    'a text',
    {
      features: [
        [1, 2],
        [3, '4'],
      ],
      targets: [1, 2],
    },
    'TypeError',
    /expected features\[1\]\[1\] to be a number, got '4'$/,
  ],
  [
    'NaN',
    {
      features: [
        [1, 2],
        [Number.NaN, 4],
      ],
      targets: [1, 2],
    },
    'RangeError',
    /expected features to be finite, got NaN at number 0 of example 1; impute/,
  ],
  [
    'an infinite target',
    { features: lists, targets: [1, Number.POSITIVE_INFINITY, 2] },
    'RangeError',
    /expected targets to be finite, got Infinity at number 0 of example 1/,
  ],
  ['too few targets', { features: lists, targets: [1, 2] }, 'TypeError', /expected targets for 3 examples, got shape \[2\]$/],
  [
    'targets that are no multiple',
    { features: lists, targets: new Float32Array(4) },
    'TypeError',
    /expected targets for 3 examples, got 4$/,
  ],
  [
    'features that are no multiple',
    { features: new Float32Array(7), targets },
    'TypeError',
    /expected features to hold a multiple of 3 numbers, one row for each target, got 7 numbers$/,
  ],
  [
    'features of another shape',
    { features: new Float32Array(7), shape: [2], targets },
    'TypeError',
    /expected features to hold examples of shape \[2\], got 7 numbers$/,
  ],
  [
    'lists of another shape',
    { features: lists, shape: [3], targets },
    'TypeError',
    /expected features to hold examples of shape \[3\], got shape \[3,2\]$/,
  ],
  [
    'a wrong shape',
    { features: lists, shape: [0], targets },
    'TypeError',
    /expected shape to be a list of lengths such as \[28, 28\], got \[0\]$/,
  ],
  ['nothing', { features: [], targets: [] }, 'RangeError', /expected at least one example, got none$/],
  [
    'empty typed arrays',
    { features: new Float32Array(0), targets: new Float32Array(0) },
    'RangeError',
    /expected at least one example, got none$/,
  ],
  [
    'a negative label',
    { features: lists, targets: Int32Array.of(0, -1, 1) },
    'RangeError',
    /expected targets to be integer labels >= 0, got -1 at example 1$/,
  ],
  [
    'a label too large',
    { features: lists, targets: [0, 1, 2], classes: 2 },
    'RangeError',
    /expected targets to be integer labels in \[0, 1\], got 2 at example 2$/,
  ],
  ['a label between', { features: lists, targets: [0, 0.5, 1], classes: 2 }, 'RangeError', /got 0\.5 at example 1$/],
  [
    'one class',
    { features: lists, targets: Uint8Array.of(0, 0, 0) },
    'RangeError',
    /expected at least two classes of labels, got only 0; give classes; to learn them as numbers/,
  ],
  [
    'labels that look like numbers',
    { features: lists, targets: Int32Array.of(0, 900, 17) },
    'RangeError',
    /got a label of 900; give classes; to learn them as numbers, pass Float64Array/,
  ],
  [
    'one class by request',
    { features: lists, targets: [0, 0, 0], classes: 1 },
    'RangeError',
    /expected classes to be an integer of at least 2, got 1$/,
  ],
  [
    'classes of several targets',
    { features: lists, targets: lists, classes: 2 },
    'TypeError',
    /expected one label for each example, got 2 targets for each$/,
  ],
  ['too few weights', { features: lists, targets, weights: [1] }, 'TypeError', /expected 3 weights for 3 examples, got 1$/],
  [
    'a negative weight',
    { features: lists, targets, weights: [1, 1, -1] },
    'RangeError',
    /expected finite weights >= 0, got -1 at example 2$/,
  ],
  ['no weight', { features: lists, targets, weights: [0, 0, 0] }, 'RangeError', /expected a weight > 0, got 3 weights of 0$/],
  [
    'standardize by name',
    { features: lists, targets, standardize: 'yes' },
    'TypeError',
    /expected standardize to be true, false or \{ mean, scale \}, got 'yes'$/,
  ],
  [
    'statistics of other features',
    { features: lists, targets, standardize: { mean: new Float64Array(3), scale: new Float64Array(3) } },
    'TypeError',
    /expected 2 means and scales for features \[2\], got 3 and 3$/,
  ],
];
for (const [name, options, kind, message] of refused) {
  test(`${name}: one sentence`, (t) => {
    const error = t.throws(() => fromArrays(options as ArraysOptions), { message });
    t.is(error.constructor.name, kind);
    t.regex(error.message, /^fromArrays: expected /);
  });
}
