import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { type Cifar10Options, type Cifar100Options, cifar10, cifar100 } from '../../../lib/data/cifar/cifar.js';
import type { Dataset } from '../../../lib/data/dataset.js';
import { sharedTest } from '../../shared.js';
import { serve } from '../download/file-server.js';
import { temporaryFolder } from '../idx-file.js';
import { cifarBytes, labelsOf, pixel, writeTinyCifar } from './cifar-file.js';

const labels = ({ targets }: Dataset) => [...targets.data];

test('pixels go from planes to channels last, batches follow each other', async (t) => {
  const folder = temporaryFolder(t);
  writeTinyCifar(folder);
  const { train, validation, test: tested } = await cifar10({ dataDir: folder, validation: 0 });
  t.is(validation, null);
  t.deepEqual([train.count, tested.count], [50, 10]);
  t.deepEqual(
    labels(train),
    [1, 2, 3, 4, 5].flatMap((batch) => labelsOf(batch, 10).flat()),
  );
  t.deepEqual([train.features.shape, train.features.dtype, train.targets.classes], [[32, 32, 3], 'uint8', 10]);
  for (const [example, row, column, channel] of [
    [0, 0, 0, 0],
    [13, 31, 2, 1],
    [49, 5, 31, 2],
  ] as const) {
    const label = train.targets.data[example]!;
    t.is(train.features.data[((example * 32 + row) * 32 + column) * 3 + channel], pixel(label, channel, row, column));
  }
});

test('a tenth validates, chosen by seed, and both parts keep the order of the files', async (t) => {
  const folder = temporaryFolder(t);
  writeTinyCifar(folder);
  const task = await cifar10({ dataDir: folder });
  t.deepEqual([task.train.count, task.validation!.count], [45, 5]);
  const all = [...labels(task.train), ...labels(task.validation!)].sort();
  t.deepEqual(all, [1, 2, 3, 4, 5].flatMap((batch) => labelsOf(batch, 10).flat()).sort());
  const pixels = (part: Dataset, example: number) => part.features.data[example * 3072];
  for (const part of [task.train, task.validation!]) {
    t.true(labels(part).every((label, example) => pixels(part, example) === pixel(label, 0, 0, 0)));
  }
  const chosen = async (seed: number) => labels((await cifar10({ dataDir: folder, seed })).train);
  t.deepEqual(await chosen(7), await chosen(7));
  t.notDeepEqual(await chosen(7), labels(task.train));
});

test('each channel is standardized over training and validation images', async (t) => {
  const folder = temporaryFolder(t);
  writeTinyCifar(folder, { batches: [2] });
  const { train, test: tested } = await cifar10({ dataDir: folder, batches: [2] });
  const { mean, scale } = train.features.standardization!;
  for (const channel of [0, 1, 2]) {
    const values: number[] = [];
    for (const [label] of labelsOf(2, 10)) {
      for (let at = 0; at < 1024; at++) values.push(pixel(label!, channel, Math.floor(at / 32), at % 32));
    }
    const wanted = values.reduce((a, b) => a + b) / values.length;
    const deviation = Math.sqrt(values.reduce((total, v) => total + (v - wanted) ** 2, 0) / values.length);
    for (const position of [channel, 3 * 500 + channel, 3069 + channel]) {
      t.true(Math.abs(mean[position]! - wanted) < 1e-9);
      t.true(Math.abs(scale[position]! - deviation) < 1e-9);
    }
  }
  t.is(tested.features.standardization, train.features.standardization);
});

test('CIFAR-100: fine and coarse labels', async (t) => {
  const folder = temporaryFolder(t);
  const both = Array.from({ length: 20 }, (_, record) => [record % 20, (7 * record) % 100]);
  writeFileSync(join(folder, 'train.bin'), cifarBytes(both));
  writeFileSync(join(folder, 'test.bin'), cifarBytes(both.slice(0, 3)));
  const fine = await cifar100({ dataDir: folder, validation: 0 });
  t.deepEqual(
    labels(fine.train),
    both.map(([, label]) => label!),
  );
  t.deepEqual([fine.train.targets.classes, fine.layers], [100, [3072, 256, 100]]);
  t.is(fine.train.features.data[3 * 3072 + 2], pixel(21, 2, 0, 0));
  const coarse = await cifar100({ dataDir: folder, validation: 0, labels: 'coarse' });
  t.deepEqual(labels(coarse.test), [0, 1, 2]);
  t.is(coarse.train.targets.classes, 20);
});

const good = cifarBytes(labelsOf(0, 3));
const broken: [name: string, bytes: Uint8Array, message: RegExp][] = [
  [
    'no bytes',
    new Uint8Array(0),
    /data_batch_3\.bin byte 0: expected records of 3073 bytes: a label and 3 x 32 x 32 pixels, got the end; the file is empty$/,
  ],
  [
    'a cut',
    good.subarray(0, 7000),
    /data_batch_3\.bin byte 6146: expected records of 3073 bytes.*, got the end after 854 bytes; it is cut off or of another kind$/,
  ],
  ['a label out of range', good.with(3073, 10), /data_batch_3\.bin byte 3073: expected a label below 10, got 10$/],
];
for (const [name, bytes, message] of broken) {
  test(`${name}: the file and the byte are named`, async (t) => {
    const folder = temporaryFolder(t);
    writeTinyCifar(folder);
    writeFileSync(join(folder, 'data_batch_3.bin'), bytes);
    await t.throwsAsync(cifar10({ dataDir: folder }), { instanceOf: TypeError, message });
  });
}

test('batches that are missing are an error, unless others are asked for', async (t) => {
  const folder = temporaryFolder(t);
  writeTinyCifar(folder, { batches: [1, 2] });
  const message = /^cifar-10: expected data_batch_3\.bin\.gz or data_batch_3\.bin in .*, got neither; to train on some .*: batches: \[1\]$/;
  await t.throwsAsync(cifar10({ dataDir: folder }), { message });
  t.is((await cifar10({ dataDir: folder, batches: [2, 1] })).train.count, 18);
  const missing = /^cifar-100: expected train\.bin\.gz or train\.bin in .*, got neither; name the folder/;
  await t.throwsAsync(cifar100({ dataDir: folder }), { message: missing });
});

test('wrong options are one sentence, before files are looked for', async (t) => {
  const ten = (options: object) => cifar10({ dataDir: '/none', ...options } as Cifar10Options);
  await t.throwsAsync(ten({ batch: [1] }), { message: /^cifar-10: expected a known option, got 'batch'; did you mean 'batches'\?$/ });
  await t.throwsAsync(ten({ batches: [0] }), { message: /expected batches to be some of \[1, 2, 3, 4, 5\], each once, got \[0\]$/ });
  await t.throwsAsync(ten({ batches: [1, 1] }), { message: /each once, got \[1, 1\]$/ });
  await t.throwsAsync(ten({ seed: -1 }), { message: /expected seed to be an integer in .*, got -1$/ });
  await t.throwsAsync(ten({ dataDir: 3 }), { message: /expected dataDir to be the name of a folder, got 3$/ });
  const hundred = cifar100({ dataDir: '/none', labels: 'all' } as unknown as Cifar100Options);
  await t.throwsAsync(hundred, { message: /^cifar-100: expected labels to be 'fine' or 'coarse', got 'all'$/ });
  const folder = temporaryFolder(t);
  writeTinyCifar(folder, { batches: [1] });
  await t.throwsAsync(cifar10({ dataDir: folder, batches: [1], validation: 10 }), {
    message: /validation to be an integer in \[0, 9\], got 10$/,
  });
});

test('without a folder the archive is asked for', async (t) => {
  const { base, seen } = await serve(t, (_, response) => response.writeHead(404).end());
  const download = { baseUrl: base, cacheDir: temporaryFolder(t) };
  await t.throwsAsync(cifar10({ download }), { message: /cifar-10-binary\.tar\.gz: expected the file, got HTTP status 404;/ });
  t.deepEqual(seen, ['/cifar-10-binary.tar.gz whole']);
  await t.throwsAsync(cifar100({} as Cifar100Options), { message: /^cifar-100: expected dataDir to be the name of a folder, got none$/ });
});

sharedTest('real images: one batch of 5,000 and 1,000 test images', ['data/cifar-10'], async (t, dataDir) => {
  const { train, validation, test: tested } = await cifar10({ dataDir: dataDir!, batches: [1] });
  t.deepEqual([train.count, validation!.count, tested.count], [4500, 500, 1000]);
  t.deepEqual([...new Set(labels(train))].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  // The data set's well-known channel means, of 255: 125.3, 123.0, 113.9; its deviations are 63.0, 62.1, 66.7.
  const { mean, scale } = train.features.standardization!;
  for (const [channel, [center, spread]] of [
    [125.3, 63],
    [123, 62.1],
    [113.9, 66.7],
  ].entries()) {
    t.true(Math.abs(mean[channel]! - center!) < 3, `mean ${mean[channel]}`);
    t.true(Math.abs(scale[channel]! - spread!) < 3, `deviation ${scale[channel]}`);
  }
});
