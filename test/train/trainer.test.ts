import test from 'ava';
import { crossEntropy } from '../../lib/losses/cross-entropy.js';
import { mlp } from '../../lib/nn/mlp.js';
import { adam } from '../../lib/optim/adam.js';
import { adamqlr } from '../../lib/optim/adamqlr.js';
import type { Optimizer } from '../../lib/optim/optimizer.js';
import { sgd } from '../../lib/optim/sgd.js';
import type { FitOptions } from '../../lib/train/fit-options.js';
import { NumericalError, type Report } from '../../lib/train/report.js';
import { Trainer } from '../../lib/train/trainer.js';
import type { TrainerOptions } from '../../lib/train/trainer-options.js';
import { blobs } from './blobs.js';

const train = blobs(203),
  held = blobs(57, 1000);

/** AdamQLR for batches as small as these, which lead the untuned one astray. */
const steady = () => adamqlr({ learningRateRange: [-0.1, 0.1] });

function trainer(optimizer: Optimizer = steady(), options: Partial<TrainerOptions> = {}): Trainer {
  return new Trainer({ model: mlp([2, 16, 4]), loss: crossEntropy(), optimizer, seed: 3, ...options });
}

async function reports(of: Trainer, options: FitOptions, data = train): Promise<Report[]> {
  const list: Report[] = [];
  for await (const report of of.fit(data, options)) list.push(report);
  return list;
}

function bits(of: Trainer): string {
  return Object.entries(of.parameters())
    .map(([path, { data }]) => `${path}:${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex')}`)
    .join('\n');
}

for (const make of [steady, () => adam({ learningRate: 0.01 }), () => sgd({ learningRate: 0.1, momentum: 0.9 })]) {
  test(`${make().name} learns the blobs, and says so in its reports`, async (t) => {
    using learner = trainer(make());
    const list = await reports(learner, { epochs: 60, batchSize: 50, validation: held });
    t.is(list.length, 60);
    t.deepEqual(
      list.map(({ epoch }) => epoch),
      Array.from({ length: 60 }, (_, i) => i + 1),
    );
    t.is(list.at(-1)!.step, 60 * 5);
    t.is(list.at(-1)!.steps, 60 * 5);
    t.true(list.at(-1)!.trainLoss < 0.5 * list[0]!.trainLoss, `${list[0]!.trainLoss} -> ${list.at(-1)!.trainLoss}`);
    t.true(list.at(-1)!.validationAccuracy! > 0.9, `${list.at(-1)!.validationAccuracy}`);
    t.is(list.at(-1)!.damping !== undefined, learner instanceof Trainer && make().name === 'adamqlr');
    const scores = await learner.evaluate(held);
    t.is(scores.loss, list.at(-1)!.validationLoss!);
    t.is(scores['accuracy'], list.at(-1)!.validationAccuracy);
  });
}

test('the bits do not depend on steps per call, nor on who watches', async (t) => {
  const run = async (options: Partial<FitOptions>) => {
    using learner = trainer();
    await reports(learner, { epochs: 20, batchSize: 40, ...options });
    return bits(learner);
  };
  const expected = await run({});
  for (const stepsPerCall of [1, 7, 64]) t.is(await run({ stepsPerCall }), expected, `stepsPerCall ${stepsPerCall}`);
  for (const every of [3, 60, 1000]) t.is(await run({ report: { every } }), expected, `a report every ${every} steps`);
  t.is(await run({ validation: held }), expected);
});

test('the bits depend on the seed', async (t) => {
  const run = async (seed: number) => {
    using learner = trainer(adamqlr(), { seed });
    await reports(learner, { epochs: 1 });
    return bits(learner);
  };
  t.is(await run(1), await run(1));
  t.not(await run(1), await run(2));
  t.not(await run(1), await run(1 + 2 ** 32), 'the high bits of a seed count too');
});

test('two fits of n epochs equal one of 2 n, bit for bit', async (t) => {
  using once = trainer();
  using twice = trainer();
  await reports(once, { epochs: 6, batchSize: 64 });
  await reports(twice, { epochs: 3, batchSize: 64 });
  await reports(twice, { epochs: 3, batchSize: 64 });
  t.is(bits(twice), bits(once));
});

test('leaving the loop keeps the parameters of the last report; the trainer can go on', async (t) => {
  using learner = trainer();
  using reference = trainer();
  for await (const report of learner.fit(train, { epochs: 10, batchSize: 64 })) {
    if (report.epoch === 4) break;
  }
  await reports(reference, { epochs: 4, batchSize: 64 });
  t.is(bits(learner), bits(reference));
  t.is((await reports(learner, { epochs: 1 })).length, 1);
});

test('inside the loop the trainer is frozen and can be evaluated and asked', async (t) => {
  using learner = trainer();
  for await (const report of learner.fit(train, { epochs: 3, validation: held })) {
    t.is((await learner.evaluate(held)).loss, report.validationLoss!);
    t.throws(() => learner.fit(train, { epochs: 1 }), { message: /fit: expected an idle trainer/ });
  }
});

test('the mean loss over batches of unequal size is the mean over the examples', async (t) => {
  using learner = trainer(sgd({ learningRate: 1e-30 }), { dtype: 'float64' });
  const [report] = await reports(learner, { epochs: 1, batchSize: 64 });
  t.true(Math.abs(report!.trainLoss - (await learner.evaluate(train)).loss) < 1e-12);
});

test('predictions are the outputs that evaluation judges', async (t) => {
  using learner = trainer(adamqlr(), { dtype: 'float64' });
  await reports(learner, { epochs: 30 });
  const { shape, data } = await learner.predict(held.features);
  t.deepEqual(shape, [57, 4]);
  let correct = 0;
  for (let i = 0; i < held.count; i++) {
    const row = [...data.subarray(4 * i, 4 * i + 4)];
    if (row.indexOf(Math.max(...row)) === held.targets.data[i]) correct++;
  }
  t.is(correct / held.count, (await learner.evaluate(held))['accuracy']!);
  const one = await learner.predict({ ...held.features, data: held.features.data.subarray(10, 12) });
  t.true(one.data.every((value, i) => Math.abs(value - data[20 + i]!) < 1e-12));
});

test('evaluation is exact for more examples than one chunk holds', async (t) => {
  const many = blobs(1530, 5);
  using learner = trainer(adamqlr(), { dtype: 'float64' });
  let reported: Report | undefined;
  for await (const report of learner.fit(train, { epochs: 2, validation: many })) reported = report;
  const { data } = await learner.predict(many.features);
  let total = 0;
  for (let i = 0; i < many.count; i++) {
    const row = [...data.subarray(4 * i, 4 * i + 4)];
    total += Math.log(row.reduce((sum, z) => sum + Math.exp(z), 0)) - row[many.targets.data[i]!]!;
  }
  for (const loss of [reported!.validationLoss!, (await learner.evaluate(many)).loss]) t.true(Math.abs(loss - total / many.count) < 1e-12);
});

test('of two loops begun at once, the second one is refused and disturbs nothing', async (t) => {
  using learner = trainer();
  const first = learner.fit(train, { epochs: 3 });
  const second = learner.fit(train, { epochs: 3 });
  await first.next();
  await t.throwsAsync(second.next(), { message: /fit: expected an idle trainer/ });
  for await (const report of first) t.true(report.step > 1);
  t.is(learner.steps, 3);
});

test('an abort rejects with its reason, between steps, and keeps a good state', async (t) => {
  using learner = trainer();
  const controller = new AbortController();
  const reason = new Error('enough');
  setTimeout(() => controller.abort(reason), 50);
  const started = performance.now();
  const error = await t.throwsAsync(reports(learner, { epochs: 1e7, report: { every: 1e9 }, signal: controller.signal }));
  t.is(error, reason);
  t.true(performance.now() - started < 2000);
  t.true(Number.isFinite((await learner.evaluate(held)).loss));
  t.throws(() => learner.fit(train, { epochs: 1, signal: controller.signal }), { is: reason });
});

test('a loss that is not finite ends in NumericalError and keeps the last good parameters', async (t) => {
  using learner = trainer(sgd({ learningRate: 1e30 }));
  const error = await t.throwsAsync(reports(learner, { epochs: 50, batchSize: 64 }), { instanceOf: NumericalError });
  t.regex(error!.message, /^training: expected a finite loss, gradient and update/);
  t.true(Object.values(learner.parameters()).every(({ data }) => data.every(Number.isFinite)));
});

const misuse: [name: string, act: (learner: Trainer) => unknown, message: RegExp][] = [
  ['no epochs', (l) => l.fit(train, {} as FitOptions), /^fit: expected epochs to be a number, got undefined/],
  ['half an epoch', (l) => l.fit(train, { epochs: 0.5 }), /^fit: expected epochs to be an integer/],
  [
    'a batch larger than the data',
    (l) => l.fit(train, { epochs: 1, batchSize: 204 }),
    /^fit: expected batchSize to be an integer in \[1, 203\], got 204/,
  ],
  [
    'an unknown option',
    (l) => l.fit(train, { epochs: 1, batchsize: 3 } as FitOptions),
    /^fit: expected a known option, got 'batchsize'.*batchSize/,
  ],
];
for (const [name, act, message] of misuse) {
  test(`fit refuses ${name}`, (t) => {
    using learner = trainer();
    t.throws(() => act(learner), { message });
  });
}

test('data that do not fit the model or the loss are refused before any work', (t) => {
  const labels = Uint8Array.from(train.targets.data);
  labels[77] = 4;
  const nan = Float32Array.from(train.features.data);
  nan[5] = Number.NaN;
  const cases: [typeof train, RegExp][] = [
    [{ ...train, targets: { ...train.targets, data: labels } }, /^fit: expected labels in \[0, 4\), got 4 at example 77/],
    [{ ...train, features: { ...train.features, data: nan } }, /^fit: expected finite features, got NaN at element 5/],
    [{ ...train, count: 202 }, /^fit: expected 404 feature values/],
    [{ ...train, features: { ...train.features, shape: [1, 2] } }, /^fit: expected targets int32\[n,1\] for crossEntropy, got uint8\[n\]/],
    [{ ...train, targets: { ...train.targets, shape: [1] } }, /^fit: expected targets int32\[n\] for crossEntropy/],
  ];
  for (const [data, message] of cases) {
    using learner = trainer();
    t.throws(() => learner.fit(data, { epochs: 1 }), { message }, 'fit throws at once, not at the first report');
  }
});

test('disposing inside the loop ends it', async (t) => {
  const learner = trainer();
  let seen = 0;
  for await (const _ of learner.fit(train, { epochs: 5 })) {
    seen++;
    learner.dispose();
  }
  t.is(seen, 1);
});

test('a trainer says what it is made of when it is made of something else', (t) => {
  const parts = { model: mlp([2, 4]), loss: crossEntropy(), optimizer: adamqlr() };
  const rows: [object, RegExp][] = [
    [{ ...parts, optimiser: adamqlr() }, /^Trainer: expected a known option, got 'optimiser'.*optimizer/],
    [{ ...parts, optimizer: adamqlr }, /^Trainer: expected optimizer to be an optimizer, got function; for example adamqlr\(\)/],
    [{ model: parts.model, optimizer: parts.optimizer }, /^Trainer: expected loss to be a loss, got undefined/],
    [{}, /^Trainer: expected model to be a layer, got undefined/],
  ];
  for (const [options, message] of rows) t.throws(() => new Trainer(options as TrainerOptions), { instanceOf: TypeError, message });
  using learner = trainer();
  t.throws(() => learner.fit(undefined as never, { epochs: 1 }), { message: /^fit: expected a data set/ });
  t.throws(() => learner.fit({ name: 'blobs', train, validation: null, test: train } as never, { epochs: 1 }), {
    instanceOf: TypeError,
    message:
      "fit: expected a data set { count, features, targets }, got a whole task; did you mean its part 'train', such as houses.train?",
  });
  t.throws(() => learner.fit({ ...train, features: { ...train.features, dtype: 'uint8' } }, { epochs: 1 }), {
    message: /^fit: expected features of dtype 'uint8' in the typed array of that dtype, got Float32Array$/,
  });
});

test('a disposed trainer says so', (t) => {
  const learner = trainer();
  learner.dispose();
  t.throws(() => learner.fit(train, { epochs: 1 }), { message: /expected a trainer in use, got a disposed one/ });
});
