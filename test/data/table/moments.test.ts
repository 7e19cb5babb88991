import test from 'ava';
import { Random } from '../../../lib/data/random.js';
import { Moments } from '../../../lib/data/table/moments.js';

/** Mean and population deviation in two passes. */
function naive(values: readonly number[]) {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, scale: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
}

test('mean and deviation are those of two passes, far from zero too', (t) => {
  const random = new Random(3);
  for (const offset of [0, 1e6, -1e9]) {
    const values = Array.from({ length: 5000 }, () => random.normal());
    const moments = new Moments();
    for (const value of values) moments.add(value + offset);
    const { mean, scale } = naive(values); // without the offset, hence exact enough
    t.true(Math.abs(moments.mean - offset - mean) < 1e-15 * (1 + Math.abs(offset)) * 10, `${moments.mean - offset - mean}`);
    t.true(Math.abs(moments.scale / scale - 1) < 1e-15 * (1 + Math.abs(offset)) * 10, `${moments.scale / scale - 1}`);
  }
});

test('copies count like as many numbers', (t) => {
  const values = [1, 2.5, -4, 7];
  for (const [value, times] of [
    [3, 5],
    [-100, 1],
    [0.1, 0],
  ] as const) {
    const moments = new Moments();
    for (const one of values) moments.add(one);
    moments.addCopies(value, times);
    const { mean, scale } = naive([...values, ...Array.from({ length: times }, () => value)]);
    t.is(moments.count, 4 + times);
    t.true(Math.abs(moments.mean - mean) < 1e-13 && Math.abs(moments.scale - scale) < 1e-13);
  }
});

test('a constant is exact, with scale 1', (t) => {
  const moments = new Moments();
  for (let i = 0; i < 1000; i++) moments.add(0.1);
  moments.addCopies(0.1, 77);
  t.deepEqual([moments.mean, moments.scale], [0.1, 1]);
});
