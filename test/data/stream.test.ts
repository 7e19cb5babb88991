import test from 'ava';
import type { Dataset } from '../../lib/data/dataset.js';
import { type StreamedDataset, stream } from '../../lib/data/stream.js';

const STANDARDIZATION = { mean: Float64Array.of(1, 2), scale: Float64Array.of(3, 4) };
const DESCRIPTION = {
  count: 5,
  features: { shape: [2], dtype: 'float32' },
  targets: { shape: [], dtype: 'int32', classes: 3 },
} as const;

/** The examples [from, to) of a pass: features 2i and 2i + 1, label i mod 3. */
function piece(from: number, to: number, change: Partial<Dataset> = {}): Dataset {
  const count = to - from;
  return {
    count,
    features: { data: Float32Array.from({ length: 2 * count }, (_, i) => 2 * from + i), shape: [2], dtype: 'float32' },
    targets: { data: Int32Array.from({ length: count }, (_, i) => (from + i) % 3), shape: [], dtype: 'int32', classes: 3 },
    ...change,
  };
}

async function* give(...pieces: readonly Dataset[]): AsyncGenerator<Dataset, void, undefined> {
  yield* pieces;
}

async function pass(streamed: StreamedDataset): Promise<Dataset[]> {
  const pieces: Dataset[] = [];
  for await (const one of streamed.open()) pieces.push(one);
  return pieces;
}

test('every pass gives the same examples, in the pieces they come in', async (t) => {
  const streamed = stream({ ...DESCRIPTION, open: () => give(piece(0, 2), piece(2, 5)) });
  t.is(streamed.count, 5);
  for (let round = 0; round < 2; round++) t.deepEqual(await pass(streamed), [piece(0, 2), piece(2, 5)]);
});

test('pieces take the standardization of the description', async (t) => {
  const features = { ...DESCRIPTION.features, standardization: STANDARDIZATION };
  const streamed = stream({ ...DESCRIPTION, features, open: () => give(piece(0, 5)) });
  t.is((await pass(streamed))[0]!.features.standardization, STANDARDIZATION);
  const own = { ...piece(0, 5).features, standardization: { mean: STANDARDIZATION.mean, scale: Float64Array.of(3, 4) } };
  t.is((await pass(stream({ ...DESCRIPTION, features, open: () => give(piece(0, 5, { features: own })) }))).length, 1);
});

test('a pass that is left early closes its source', async (t) => {
  let closed = false;
  async function* open() {
    try {
      yield piece(0, 2);
      yield piece(2, 5);
    } finally {
      closed = true;
    }
  }
  for await (const _ of stream({ ...DESCRIPTION, open }).open()) break;
  t.true(closed);
});

const regression = { ...DESCRIPTION, targets: { shape: [1], dtype: 'float64' } } as const;
const real = (values: number[]) => piece(0, 5, { targets: { data: Float64Array.from(values), shape: [1], dtype: 'float64' } });
const { features, targets } = piece(0, 5);
const wrong: [name: string, description: Omit<StreamedDataset, 'open'>, pieces: readonly Dataset[], message: RegExp][] = [
  ['fewer examples', DESCRIPTION, [piece(0, 2), piece(2, 4)], /^stream: expected a pass of 5 examples, got only 4$/],
  ['no examples', DESCRIPTION, [], /^stream: expected a pass of 5 examples, got only 0$/],
  ['more examples', DESCRIPTION, [piece(0, 4), piece(4, 6)], /^stream: expected a pass of 5 examples, got at least 6$/],
  ['an empty piece', DESCRIPTION, [piece(0, 2), piece(2, 2)], /^stream from example 2 of a pass on: expected a piece .* got 0$/],
  ['no piece', DESCRIPTION, [null as never], /expected a piece \{ count, features, targets \} of at least one example, got null$/],
  [
    'no features',
    DESCRIPTION,
    [piece(0, 5, { features: undefined as never })],
    /expected features \{ data, shape, dtype \}, got undefined$/,
  ],
  [
    'another dtype',
    DESCRIPTION,
    [piece(0, 5, { features: { ...features, data: Float64Array.from(features.data), dtype: 'float64' } })],
    /expected features of float32\[2\], as described, got float64\[2\]$/,
  ],
  [
    'another array',
    DESCRIPTION,
    [piece(0, 5, { features: { ...features, data: Float64Array.from(features.data) } })],
    /expected features in a Float32Array, got Float64Array$/,
  ],
  [
    'another shape',
    DESCRIPTION,
    [piece(0, 5, { features: { ...features, shape: [2, 1] } })],
    /expected features of float32\[2\], as described, got float32\[2,1\]$/,
  ],
  [
    'too few numbers',
    DESCRIPTION,
    [piece(0, 5, { features: { ...features, data: features.data.slice(1) } })],
    /expected 10 numbers as features of 5 examples, got 9$/,
  ],
  [
    'a feature that is not finite',
    DESCRIPTION,
    [piece(0, 2), piece(2, 5, { features: { ...features, data: Float32Array.of(0, 1, 2, Number.NaN, 4, 5) } })],
    /^stream: expected finite features, got NaN in example 3 of a pass$/,
  ],
  [
    'a label too high',
    DESCRIPTION,
    [piece(0, 5, { targets: { ...targets, data: Int32Array.of(0, 1, 2, 3, 1) } })],
    /^stream: expected labels in \[0, 3\), got 3 in example 3 of a pass$/,
  ],
  [
    'other classes',
    DESCRIPTION,
    [piece(0, 5, { targets: { ...targets, classes: 4 } })],
    /expected targets of 3 classes, as described, got 4$/,
  ],
  [
    'a target that is not finite',
    regression,
    [real([0, 1, 2, 3, Number.POSITIVE_INFINITY])],
    /expected finite targets, got Infinity in example 4/,
  ],
  ['weights', DESCRIPTION, [piece(0, 5, { weights: new Float64Array(5) })], /expected no weights, as described, got some$/],
  ['no weights', { ...DESCRIPTION, weighted: true }, [piece(0, 5)], /expected weights, as described, got none$/],
  [
    'too few weights',
    { ...DESCRIPTION, weighted: true },
    [piece(0, 5, { weights: new Float64Array(4) })],
    /expected 5 weights in a Float64Array, got 4 in a Float64Array$/,
  ],
  [
    'a weight below 0',
    { ...DESCRIPTION, weighted: true },
    [piece(0, 5, { weights: Float64Array.of(1, 1, -1, 1, 1) })],
    /expected finite weights >= 0, got -1 in example 2 of a pass$/,
  ],
  [
    'another standardization',
    { ...DESCRIPTION, features: { ...DESCRIPTION.features, standardization: STANDARDIZATION } },
    [piece(0, 5, { features: { ...features, standardization: { ...STANDARDIZATION, mean: Float64Array.of(1, 1) } } })],
    /expected the standardization of the description, got another one$/,
  ],
];
for (const [name, description, pieces, message] of wrong) {
  test(`a pass with ${name}: one sentence`, async (t) => {
    const error = await t.throwsAsync(pass(stream({ ...description, open: () => give(...pieces) })), { message });
    t.true(error instanceof TypeError || error instanceof RangeError);
  });
}

const undescribed: [name: string, change: Record<string, unknown>, message: RegExp][] = [
  ['no examples', { count: 0 }, /^stream: expected the count of examples of a pass, at least 1, got 0$/],
  ['an unknown name', { counts: 5 }, /^stream: expected a known option, got 'counts'; did you mean 'count'\?$/],
  ['no features', { features: undefined }, /expected features \{ shape, dtype \}, got undefined$/],
  ['a length of 0', { features: { shape: [0], dtype: 'float32' } }, /expected features with a shape of whole numbers above 0, got 0$/],
  ['an unknown dtype', { features: { shape: [2], dtype: 'float16' } }, /expected features of dtype float32, .* got float16$/],
  ['targets of bools', { targets: { shape: [], dtype: 'bool' } }, /expected targets of dtype int32, .* got bool$/],
  ['no classes', { targets: { shape: [], dtype: 'int32', classes: 0 } }, /expected a number of classes, at least 1, got 0$/],
  [
    'too few means',
    { features: { ...DESCRIPTION.features, standardization: { mean: new Float64Array(1), scale: new Float64Array(2) } } },
    /expected 2 means and scales, one for each feature, got 1 and 2$/,
  ],
  [
    'a scale of 0',
    { features: { ...DESCRIPTION.features, standardization: { mean: new Float64Array(2), scale: new Float64Array(2) } } },
    /expected finite means and scales > 0, got 0 and 0 for feature 0$/,
  ],
  ['weighted as a number', { weighted: 1 }, /expected weighted to be true or false, got 1$/],
  ['no source', { open: give() }, /expected open to be a function that begins a pass, got object$/],
];
for (const [name, change, message] of undescribed) {
  test(`a description with ${name}: one sentence`, (t) => {
    t.throws(() => stream({ ...DESCRIPTION, open: () => give(), ...change } as StreamedDataset), { message });
  });
}

test('a source that is no iterable fails at its first piece', async (t) => {
  const streamed = stream({ ...DESCRIPTION, open: () => 5 as never });
  await t.throwsAsync(pass(streamed), { message: /^stream: expected open to give an async iterable, got 5$/ });
});
