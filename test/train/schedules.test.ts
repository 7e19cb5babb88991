import test from 'ava';
import { fromArrays } from '../../lib/data/from-arrays.js';
import { crossEntropy } from '../../lib/losses/cross-entropy.js';
import { custom } from '../../lib/losses/custom.js';
import { mlp } from '../../lib/nn/mlp.js';
import { adam } from '../../lib/optim/adam.js';
import { adamqlr } from '../../lib/optim/adamqlr.js';
import { frozen } from '../../lib/optim/frozen.js';
import type { Optimizer } from '../../lib/optim/optimizer.js';
import { constant, cosine, linear, warmUp } from '../../lib/optim/schedules/index.js';
import { sgd } from '../../lib/optim/sgd.js';
import type { FitOptions } from '../../lib/train/fit-options.js';
import { Trainer } from '../../lib/train/trainer.js';
import { blobs } from './blobs.js';
import { stateBits } from './interruption.js';

const train = blobs(103);
const OPTIONS: FitOptions = { epochs: 5, batchSize: 30, report: { every: 1 } };

const trainer = (optimizer: Optimizer) => new Trainer({ model: mlp([2, 4]), loss: crossEntropy(), optimizer, seed: 3 });

async function bits(optimizer: Optimizer, options: Partial<FitOptions>): Promise<string> {
  using learner = trainer(optimizer);
  await learner.train(train, { ...OPTIONS, ...options });
  return stateBits(learner);
}

const BIAS = { match: (path: string) => path.endsWith('bias'), beta1: 0.5, learningRateFactor: 0.25 };

const EQUAL: readonly [name: string, make: () => Optimizer, hyper: Readonly<Record<string, number>>][] = [
  ['adam', () => adam({ learningRate: 0.01, beta1: 0.8 }), { learningRate: 0.01, beta1: 0.8, epsilon: 1e-8 }],
  ['sgd', () => sgd({ learningRate: 0.1, momentum: 0.9 }), { learningRate: 0.1 }],
  ['adamqlr', () => adamqlr(), { beta1: 0.9, beta2: 0.999 }],
  ['adamqlr judged by the next batch', () => adamqlr({ dampingBatch: 'next' }), { beta1: 0.9, beta2: 0.999 }],
  ['adam of groups', () => adam({ learningRate: 0.01, groups: { bias: BIAS } }), { learningRate: 0.01, beta1: 0.9, 'bias.beta1': 0.5 }],
  ['frozen adam', () => frozen(adam({ learningRate: 0.01 }), (path) => path === '0.bias'), { learningRate: 0.01 }],
];
for (const [name, make, hyper] of EQUAL) {
  test(`${name}: schedules that stay at the hyper-parameters give the bits of none`, async (t) => {
    const schedules = Object.fromEntries(Object.entries(hyper).map(([key, value]) => [key, constant(value)]));
    t.is(await bits(make(), { schedules }), await bits(make(), {}));
  });
}

test('any steps per call give the same bits', async (t) => {
  const schedules = { learningRate: warmUp({ steps: 6 }, cosine({ from: 0.1 })), beta1: linear({ from: 0.5, to: 0.95 }) };
  const expected = await bits(adam(), { schedules, report: {} });
  for (const stepsPerCall of [1, 7, 64]) t.is(await bits(adam(), { schedules, report: {}, stepsPerCall }), expected);
});

test('a schedule counts the steps of its call, and leaves the hyper-parameter as it was', async (t) => {
  using learner = trainer(sgd({ learningRate: 0.25 }));
  const rates = async (options: FitOptions) => (await learner.train(train, options)).map(({ learningRate }) => learningRate);
  const ramp = Array.from({ length: 20 }, (_, step) => 0.1 - (0.1 * step) / 20);
  for (let call = 0; call < 2; call++) {
    const got = await rates({ ...OPTIONS, schedules: { learningRate: linear({ from: 0.1, to: 0 }) } });
    t.is(got.length, 20);
    t.true(got.every((rate, step) => Math.abs(rate - ramp[step]!) < 1e-16));
  }
  t.deepEqual(await rates({ ...OPTIONS, epochs: 1 }), [0.25, 0.25, 0.25, 0.25]);
});

test('a scheduled learning rate is what steps go by', async (t) => {
  using learner = trainer(sgd({ learningRate: 1 }));
  const flat = () => Object.values(learner.parameters()).flatMap(({ data }) => [...data]);
  let before = flat();
  const schedules = { learningRate: linear({ from: 0.1, to: 0 }) };
  const lengths: number[] = [];
  for await (const { stats, step } of learner.fit(train, { ...OPTIONS, schedules })) {
    const after = flat();
    const moved = Math.hypot(...after.map((v, i) => v - before[i]!));
    if (step > 1) lengths.push(moved / stats['gradientNorm']! / (0.1 - (0.1 * (step - 1)) / 20));
    before = after;
  }
  t.is(lengths.length, 19);
  t.true(
    lengths.every((ratio) => Math.abs(ratio - 1) < 1e-4),
    lengths.join(' '),
  );
});

test('a scheduled learning rate is that of every group, times its factor', async (t) => {
  // Every output counts -1 in the loss: the gradient of each bias is -1, that of each weight -(the sum of its input).
  const loss = custom('rising', (outputs) => outputs.sum(-1).neg());
  const optimizer = sgd({ groups: { bias: { match: (path) => path.endsWith('bias'), learningRateFactor: 0.25 } } });
  using learner = new Trainer({ model: mlp([1, 1]), loss, optimizer, dtype: 'float64' });
  const data = fromArrays({ features: [[2], [2]], targets: [[0], [0]] });
  await learner.evaluate(data);
  const values = () => Object.values(learner.parameters()).map(({ data }) => data[0]!);
  let before = values();
  const schedules = { learningRate: linear({ from: 1, to: 0 }) };
  for await (const { step } of learner.fit(data, { epochs: 4, batchSize: 2, report: { every: 1 }, schedules })) {
    const after = values();
    const rate = 1 - (step - 1) / 4;
    const moved = after.map((value, i) => value - before[i]!).sort();
    t.true(Math.abs(moved[0]! - 0.25 * rate) < 1e-12 && Math.abs(moved[1]! - 2 * rate) < 1e-12, `${moved}`);
    before = after;
  }
});

test('schedules of no hyper-parameter, or of no scalars, are one sentence', (t) => {
  const rows: [Optimizer, unknown, RegExp][] = [
    [
      adam(),
      { learningrate: constant(1) },
      /^fit schedules: expected a hyper-parameter of adam, got 'learningrate'; did you mean 'learningRate'/,
    ],
    [adamqlr(), { momentum: constant(1) }, /^fit schedules: expected a hyper-parameter of adamqlr, got 'momentum'/],
    [adam(), { beta1: 0.5 }, /^fit schedules: expected beta1 to be a schedule, got 0.5; for example/],
    [adam(), { beta1: () => 0.5 }, /^fit schedules: expected beta1 to be a float64 scalar, got 0.5/],
    [
      adam(),
      { beta1: (step: { cast(d: string): unknown }) => step.cast('int32') },
      /^fit schedules: expected beta1 to be a float64 scalar, got int32\[\]/,
    ],
    [adam(), [], /^fit: expected schedules by hyper-parameter/],
  ];
  for (const [optimizer, schedules, message] of rows) {
    using learner = trainer(optimizer);
    t.throws(() => learner.fit(train, { epochs: 1, schedules: schedules as never }), { message });
  }
});
