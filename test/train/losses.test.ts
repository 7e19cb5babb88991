import test from 'ava';
import type { Dataset, Targets } from '../../lib/data/dataset.js';
import { bernoulli } from '../../lib/losses/bernoulli.js';
import { crossEntropy } from '../../lib/losses/cross-entropy.js';
import { custom } from '../../lib/losses/custom.js';
import { gaussian } from '../../lib/losses/gaussian.js';
import { huber } from '../../lib/losses/huber.js';
import type { Loss } from '../../lib/losses/loss.js';
import { poisson } from '../../lib/losses/poisson.js';
import { squaredError } from '../../lib/losses/squared-error.js';
import { mlp } from '../../lib/nn/mlp.js';
import '../../lib/ops/fluent.js';
import { adamqlr } from '../../lib/optim/adamqlr.js';
import { Trainer } from '../../lib/train/trainer.js';

const COUNT = 200;

/** A number in (0, 1) that looks random, the same everywhere. */
const scattered = (i: number) => {
  const x = Math.sin(12.9898 * (i + 1)) * 43758.5453;
  return x - Math.floor(x);
};

/** x in (-1, 1) with one target, of length 1, made from it. */
function line(targetOf: (x: number, i: number) => number): Dataset {
  const data = Float32Array.from({ length: COUNT }, (_, i) => (2 * i + 1) / COUNT - 1);
  return {
    count: COUNT,
    features: { data, shape: [1], dtype: 'float32' },
    targets: { data: Float32Array.from(data, targetOf), shape: [1], dtype: 'float32' },
  };
}

const classes = (dataset: Dataset): Dataset => ({
  ...dataset,
  targets: { data: Uint8Array.from(dataset.targets.data), shape: [], dtype: 'uint8', classes: 3 },
});

/** A count of mean exp(1 + x), spread over its distribution by the scattered number. */
function count(x: number, i: number): number {
  const rate = Math.exp(1 + x);
  let y = 0;
  for (let p = Math.exp(-rate), below = p; below < scattered(i); y++) {
    p *= rate / (y + 1);
    below += p;
  }
  return y;
}

/** Uniform noise of deviation `scale`. */
const noise = (i: number, scale: number) => scale * Math.sqrt(12) * (scattered(i) - 0.5);

type Row = {
  readonly name: string;
  readonly loss: Loss;
  readonly outputs: number;
  readonly data: Dataset;
  /** What the outputs should be at x, and how far from it they may be on the average. */
  readonly truth?: (x: number) => readonly number[];
  readonly tolerance?: number;
  readonly accuracy?: number;
};

const ROWS: readonly Row[] = [
  {
    name: 'bernoulli',
    loss: bernoulli(),
    outputs: 1,
    data: line((x, i) => Number(scattered(i) < 1 / (1 + Math.exp(-6 * x)))),
    accuracy: 0.85,
  },
  {
    name: 'crossEntropy with label smoothing',
    loss: crossEntropy({ labelSmoothing: 0.1 }),
    outputs: 3,
    data: classes(line((x) => (x < -0.3 ? 0 : x < 0.4 ? 1 : 2))),
    accuracy: 0.95,
  },
  {
    name: 'gaussian',
    loss: gaussian(),
    outputs: 2,
    data: line((x, i) => 2 * x + noise(i, x < 0 ? 0.1 : 1)),
    truth: (x) => [2 * x, 2 * Math.log(x < 0 ? 0.1 : 1)],
    tolerance: 0.8,
  },
  { name: 'poisson', loss: poisson(), outputs: 1, data: line(count), truth: (x) => [1 + x], tolerance: 0.3 },
  // One target in ten is far off: squared error follows them, Huber's loss does not.
  {
    name: 'huber',
    loss: huber({ delta: 0.1 }),
    outputs: 1,
    data: line((x, i) => (i % 10 === 0 ? 20 : x * x)),
    truth: (x) => [x * x],
    tolerance: 0.1,
  },
  {
    name: 'custom',
    loss: custom('logCosh', (z, y) => {
      const r = z.sub(y);
      return r.add(r.mul(-2).softplus()).sum(-1);
    }),
    outputs: 1,
    data: line((x) => Math.sin(3 * x)),
    truth: (x) => [Math.sin(3 * x)],
    tolerance: 0.1,
  },
];

for (const { name, loss, outputs, data, truth, tolerance, accuracy } of ROWS) {
  test(`adamqlr learns with ${name}`, async (t) => {
    using trainer = new Trainer({ model: mlp([1, 12, outputs], { activation: 'tanh' }), loss, optimizer: adamqlr(), seed: 1 });
    let first: number | null = null,
      last = 0;
    for await (const { trainLoss } of trainer.fit(data, { epochs: 300 })) {
      first ??= trainLoss;
      last = trainLoss;
    }
    t.true(last < first!, `${first} -> ${last}`);
    if (accuracy !== undefined) {
      const scores = await trainer.evaluate(data);
      t.true(scores['accuracy']! >= accuracy, `accuracy ${scores['accuracy']}`);
    }
    if (truth !== undefined) {
      const { data: predicted } = await trainer.predict(data.features);
      const errors = Array.from(predicted, (z, i) => Math.abs(z - truth(data.features.data[Math.floor(i / outputs)]!)[i % outputs]!));
      const error = errors.reduce((a, b) => a + b, 0) / errors.length;
      t.log(`mean distance from the truth ${error}, loss ${first} -> ${last}`);
      t.true(error < tolerance!, `mean distance from the truth ${error}`);
    }
  });
}

const at77 = (targets: Targets, value: number): Targets => ({ ...targets, data: targets.data.slice().fill(value, 77, 78) });

const REFUSALS: [name: string, loss: Loss, outputs: number, bad: number, message: string][] = [
  ['bernoulli', bernoulli(), 1, 2, 'expected targets in [0, 1], got 2 at example 77; code the two classes as 0 and 1'],
  [
    'poisson',
    poisson(),
    1,
    -1,
    'expected counts in [0, inf), got -1 at example 77; a Poisson target is the count itself, not its logarithm',
  ],
  ['gaussian', gaussian(), 2, Number.NaN, 'expected finite targets, got NaN at example 77; impute or drop missing values first'],
  [
    'squaredError',
    squaredError(),
    1,
    Number.POSITIVE_INFINITY,
    'expected finite targets, got Infinity at example 77; impute or drop missing values first',
  ],
  [
    'a custom loss',
    custom('positive', (z, y) => z.exp().div(y).sum(-1), undefined, { targetRange: () => ({ noun: 'times', range: '(0, inf)' }) }),
    1,
    0,
    'expected times in (0, inf), got 0 at example 77',
  ],
];

for (const [name, loss, outputs, bad, message] of REFUSALS) {
  test(`${name} refuses targets out of its range before any work`, async (t) => {
    using trainer = new Trainer({ model: mlp([1, outputs]), loss, optimizer: adamqlr() });
    const good = line(() => 1);
    const data = { ...good, targets: at77(good.targets, bad) };
    t.throws(() => trainer.fit(data, { epochs: 1 }), { message: `fit: ${message}` });
    await t.throwsAsync(trainer.evaluate(data), { message: `evaluate: ${message}` });
    t.is(trainer.steps, 0);
  });
}
