import test from 'ava';
import { Random } from '../../lib/data/random.js';

const draws = 100_000;
const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;

test('uniform: range, mean and variance', (t) => {
  const random = new Random(1);
  const values = Array.from({ length: draws }, () => random.uniform(-1, 1));
  t.true(values.every((v) => v >= -1 && v < 1));
  t.true(Math.abs(mean(values)) < 5 * Math.sqrt(1 / 3 / draws));
  t.true(Math.abs(mean(values.map((v) => v * v)) - 1 / 3) < 5 * Math.sqrt(4 / 45 / draws));
});

test('normal: mean 0, deviation 1, bounded', (t) => {
  const random = new Random(2);
  const values = Array.from({ length: draws }, () => random.normal());
  t.true(Math.abs(mean(values)) < 5 / Math.sqrt(draws));
  t.true(Math.abs(mean(values.map((v) => v * v)) - 1) < 5 * Math.sqrt(2 / draws));
  t.true(values.every((v) => Math.abs(v) < 4.9));
});

test('integer: every value, about equally often', (t) => {
  const random = new Random(3);
  const counts = new Array<number>(7).fill(0);
  for (let i = 0; i < draws; i++) counts[random.integer(7)]!++;
  t.true(
    counts.every((n) => Math.abs(n - draws / 7) < 5 * Math.sqrt(draws / 7)),
    `${counts}`,
  );
});

test('seed, stream and index each give another sequence', (t) => {
  const first = (...at: [number, number?, number?]) => {
    const random = new Random(...at);
    return [random.bits(), random.bits(), random.bits(), random.bits()].join();
  };
  const all = [first(0), first(1), first(0, 1), first(0, 0, 1), first(1, 1), first(1, 1, 1), first(0, 1, 1)];
  t.is(new Set(all).size, all.length);
  t.is(first(5, 6, 7), first(5, 6, 7));
});
