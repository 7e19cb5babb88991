import test from 'ava';
import { compile } from '../../lib/compile/compile.js';
import { Spec } from '../../lib/graph/node.js';
import { type Augment, gaussianNoise, horizontalFlip, shift } from '../../lib/nn/augment/index.js';

const KEY = new Spec('int32', [2]);

/** The augmented inputs for a key, with `n` examples of this shape and 0, 1, 2, ... in them. */
function run(augment: Augment, n: number, shape: readonly number[], key: number): { x: Float64Array; y: Float64Array } {
  const width = shape.reduce((total, d) => total * d, 1);
  const x = Float64Array.from({ length: n * width }, (_, i) => i);
  const f = compile((x, key) => augment(x, key), [new Spec('float64', ['n', ...shape]), KEY], { capacity: { n } });
  return { x, y: Float64Array.from(f(x, Int32Array.of(key, 7)) as unknown as Float64Array) };
}

/** x moved by (down, right) within one image, borders repeated. */
function moved(x: Float64Array, [h, w, c]: readonly [number, number, number], down: number, right: number): number[] {
  const clamp = (at: number, size: number) => Math.min(Math.max(at, 0), size - 1);
  return Array.from(x, (_, i) => {
    const channel = i % c,
      column = Math.floor(i / c) % w,
      row = Math.floor(i / (c * w));
    return x[(clamp(row - down, h) * w + clamp(column - right, w)) * c + channel]!;
  });
}

for (const [name, shape] of [
  ['images', [3, 4, 2]],
  ['flat images', [24]],
] as const) {
  test(`horizontalFlip mirrors about half of the ${name}, each whole`, (t) => {
    const n = 400;
    let flips = 0;
    const { x, y } = run(horizontalFlip([3, 4, 2]), n, shape, 1);
    for (let i = 0; i < n; i++) {
      const before = x.subarray(24 * i, 24 * i + 24),
        after = [...y.subarray(24 * i, 24 * i + 24)];
      const mirrored = Array.from(before, (_, at) => {
        const channel = at % 2,
          column = Math.floor(at / 2) % 4;
        return before[2 * (3 - column) + channel + 8 * Math.floor(at / 8)]!;
      });
      if (after[0] === before[0]) t.deepEqual(after, [...before]);
      else t.deepEqual(after, mirrored);
      flips += Number(after[0] !== before[0]);
    }
    t.true(Math.abs(flips - n / 2) < 50, `${flips}`);
  });

  test(`shift moves the ${name} by all distances about equally often`, (t) => {
    const n = 900,
      image = [3, 4, 2] as const;
    const times = new Map<string, number>();
    const { x, y } = run(shift(1, image), n, shape, 2);
    for (let i = 0; i < n; i++) {
      const before = x.subarray(24 * i, 24 * i + 24),
        after = y.subarray(24 * i, 24 * i + 24).join();
      const found = [-1, 0, 1].flatMap((down) =>
        [-1, 0, 1].filter((right) => moved(before, image, down, right).join() === after).map((right) => `${down} ${right}`),
      );
      t.is(found.length, 1);
      times.set(found[0]!, (times.get(found[0]!) ?? 0) + 1);
    }
    t.is(times.size, 9);
    // 100 expected with a deviation of 9.4
    t.true(
      [...times.values()].every((count) => Math.abs(count - 100) < 45),
      [...times.values()].join(' '),
    );
  });
}

test('gaussianNoise has its deviation, mean 0, and is other noise for another key', (t) => {
  const n = 5000;
  const noise = (key: number) => {
    const { x, y } = run(gaussianNoise(0.5), n, [2], key);
    return y.map((value, i) => value - x[i]!);
  };
  const e = noise(1);
  const mean = e.reduce((a, b) => a + b) / e.length,
    deviation = Math.sqrt(e.reduce((sum, v) => sum + v * v, 0) / e.length);
  t.true(Math.abs(mean) < 0.03 && Math.abs(deviation - 0.5) < 0.02, `${mean} ${deviation}`);
  t.deepEqual(noise(1), e);
  t.notDeepEqual(noise(2), e);
});

test('built-in augmentations refuse what is no image or amount', (t) => {
  const rows: [() => unknown, RegExp][] = [
    [() => gaussianNoise(0), /^gaussianNoise: expected deviation to be in \(0, inf\), got 0/],
    [() => gaussianNoise('a' as never), /^gaussianNoise: expected deviation to be a number, got 'a'/],
    [() => horizontalFlip([3, 4] as never), /^horizontalFlip: expected an image shape \[height, width, channels\], got \[3, 4\]/],
    [() => shift(3, [3, 4, 1]), /^shift: expected pixels to be an integer in \[1, 3\), got 3/],
    [() => run(shift(1, [3, 4, 1]), 2, [3, 5, 1], 0), /^shift: expected images of 3 x 4 x 1 values, got float64\[n,3,5,1\]/],
  ];
  for (const [make, message] of rows) t.throws(make, { message });
});
