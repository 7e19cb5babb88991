import test from 'ava';
import type { Dataset } from '../../lib/data/dataset.js';
import { holdOut } from '../../lib/data/hold-out.js';

/** Example i has features (i, i + 1/2), target -i and weight i + 1. */
function numbered(count: number): Dataset {
  return {
    count,
    features: {
      data: Float64Array.from({ length: 2 * count }, (_, i) => i / 2),
      shape: [2],
      dtype: 'float64',
      standardization: { mean: Float64Array.of(1, 2), scale: Float64Array.of(3, 4) },
    },
    targets: { data: Int32Array.from({ length: count }, (_, i) => -i), shape: [], dtype: 'int32' },
    weights: Float64Array.from({ length: count }, (_, i) => i + 1),
  };
}

test('every example is in one part, with its target and weight', (t) => {
  for (const [count, share, held] of [
    [100, 0.15, 15],
    [7, 0.01, 1],
    [2, 0.5, 1],
    [10, 0.89, 9],
  ] as const) {
    const whole = numbered(count);
    const { train, validation } = holdOut('fit', whole, share, [5, 0]);
    t.is(validation.count, held);
    const rows: number[] = [];
    for (const { count: n, features, targets, weights } of [train, validation]) {
      t.is(features.standardization, whole.features.standardization);
      for (let i = 0; i < n; i++) {
        const row = 0 - targets.data[i]!;
        rows.push(row);
        t.deepEqual([features.data[2 * i], features.data[2 * i + 1], weights![i]], [row, row + 0.5, row + 1]);
      }
    }
    t.deepEqual(
      rows.sort((a, b) => a - b),
      Array.from({ length: count }, (_, i) => i),
    );
  }
});

test('the rows held out depend on all 64 bits of the seed, and every row is held out about as often', (t) => {
  const times = new Array<number>(20).fill(0);
  const drawn = (low: number, high: number) => [...holdOut('fit', numbered(20), 0.25, [low, high]).validation.targets.data].join();
  t.is(drawn(1, 2), drawn(1, 2));
  t.not(drawn(1, 2), drawn(2, 2));
  t.not(drawn(1, 2), drawn(1, 3));
  for (let seed = 0; seed < 2000; seed++) for (const row of drawn(seed, 0).split(',')) times[-Number(row)]!++;
  // 500 expected with a deviation of 19.4
  t.true(
    times.every((n) => Math.abs(n - 500) < 100),
    times.join(' '),
  );
});

test('a share that leaves nothing is refused', (t) => {
  t.throws(() => holdOut('fit', numbered(3), 0.9, [0, 0]), {
    message: 'fit: expected examples left to train on beside 3 for validation, got 3 in all',
  });
  for (const share of [0, 1, Number.NaN]) t.throws(() => holdOut('fit', numbered(3), share, [0, 0]), { instanceOf: RangeError });
});
