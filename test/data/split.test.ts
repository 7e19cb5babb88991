import test from 'ava';
import { split } from '../../lib/data/split.js';

for (const rows of [2, 3, 10, 1001]) {
  test(`${rows} rows: every row in one part, sizes by the shares`, (t) => {
    const parts = split('table', rows, { validation: 0.2, test: 0.1, seed: 3 });
    t.deepEqual(
      [...parts.train, ...parts.validation, ...parts.test].sort((a, b) => a - b),
      [...Array(rows).keys()],
    );
    t.is(parts.validation.length, Math.round(0.2 * rows));
    t.is(parts.test.length, Math.max(1, Math.round(0.1 * rows)));
  });
}

test('equal seeds deal equally, others differently; large seeds count in full', (t) => {
  const trained = (seed: number) => [...split('table', 50, { seed }).train];
  t.deepEqual(trained(7), trained(7));
  t.notDeepEqual(trained(7), trained(8));
  t.notDeepEqual(trained(7), trained(7 + 2 ** 32));
});

test('every row can come first', (t) => {
  const first = Array.from({ length: 400 }, (_, seed) => split('table', 5, { seed }).train[0]!);
  for (let row = 0; row < 5; row++) {
    const share = first.filter((r) => r === row).length / 400;
    t.true(share > 0.12 && share < 0.28, `${share}`); // 0.2 +- 4 deviations
  }
});

test('shares out of range and no rows to train on: one sentence', (t) => {
  t.throws(() => split('table', 10, { test: 0 }), {
    instanceOf: RangeError,
    message: /^table: expected test to be a number in \(0, 1\), got 0$/,
  });
  t.throws(() => split('table', 10, { validation: 0.6, test: 0.4 }), { message: /together to be below 1/ });
  t.throws(() => split('table', 1), { instanceOf: RangeError, message: /^table: expected rows left to train on/ });
  t.throws(() => split('table', 10, { sed: 1 } as object), { message: /expected a known option, got 'sed'; did you mean 'seed'\?/ });
});
