import test from 'ava';
import { standardizationOf } from '../../lib/data/standardization.js';

test('a constant feature maps to 0 and has scale 1, whatever the rounding of its sum', (t) => {
  for (const value of [0.1, 1e-9, -1e15 / 3]) {
    const rows = Float64Array.from({ length: 2 * 999 }, (_, at) => (at % 2 === 0 ? value : at));
    const { mean, scale } = standardizationOf([new Float64Array(0), rows.subarray(0, 10), rows.subarray(10)], 2);
    t.deepEqual([mean[0], scale[0]], [value, 1]);
    t.true(scale[1]! > 1);
  }
});
