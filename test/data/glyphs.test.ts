import { createHash } from 'node:crypto';
import test from 'ava';
import { drawGlyphs, glyphs } from '../../lib/data/glyphs.js';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test('sizes, types and defaults', (t) => {
  const task = glyphs({ train: 30, validation: 10, test: 20 });
  t.deepEqual([task.train.count, task.validation?.count, task.test.count], [30, 10, 20]);
  t.deepEqual(task.train.features.shape, [784]);
  t.is(task.train.features.data.length, 30 * 784);
  t.is(task.train.features.dtype, 'uint8');
  t.is(task.train.targets.classes, 10);
  t.is(glyphs({ train: 30, validation: 0, test: 20 }).validation, null);
});

test('the whole task in under 3 seconds of processor time', (t) => {
  const start = process.cpuUsage();
  const task = glyphs();
  const { user, system } = process.cpuUsage(start);
  const seconds = (user + system) / 1e6;
  t.deepEqual([task.train.count, task.validation?.count, task.test.count], [20_000, 2_000, 4_000]);
  t.true(seconds < 3, `${seconds} s`);
  t.log(`${seconds.toFixed(2)} s`);
});

test('the same seed draws the same bytes on every machine', (t) => {
  const { pixels, labels } = drawGlyphs('train', 200);
  t.is(sha256(pixels), '49557a36a37db47054fbbd20e9330db7e99c510e1dff23379e521990b1b98a14');
  t.is(sha256(labels), '40f753b715b530a7dc0cc9198c9e42267956d8eb73774fa42f0045bec70a7ab1');
});

test('an image depends on seed, split and index alone', (t) => {
  const few = drawGlyphs('test', 5, 3),
    many = drawGlyphs('test', 50, 3);
  t.deepEqual(few.pixels, many.pixels.slice(0, 5 * 784));
  t.deepEqual(few.labels, many.labels.slice(0, 5));
  t.notDeepEqual(drawGlyphs('test', 5, 4).pixels, few.pixels);
  t.notDeepEqual(drawGlyphs('train', 5, 3).pixels, few.pixels);
});

test('no two images are equal, within or between the splits', (t) => {
  const seen = new Set<string>();
  let count = 0;
  for (const split of ['train', 'validation', 'test'] as const) {
    const { pixels } = drawGlyphs(split, 1000);
    for (let i = 0; i < 1000; i++, count++) seen.add(sha256(pixels.subarray(i * 784, (i + 1) * 784)));
  }
  t.is(seen.size, count);
});

test('classes are balanced and images look like ink on a dark ground', (t) => {
  const count = 5000;
  const { pixels, labels } = drawGlyphs('train', count, 1);
  const perClass = new Array<number>(10).fill(0);
  for (const label of labels) perClass[label]!++;
  // 500 expected; five deviations of a binomial are 106.
  t.true(
    perClass.every((n) => Math.abs(n - count / 10) < 110),
    `${perClass}`,
  );
  for (let i = 0; i < count; i++) {
    const image = pixels.subarray(i * 784, (i + 1) * 784);
    const ink = image.filter((grey) => grey > 100).length / 784;
    t.true(ink > 0.01 && ink < 0.45, `image ${i} of digit ${labels[i]}: ${ink}`);
  }
});

test('pixels are standardized with training and validation images together', (t) => {
  const task = glyphs({ train: 300, validation: 100, test: 10 });
  const { mean, scale } = task.train.features.standardization!;
  const both = [...task.train.features.data, ...task.validation!.features.data];
  for (const pixel of [0, 300, 406]) {
    const values = both.filter((_, i) => i % 784 === pixel);
    const average = values.reduce((a, b) => a + b) / 400;
    t.true(Math.abs(mean[pixel]! - average) < 1e-9);
    t.true(Math.abs(scale[pixel]! - Math.sqrt(values.reduce((s, v) => s + (v - average) ** 2, 0) / 400)) < 1e-9);
  }
});

for (const [name, options] of Object.entries({
  seed: { seed: 0.5 },
  train: { train: 0 },
  validation: { validation: -1 },
  test: { test: 1e9 },
})) {
  test(`${name} is checked`, (t) => {
    t.throws(() => glyphs(options), { instanceOf: RangeError, message: new RegExp(`^glyphs: expected ${name} to be an integer`) });
  });
}
