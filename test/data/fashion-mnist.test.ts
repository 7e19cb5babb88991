import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { type FashionMnistOptions, fashionMnist } from '../../lib/data/fashion-mnist.js';
import { sharedTest } from '../shared.js';
import { idxBytes, temporaryFolder, writeTinyFashion } from './idx-file.js';

for (const gzip of [true, false]) {
  test(`splits and standardizes by the protocol, ${gzip ? 'gzipped' : 'plain'} files`, async (t) => {
    const folder = temporaryFolder(t);
    writeTinyFashion(folder, { gzip });
    const task = await fashionMnist({ dataDir: folder });
    t.is(task.train.count, 50);
    t.is(task.validation?.count, 10);
    t.is(task.test.count, 20);
    t.deepEqual(task.layers, [784, 50, 10]);
    t.deepEqual([...task.train.targets.data.subarray(0, 12)], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
    t.is(task.validation?.targets.data[3], 3); // example 53 of the file
    // Statistics of pixel 5 over all 60 training and validation images, written out.
    const values = Array.from({ length: 60 }, (_, i) => (i % 10 === 0 ? 180 : 20) + ((i * 31 + 5 * 17) % 40));
    const mean = values.reduce((a, b) => a + b) / 60;
    const deviation = Math.sqrt(values.reduce((total, v) => total + (v - mean) ** 2, 0) / 60);
    const { standardization } = task.train.features;
    t.true(Math.abs(standardization!.mean[5]! - mean) < 1e-12);
    t.true(Math.abs(standardization!.scale[5]! - deviation) < 1e-12);
    t.is(task.test.features.standardization, standardization);
    t.is(task.train.features.data.constructor, Uint8Array);
  });
}

test('a constant pixel has scale 1', async (t) => {
  const folder = temporaryFolder(t);
  writeTinyFashion(folder);
  writeFileSync(join(folder, 'train-images-idx3-ubyte.gz'), gzipSync(idxBytes([60, 28, 28], new Uint8Array(60 * 784).fill(7))));
  const { train } = await fashionMnist({ dataDir: folder });
  t.true(train.features.standardization!.scale.every((scale) => scale === 1));
  t.true(train.features.standardization!.mean.every((mean) => mean === 7));
});

test('the size of the validation part can be chosen', async (t) => {
  const folder = temporaryFolder(t);
  writeTinyFashion(folder);
  const none = await fashionMnist({ dataDir: folder, validation: 0 });
  t.is(none.validation, null);
  t.is(none.train.count, 60);
  await t.throwsAsync(fashionMnist({ dataDir: folder, validation: 60 }), {
    instanceOf: RangeError,
    message: /validation to be an integer in \[0, 59\], got 60/,
  });
});

const broken: [name: string, file: string, bytes: Uint8Array, message: RegExp][] = [
  [
    'fewer labels than images',
    'train-labels-idx1-ubyte.gz',
    idxBytes([59], new Uint8Array(59)),
    /train-labels-.*: expected bytes 4-7 to say 60 labels, .*, got 59$/,
  ],
  [
    'a label out of range',
    't10k-labels-idx1-ubyte.gz',
    idxBytes([20], new Uint8Array(20).fill(10, 7)),
    /t10k-labels-.*: expected byte 15 to be a label below 10, got 10$/,
  ],
  [
    'images of another size',
    't10k-images-idx3-ubyte.gz',
    idxBytes([20, 32, 28], new Uint8Array(20 * 32 * 28)),
    /t10k-images-.*: expected bytes 8-15 to say 28 x 28 pixels, got 32 x 28$/,
  ],
  [
    'labels where images should be',
    'train-images-idx3-ubyte.gz',
    idxBytes([60], new Uint8Array(60)),
    /train-images-.*: expected bytes 0-3 .*3 dimensions\), got 0x00000801/,
  ],
];
for (const [name, file, bytes, message] of broken) {
  test(`${name}: the file and the byte are named`, async (t) => {
    const folder = temporaryFolder(t);
    writeTinyFashion(folder);
    writeFileSync(join(folder, file), gzipSync(bytes));
    await t.throwsAsync(fashionMnist({ dataDir: folder }), { message });
  });
}

test('a missing file names what was looked for', async (t) => {
  const folder = temporaryFolder(t);
  writeTinyFashion(folder);
  rmSync(join(folder, 't10k-labels-idx1-ubyte.gz'));
  await t.throwsAsync(fashionMnist({ dataDir: folder }), {
    message: /^fashion-mnist: expected t10k-labels-idx1-ubyte\.gz or t10k-labels-idx1-ubyte in .*, got neither; name the folder/,
  });
});

test('a misspelled option is not a reason to download', async (t) => {
  const options = { datadir: 'here' } as FashionMnistOptions;
  await t.throwsAsync(fashionMnist(options), {
    message: /^fashion-mnist: expected a known option, got 'datadir'; did you mean 'dataDir'\?$/,
  });
});

sharedTest('the real files: 50,000 + 10,000 + 10,000 images, mean 72.9', ['data/fashion-mnist'], async (t, dataDir) => {
  const task = await fashionMnist({ dataDir: dataDir! });
  t.deepEqual([task.train.count, task.validation!.count, task.test.count], [50_000, 10_000, 10_000]);
  const mean = task.train.features.standardization!.mean.reduce((a, b) => a + b) / 784;
  t.true(Math.abs(mean - 72.9) < 0.1, `mean ${mean}`);
});
