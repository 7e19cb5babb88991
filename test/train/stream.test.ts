import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import test from 'ava';
import type { Dataset } from '../../lib/data/dataset.js';
import { crossEntropy } from '../../lib/losses/cross-entropy.js';
import { custom } from '../../lib/losses/custom.js';
import { gaussianNoise } from '../../lib/nn/augment/index.js';
import { linear } from '../../lib/nn/linear.js';
import { mlp } from '../../lib/nn/mlp.js';
import { adam } from '../../lib/optim/adam.js';
import { adamqlr } from '../../lib/optim/adamqlr.js';
import { cosine } from '../../lib/optim/schedules/index.js';
import { sgd } from '../../lib/optim/sgd.js';
import type { FitOptions } from '../../lib/train/fit-options.js';
import { Trainer } from '../../lib/train/trainer.js';
import type { TrainerOptions } from '../../lib/train/trainer-options.js';
import { temporaryFolder } from '../data/idx-file.js';
import { blobs } from './blobs.js';
import { CountedAbort, reports, stateBits, stored, timeless } from './interruption.js';
import { allClosed, streamed } from './streamed.js';

const plain = blobs(103);
const weighted: Dataset = { ...plain, weights: Float64Array.from({ length: plain.count }, (_, i) => (i * i) % 3) };
const held = blobs(57, 1000);

function trainer(parts: Partial<TrainerOptions> = {}): Trainer {
  return new Trainer({ model: mlp([2, 4]), loss: crossEntropy(), optimizer: adam(), seed: 3, ...parts });
}

type Row = {
  readonly name: string;
  readonly data: Dataset;
  readonly fit?: Partial<FitOptions>;
  readonly parts?: () => Partial<TrainerOptions>;
};

const ROWS: readonly Row[] = [
  { name: 'adam', data: plain },
  { name: 'adamqlr judged by the next batch', data: weighted, parts: () => ({ optimizer: adamqlr({ dampingBatch: 'next' }) }) },
  {
    name: 'averages, schedule, noise and early stopping on a stream',
    data: weighted,
    parts: () => ({ averaging: { decay: 0.8 } }),
    fit: {
      validation: streamed(held).data,
      earlyStopping: { patience: 2 },
      schedules: { learningRate: cosine({ from: 0.1 }) },
      augment: gaussianNoise(0.2),
    },
  },
];

for (const { name, data, fit, parts } of ROWS) {
  test(`${name}: a stream of one chunk gives the bits of the data set in memory, and is read once`, async (t) => {
    const options = { epochs: 3, batchSize: 30, report: { every: 3 }, ...fit };
    using inMemory = trainer(parts?.());
    using learner = trainer(parts?.());
    const { list } = await reports(inMemory, data, options);
    const { data: source, passes } = streamed(data);
    t.deepEqual((await reports(learner, source, options)).list.map(timeless), list.map(timeless));
    t.is(stateBits(learner), stateBits(inMemory));
    t.deepEqual({ ...passes }, { opened: 1, closed: 1, ended: 1, pieces: 7 });
  });

  test(`${name}: over chunks, any number of steps per call gives the same bits`, async (t) => {
    const options = { epochs: 3, batchSize: 10, chunkSize: 40, report: { every: 7 }, ...fit };
    using reference = trainer(parts?.());
    const { list } = await reports(reference, streamed(data).data, options);
    for (const [stepsPerCall, piece] of [
      [1, 40],
      [7, 1],
      [64, 103],
    ] as const) {
      using learner = trainer(parts?.());
      const { list: others } = await reports(learner, streamed(data, { piece }).data, { ...options, stepsPerCall });
      t.deepEqual(others.map(timeless), list.map(timeless), `${stepsPerCall} steps per call`);
      t.is(stateBits(learner), stateBits(reference));
    }
  });

  test(`${name}: over chunks, interrupted anywhere and resumed, here or elsewhere, equals uninterrupted bit for bit`, async (t) => {
    t.timeout(120_000);
    const options = { epochs: 2, batchSize: 10, chunkSize: 40, report: { every: 7 }, stepsPerCall: 1, ...fit };
    using whole = trainer(parts?.());
    const { list } = await reports(whole, streamed(data).data, options);
    const folder = temporaryFolder(t);
    let interruptions = 0;
    for (let asks = 2; ; asks++) {
      using broken = trainer(parts?.());
      const first = await reports(broken, streamed(data).data, { ...options, signal: new CountedAbort(asks) });
      if (first.error === null) break;
      interruptions++;
      using other = trainer({ ...parts?.(), seed: 9 });
      if (asks % 3 === 0) other.restore(stored(broken.snapshot()));
      if (asks % 3 === 1) {
        const file = join(folder, `${asks}.safetensors`);
        await broken.save(file, { checkpoint: true });
        await other.restore(file);
      }
      const learner = asks % 3 === 2 ? broken : other;
      // Without chunkSize: a resumed call takes over the chunks that it was cut into.
      const { chunkSize, ...rest } = options;
      const { list: more, error } = await reports(learner, streamed(data).data, {
        ...(asks % 2 ? { chunkSize } : {}),
        ...rest,
        resume: true,
      });
      t.is(error, null);
      t.deepEqual([...first.list, ...more].map(timeless), list.map(timeless), `after ${asks} asks`);
      t.is(learner.best?.step, whole.best?.step);
      t.true(stateBits(learner) === stateBits(whole), `bits after ${asks} asks`);
    }
    t.true(interruptions >= 2 * list.at(-1)!.step, `${interruptions}`);
  });
}

test('an epoch takes every example once, in shuffled batches inside each chunk', async (t) => {
  const count = 47,
    batchSize = 4,
    chunkSize = 10; // whole batches: 12
  const oneHot = Float64Array.from({ length: count * count }, (_, at) => (at % (count + 1) === 0 ? 1 : 0));
  const data: Dataset = {
    count,
    features: { data: oneHot, shape: [count], dtype: 'float64' },
    targets: { data: new Float64Array(count), shape: [1], dtype: 'float64' },
  };
  // Every visit raises the weight of an example by 1 / n in a batch of n, so the weights tell who was in it.
  using learner = new Trainer({
    model: linear(count, 1, { bias: false }),
    loss: custom('rising', (outputs) => outputs.neg().sum(-1)),
    optimizer: sgd({ learningRate: 1 }),
    dtype: 'float64',
  });
  const { data: source, passes } = streamed(data, { piece: 5 });
  await learner.evaluate(source);
  const weights = () => learner.parameters()['weight']!.data;
  let before = weights();
  const batches: number[][] = [];
  for await (const _ of learner.fit(source, { epochs: 3, batchSize, chunkSize, report: { every: 1 } })) {
    const after = weights();
    const batch = [...after.keys()].filter((i) => after[i] !== before[i]);
    for (const i of batch) t.true(Math.abs(after[i]! - before[i]! - 1 / batch.length) < 1e-12);
    batches.push(batch);
    before = after;
  }
  const perEpoch = 12;
  t.is(batches.length, 3 * perEpoch);
  const all = Array.from({ length: count }, (_, i) => i);
  for (let epoch = 0; epoch < 3; epoch++) {
    const own = batches.slice(epoch * perEpoch, (epoch + 1) * perEpoch);
    t.deepEqual(
      own.map(({ length }) => length),
      [...Array(11).fill(4), 3],
    );
    for (let chunk = 0; chunk < 4; chunk++) {
      const members = own.slice(3 * chunk, 3 * chunk + 3).flat();
      t.deepEqual(
        members.toSorted((a, b) => a - b),
        all.slice(12 * chunk, 12 * chunk + 12),
        `epoch ${epoch}, chunk ${chunk}`,
      );
      t.notDeepEqual(members, all.slice(12 * chunk, 12 * chunk + 12), 'shuffled');
    }
  }
  t.notDeepEqual(batches.slice(0, perEpoch), batches.slice(perEpoch, 2 * perEpoch));
  t.is(passes.opened, 1 + 3);
});

/** 150 examples of half a MiB, so that about 63 are in memory together; 16 of their numbers tell something. */
function wide(weights?: Float64Array): Dataset {
  const width = 2 ** 17,
    count = 150;
  const small = blobs(count);
  const data = new Float32Array(count * width);
  for (let i = 0; i < count; i++) for (let k = 0; k < 2; k++) data[i * width + k * 1000] = small.features.data[2 * i + k]!;
  return { count, features: { data, shape: [width], dtype: 'float32' }, targets: small.targets, ...(weights && { weights }) };
}

for (const [name, weights] of [
  ['examples', undefined],
  ['weighted examples', Float64Array.from({ length: 150 }, (_, i) => (i % 7) / 4)],
] as const) {
  test(`${name}: a stream of many chunks is scored, and validates, as the data set in memory`, async (t) => {
    const data = wide(weights);
    const { data: source, passes } = streamed(data, { piece: 40 });
    const near = (a: number, b: number) => t.true(Math.abs(a - b) <= 1e-12 * Math.abs(b), `${a}, not ${b}`);
    const parts = { model: linear(2 ** 17, 4), optimizer: sgd({ learningRate: 0.5 }) };
    using one = trainer(parts);
    using other = trainer(parts);
    const [scores, streamedScores] = [await one.evaluate(data), await one.evaluate(source)];
    near(streamedScores.loss, scores.loss);
    near(streamedScores.accuracy!, scores.accuracy!);
    t.deepEqual({ ...passes }, { opened: 1, closed: 1, ended: 1, pieces: 4 });
    const options: FitOptions = { epochs: 6, batchSize: 50, earlyStopping: { patience: 2 } };
    const { list } = await reports(one, data, { ...options, validation: data });
    const { list: others, error } = await reports(other, data, { ...options, validation: source });
    t.is(error, null);
    t.is(others.length, list.length);
    for (const [i, report] of others.entries()) {
      near(report.validationLoss!, list[i]!.validationLoss!);
      near(report.validationAccuracy!, list[i]!.validationAccuracy!);
    }
    t.true(list.at(-1)!.validationLoss! < list[0]!.validationLoss!);
    t.is(stateBits(other), stateBits(one));
    t.is(passes.opened, 1 + list.length);
    await allClosed(passes);
  });
}

/** The data, with something that happens before the piece with example 60. */
const failing = (happens: () => unknown, data: Dataset = plain) =>
  streamed(data, { piece: 20, before: (first) => (first === 60 ? happens() : undefined) });

const SMALL: FitOptions = { epochs: 3, batchSize: 10, chunkSize: 20 };

test('what is wrong with a stream rejects the loop with its sentence, closes the stream and leaves the trainer usable', async (t) => {
  const broken = failing(() => {
    throw new Error('disk on fire');
  });
  const short = streamed({ ...plain });
  const long = streamed(plain);
  const labels = { ...plain, targets: { ...plain.targets, data: plain.targets.data.map((y, i) => (i === 77 ? 9 : y)) as Uint8Array } };
  const { classes: _, ...unlimited } = labels.targets;
  const rows = [
    [broken, broken.data, /^disk on fire$/, 6],
    [short, { ...short.data, count: 110 }, /^stream: expected a pass of 110 examples, got only 103/, 10],
    [long, { ...long.data, count: 102 }, /^stream: expected a pass of 102 examples, got at least 103/, 10],
    ...[streamed(labels), streamed({ ...labels, targets: unlimited })].map(
      (source) =>
        [source, source.data, /^(stream|fit): expected labels in \[0, 4\), got 9 (in|at) example 77( of a pass)?(; .*)?$/, 8] as const,
    ),
    [
      streamed({ ...plain, weights: new Float64Array(103) }),
      streamed({ ...plain, weights: new Float64Array(103) }).data,
      /^stream: expected a weight > 0, got 103 weights of 0/,
      10,
    ],
  ] as const;
  for (const [{ passes }, data, message, most] of rows) {
    using learner = trainer();
    const { error } = await reports(learner, data, SMALL);
    t.regex((error as Error).message, message);
    t.true(learner.steps <= most, `${learner.steps} steps before ${message}`);
    await allClosed(passes);
    await t.throwsAsync(learner.evaluate(data), { message: new RegExp(message.source.replace('fit', 'evaluate')) });
    t.is((await reports(learner, plain, { epochs: 1, batchSize: 30 })).error, null);
  }
});

test('a call that its stream ended can be resumed with one that works, to the same bits', async (t) => {
  using whole = trainer();
  using learner = trainer();
  await reports(whole, streamed(plain).data, SMALL);
  const { data } = failing(() => {
    throw new Error('disk on fire');
  });
  t.truthy((await reports(learner, data, SMALL)).error);
  await reports(learner, streamed(plain).data, { ...SMALL, resume: true });
  t.is(stateBits(learner), stateBits(whole));
});

test('descriptions and options that do not fit are refused at once', async (t) => {
  using learner = trainer();
  const { data } = streamed(plain);
  t.throws(() => learner.fit({ open: data.open } as never, SMALL), { message: /^stream: expected the count of examples/ });
  await t.throwsAsync(learner.evaluate({ open: data.open } as never), { message: /^stream: expected the count of examples/ });
  t.throws(() => learner.fit(plain, SMALL), { message: 'fit: expected chunkSize beside a stream, got a data set in memory' });
  t.throws(() => learner.fit(data, { ...SMALL, chunkSize: 0 }), { message: /^fit: expected chunkSize to be an integer in \[1, / });
  t.throws(() => learner.fit(data, { ...SMALL, validation: 0.2 }), {
    message: /^fit: expected validation to be a data set beside a stream/,
  });
  for await (const _ of learner.fit(data, { ...SMALL, report: { every: 2 } })) break;
  const resume = { epochs: 3, resume: true };
  t.throws(() => learner.fit(data, { ...resume, chunkSize: 30 }), {
    message: 'fit: expected chunks of 20 examples, as in the call to resume, got 30',
  });
  t.throws(() => learner.fit(plain, resume), { message: 'fit: expected a stream, as in the call to resume, got a data set in memory' });
  const good = stored(learner.snapshot());
  const progress = good.progress as { readonly position: object };
  const cut = { ...good, progress: { ...progress, position: { ...progress.position, resident: 25 } } };
  t.throws(() => learner.restore(cut as never), {
    message: /^restore: expected position.resident to be the 103 examples or whole batches/,
  });
});

test('however a loop ends, its streams are closed', async (t) => {
  using learner = trainer();
  const train = streamed(plain),
    validation = streamed(held);
  for await (const _ of learner.fit(train.data, { ...SMALL, validation: validation.data, report: { every: 3 } })) break;
  t.is((await reports(learner, train.data, { ...SMALL, signal: new CountedAbort(7) })).list.length, 0);
  t.is((await reports(learner, train.data, { ...SMALL, callbacks: [() => 'stop'] })).list.length, 1);
  const failure = new Error('callback');
  const callbacks = [
    () => {
      throw failure;
    },
  ];
  t.is((await reports(learner, train.data, { ...SMALL, callbacks })).error, failure);
  await allClosed(train.passes);
  await allClosed(validation.passes);
  t.is(train.passes.opened, 6, 'two of them read ahead');
});

/** A promise and what resolves it. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

test('an abort does not wait for a stream that stands still; the call can be resumed', async (t) => {
  using whole = trainer();
  await reports(whole, streamed(plain).data, SMALL);
  for (const role of ['train', 'validation'] as const) {
    const { open, opened } = gate();
    const controller = new AbortController();
    const { data, passes } = failing(() => {
      setTimeout(() => controller.abort(new Error('enough')), 50);
      return opened;
    });
    using learner = trainer();
    const options = { ...SMALL, signal: controller.signal, ...(role === 'validation' && { validation: data }) };
    const train = role === 'train' ? data : streamed(plain).data;
    const ended = await Promise.race([reports(learner, train, options), wait(5000, null)]);
    t.is((ended?.error as Error | undefined)?.message, 'enough', role);
    t.is(passes.closed, 0, 'the piece is still being read');
    t.is(learner.steps, role === 'train' ? 6 : 11);
    open();
    await allClosed(passes);
    await reports(learner, streamed(plain).data, { ...SMALL, resume: true });
    t.is(stateBits(learner), stateBits(whole));
  }
});

test('a disposed trainer does not wait for a stream that stands still', async (t) => {
  const { open, opened } = gate();
  const learner = trainer();
  const { data, passes } = failing(() => {
    setTimeout(() => learner.dispose(), 50);
    return opened;
  });
  const ended = await Promise.race([reports(learner, data, SMALL), wait(5000, null)]);
  t.deepEqual(ended, { list: [], error: null });
  open();
  await allClosed(passes);
});

test.serial('the next chunk is read while one is trained on', async (t) => {
  const chunks = 12,
    chunkSize = 2000;
  let begun = 0,
    waited = 0;
  const { data } = streamed(blobs(chunks * chunkSize), {
    piece: chunkSize,
    before: async () => {
      const from = performance.now();
      begun ||= from;
      await wait(30);
      waited += (performance.now() - from) / 1000;
    },
  });
  using learner = trainer({ model: mlp([2, 32, 4]) });
  const { list } = await reports(learner, data, { epochs: 1, batchSize: 1, chunkSize });
  const total = (performance.now() - begun) / 1000,
    { seconds } = list.at(-1)!;
  const overlap = (seconds + waited - total) / Math.min(seconds, waited);
  t.log(
    `${total.toFixed(2)} s for ${seconds.toFixed(2)} s of steps and ${waited.toFixed(2)} s of reading: ${(100 * overlap).toFixed(0)} % at once`,
  );
  t.true(overlap > 0.4, `${overlap}`);
});
