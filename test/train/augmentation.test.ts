import test from 'ava';
import type { Value } from '../../lib/graph/node.js';
import { crossEntropy } from '../../lib/losses/cross-entropy.js';
import { type Augment, gaussianNoise } from '../../lib/nn/augment/index.js';
import { mlp } from '../../lib/nn/mlp.js';
import '../../lib/ops/fluent.js';
import { randomNormal } from '../../lib/ops/random.js';
import { adam } from '../../lib/optim/adam.js';
import { adamqlr } from '../../lib/optim/adamqlr.js';
import type { Optimizer } from '../../lib/optim/optimizer.js';
import { sgd } from '../../lib/optim/sgd.js';
import type { FitOptions } from '../../lib/train/fit-options.js';
import { Trainer } from '../../lib/train/trainer.js';
import { blobs } from './blobs.js';
import { stateBits } from './interruption.js';

const train = blobs(103),
  held = blobs(57, 1000);
const OPTIONS: FitOptions = { epochs: 5, batchSize: 30 };

const trainer = (optimizer: Optimizer = adam({ learningRate: 0.1 })) =>
  new Trainer({ model: mlp([2, 4]), loss: crossEntropy(), optimizer, dtype: 'float64', seed: 3 });

async function bits(options: Partial<FitOptions>): Promise<string> {
  using learner = trainer();
  await learner.train(train, { ...OPTIONS, ...options });
  return stateBits(learner);
}

test('an augmentation that changes nothing gives the bits of none, a random one others, the same for any steps per call', async (t) => {
  const plain = await bits({});
  t.is(await bits({ augment: (x) => x }), plain);
  const noisy = await bits({ augment: gaussianNoise(0.3) });
  t.not(noisy, plain);
  for (const stepsPerCall of [1, 7, 64]) t.is(await bits({ augment: gaussianNoise(0.3), stepsPerCall }), noisy);
});

test('it sees standardized inputs, and validation, evaluation and prediction do not see it', async (t) => {
  // Training by x / 2 equals training by data of twice the scale.
  using halved = trainer();
  using scaled = trainer();
  const { mean, scale } = train.features.standardization!;
  const wide = { ...train, features: { ...train.features, standardization: { mean, scale: scale.map((s) => 2 * s) } } };
  const list = await halved.train(train, { ...OPTIONS, augment: (x) => x.mul(0.5), validation: held });
  await scaled.train(wide, OPTIONS);
  t.is(stateBits(halved), stateBits(scaled));
  t.is((await halved.evaluate(held)).loss, list.at(-1)!.validationLoss!);
  t.not(
    (await halved.evaluate(held)).loss,
    (await halved.evaluate({ ...held, features: { ...held.features, standardization: wide.features.standardization } })).loss,
  );
});

test('every step has a key of its own, of all passes of the step', async (t) => {
  // With a learning rate of nothing the loss of a step depends on the noise alone.
  using learner = trainer(sgd({ learningRate: 1e-300 }));
  const common = (x: Value, key: Value) => x.mul(0).add(randomNormal(key, [1, 2], 'float64'));
  const list = await learner.train(train, { epochs: 12, batchSize: 103, augment: common as Augment });
  t.is(new Set(list.map(({ trainLoss }) => trainLoss)).size, 12);
  // rho compares the losses before and after a step with a model: 1 for a tiny step on one batch, anything on two.
  using judged = trainer(adamqlr({ updateClip: 1e-6 }));
  for (const { rho } of await judged.train(train, { epochs: 12, batchSize: 103, augment: gaussianNoise(1) })) {
    t.true(Math.abs(rho! - 1) < 1e-3, `${rho}`);
  }
});

test('what is no augmentation is one sentence', (t) => {
  using learner = trainer();
  const rows: [unknown, RegExp][] = [
    [3, /^fit: expected augment to be a function of inputs and key, got 3; for example/],
    [(x: Value) => x.sum(-1), /^fit: expected augment to keep float64\[n,2\], got float64\[n\]/],
    [(x: Value) => x.cast('float32'), /^fit: expected augment to keep float64\[n,2\], got float32\[n,2\]/],
    [() => 1, /^fit: expected augment to keep float64\[n,2\], got 1/],
  ];
  for (const [augment, message] of rows) t.throws(() => learner.fit(train, { ...OPTIONS, augment: augment as Augment }), { message });
});
