import test from 'ava';
import { crossEntropy } from '../../lib/losses/cross-entropy.js';
import { mlp } from '../../lib/nn/mlp.js';
import { adam } from '../../lib/optim/adam.js';
import { Trainer } from '../../lib/train/trainer.js';
import { blobs } from './blobs.js';

const train = blobs(103),
  held = blobs(57, 1000);

function trainer(decay?: number): Trainer {
  const averaging = decay === undefined ? {} : { averaging: { decay } };
  return new Trainer({
    model: mlp([2, 4]),
    loss: crossEntropy(),
    optimizer: adam({ learningRate: 0.1 }),
    dtype: 'float64',
    seed: 3,
    ...averaging,
  });
}

const flat = (of: Trainer, raw = false) => Object.values(of.parameters({ raw })).flatMap(({ data }) => [...data]);

test('averages are those of the parameters of all steps, the latest counting most', async (t) => {
  for (const decay of [0.5, 0.99]) {
    using learner = trainer(decay);
    const seen: number[][] = [];
    for await (const { step } of learner.fit(train, { epochs: 5, batchSize: 30, report: { every: 1 } })) {
      seen.push(flat(learner, true));
      const weights = seen.map((_, i) => decay ** (step - 1 - i));
      const total = weights.reduce((a, b) => a + b);
      const expected = seen[0]!.map((_, at) => seen.reduce((sum, theta, i) => sum + weights[i]! * theta[at]!, 0) / total);
      const errors = flat(learner).map((a, at) => Math.abs(a - expected[at]!));
      t.true(Math.max(...errors) < 1e-13, `step ${step}: ${errors}`);
    }
    t.is(seen.length, 20);
  }
});

test('averages change nothing of training, and everything of what is judged and asked', async (t) => {
  using plain = trainer();
  using learner = trainer(0.9);
  const options = { epochs: 5, batchSize: 30, validation: held };
  const [a, b] = [await plain.train(train, options), await learner.train(train, options)];
  t.deepEqual(
    b.map(({ trainLoss }) => trainLoss),
    a.map(({ trainLoss }) => trainLoss),
  );
  t.deepEqual(flat(learner, true), flat(plain));
  t.notDeepEqual(flat(learner), flat(plain));
  const scores = await learner.evaluate(held);
  t.is(scores.loss, b.at(-1)!.validationLoss!);
  t.not(scores.loss, a.at(-1)!.validationLoss!);
  const { data } = await learner.predict(held.features);
  const [weight, bias] = Object.values(learner.parameters()).map((parameter) => parameter.data);
  const { standardization } = held.features;
  for (let i = 0; i < held.count; i++) {
    const x = [0, 1].map((j) => (held.features.data[2 * i + j]! - standardization!.mean[j]!) / standardization!.scale[j]!);
    for (let c = 0; c < 4; c++) {
      const z = x[0]! * weight![c]! + x[1]! * weight![4 + c]! + bias![c]!;
      t.true(Math.abs(z - data[4 * i + c]!) < 1e-12);
    }
  }
});

test('before the first step averages are the first parameters', async (t) => {
  using plain = trainer();
  using learner = trainer(0.9);
  t.is((await learner.evaluate(held)).loss, (await plain.evaluate(held)).loss);
});

test('early stopping puts averages and parameters back', async (t) => {
  using learner = trainer(0.5);
  const seen: { raw: number[]; used: number[] }[] = [];
  await learner.train(train, {
    epochs: 30,
    batchSize: 30,
    earlyStopping: { patience: 2, monitor: 'trainLoss', minChange: 0.05 },
    callbacks: [(_, of) => void seen.push({ raw: flat(of, true), used: flat(of) })],
  });
  const { raw, used } = seen[learner.best!.epoch - 1]!;
  t.deepEqual([flat(learner, true), flat(learner)], [raw, used]);
  t.notDeepEqual(used, seen.at(-1)!.used);
});

test('averaging refuses what is no decay', (t) => {
  const rows: [unknown, RegExp][] = [
    [{ decay: 1 }, /^Trainer averaging: expected decay to be in \(0, 1\), got 1/],
    [{ deacy: 0.9 }, /^Trainer averaging: expected a known option, got 'deacy'; did you mean 'decay'/],
    [{}, /^Trainer averaging: expected decay to be a number, got undefined/],
  ];
  const parts = { model: mlp([2, 4]), loss: crossEntropy(), optimizer: adam() };
  for (const [averaging, message] of rows) t.throws(() => new Trainer({ ...parts, averaging: averaging as never }), { message });
});
