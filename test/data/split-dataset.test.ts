import test from 'ava';
import { fromArrays } from '../../lib/data/from-arrays.js';
import { type SplitDatasetOptions, splitDataset } from '../../lib/data/split-dataset.js';
import { subset } from '../../lib/data/subset.js';

const COUNT = 40;

/** Example i has features [i, 100 + i], label i % 4 and weight i + 1. */
const all = {
  ...fromArrays({
    features: Array.from({ length: COUNT }, (_, i) => [i, 100 + i]),
    targets: Uint8Array.from({ length: COUNT }, (_, i) => i % 4),
    weights: Float64Array.from({ length: COUNT }, (_, i) => i + 1),
    standardize: true,
  }),
  note: 'goes along',
};

test('every example is in one part, with its label and its weight; the rest goes along', (t) => {
  const { train, validation, test: tested } = splitDataset(all);
  t.deepEqual([train.count, validation!.count, tested.count], [28, 6, 6]);
  const seen = [train, validation!, tested].flatMap((part) => {
    t.is((part as typeof all).note, 'goes along');
    t.is(part.features.standardization, all.features.standardization);
    t.is(part.targets.classes, 4);
    t.is(part.targets.data.constructor, Uint8Array);
    return Array.from({ length: part.count }, (_, at) => {
      const example = part.features.data[2 * at]!;
      t.is(part.features.data[2 * at + 1], 100 + example);
      t.is(part.targets.data[at], example % 4);
      t.is(part.weights![at], example + 1);
      return example;
    });
  });
  t.deepEqual(
    seen.toSorted((a, b) => a - b),
    Array.from({ length: COUNT }, (_, i) => i),
  );
});

test('equal seeds deal equally, others do not', (t) => {
  const order = (seed: number) => [...splitDataset(all, { seed }).train.features.data];
  t.deepEqual(order(3), order(3));
  t.notDeepEqual(order(3), order(4));
});

test('statistics of the training examples alone', (t) => {
  const { train, validation, test: tested } = splitDataset(all, { standardize: true, validation: 0, test: 0.5 });
  t.is(validation, null);
  t.is(train.count, 20);
  const first = [...train.features.data].filter((_, at) => at % 2 === 0);
  const mean = first.reduce((a, b) => a + b, 0) / first.length;
  t.true(Math.abs(train.features.standardization!.mean[0]! - mean) < 1e-12);
  t.not(train.features.standardization!.mean[0], all.features.standardization!.mean[0]);
  t.is(tested.features.standardization, train.features.standardization);
});

test('wrong options are one sentence', (t) => {
  const wrong = (options: unknown) => () => splitDataset(all, options as SplitDatasetOptions);
  t.throws(wrong({ validaton: 0.1 }), { message: /^splitDataset: expected a known option, got 'validaton'; did you mean 'validation'\?$/ });
  t.throws(wrong({ standardize: 1 }), { message: /^splitDataset: expected standardize to be true or false, got 1$/ });
  t.throws(wrong({ test: 0.5, validation: 0.5 }), { instanceOf: RangeError });
});

test('rows that are not there are refused', (t) => {
  for (const row of [-1, COUNT]) {
    const message = `subset: expected row numbers in [0, ${COUNT}), got ${row} at place 1`;
    t.throws(() => subset(all, Int32Array.of(3, row)), { instanceOf: RangeError, message });
  }
});
