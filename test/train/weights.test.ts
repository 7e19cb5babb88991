import test from 'ava';
import type { Dataset } from '../../lib/data/dataset.js';
import { crossEntropy } from '../../lib/losses/cross-entropy.js';
import { classWeighted } from '../../lib/losses/weighted.js';
import { mlp } from '../../lib/nn/mlp.js';
import { adamqlr } from '../../lib/optim/adamqlr.js';
import type { Optimizer } from '../../lib/optim/optimizer.js';
import { sgd } from '../../lib/optim/sgd.js';
import { Trainer } from '../../lib/train/trainer.js';
import { blobs } from './blobs.js';

const train = blobs(203);
const counts = Array.from({ length: 203 }, (_, i) => (i * i) % 3);
const heavy: Dataset = { ...train, weights: Float64Array.from(counts) };
const rows = counts.flatMap((count, i) => Array<number>(count).fill(i));

/** The data set with every example as often as its weight says. */
const repeated: Dataset = {
  count: rows.length,
  features: { ...train.features, data: Float32Array.from(rows.flatMap((i) => [...train.features.data.subarray(2 * i, 2 * i + 2)])) },
  targets: { ...train.targets, data: Uint8Array.from(rows, (i) => train.targets.data[i]!) },
};

const trainer = (optimizer: Optimizer, loss = crossEntropy()) =>
  new Trainer({ model: mlp([2, 16, 4]), loss, optimizer, seed: 3, dtype: 'float64' });

const close = (a: number, b: number) => Math.abs(a - b) <= 1e-9 * Math.abs(b);

test('an example of weight k counts like k examples, in training, loss and accuracy', async (t) => {
  using weighted = trainer(adamqlr());
  using plain = trainer(adamqlr());
  const before = await weighted.evaluate(heavy);
  const copies = await plain.evaluate(repeated);
  t.true(close(before.loss, copies.loss) && close(before['accuracy']!, copies['accuracy']!), JSON.stringify([before, copies]));
  t.false(close(before['accuracy']!, (await plain.evaluate(train))['accuracy']!), 'this data set can tell the two apart');
  const losses: number[][] = [[], []];
  for await (const { trainLoss } of weighted.fit(heavy, { epochs: 10, validation: heavy })) losses[0]!.push(trainLoss);
  for await (const { trainLoss } of plain.fit(repeated, { epochs: 10, batchSize: repeated.count })) losses[1]!.push(trainLoss);
  t.is(losses[0]!.length, 10);
  for (const [i, loss] of losses[0]!.entries()) t.true(close(loss, losses[1]![i]!), `step ${i}: ${loss} vs ${losses[1]![i]}`);
  const [a, b] = [await weighted.evaluate(heavy), await plain.evaluate(repeated)];
  t.true(close(a.loss, b.loss) && close(a['accuracy']!, b['accuracy']!), JSON.stringify([a, b]));
  t.true(a.loss < before.loss);
});

test('class weights count in training and validation loss alike, and leave accuracy alone', async (t) => {
  const loss = classWeighted(crossEntropy(), [1, 0, 2, 5]);
  using learner = trainer(sgd({ learningRate: 1e-30 }), loss);
  using plain = trainer(sgd({ learningRate: 1e-30 }));
  const scores = await learner.evaluate(train);
  for await (const { trainLoss, validationLoss } of learner.fit(train, { epochs: 1, batchSize: 64, validation: train })) {
    t.true(close(trainLoss, scores.loss), 'the batches of an epoch together are the whole');
    t.is(validationLoss, scores.loss);
  }
  const same = await plain.evaluate(train);
  t.is(scores['accuracy'], same['accuracy']);
  t.false(close(scores.loss, same.loss));
});

test('from features that say nothing, probabilities are learned in proportion to weight times count', async (t) => {
  const blank: Dataset = { ...heavy, features: { ...train.features, data: new Float32Array(2 * train.count) } };
  const ofClass = [1, 4, 2, 0.5];
  using learner = trainer(adamqlr(), classWeighted(crossEntropy(), ofClass));
  for await (const _ of learner.fit(blank, { epochs: 200 }));
  const { data } = await learner.predict(blank.features);
  const odds = Array.from(data.subarray(0, 4), Math.exp);
  const shares = [0, 0, 0, 0];
  for (const [i, label] of train.targets.data.entries()) shares[label]! += counts[i]! * ofClass[label]!;
  const sum = (list: number[]) => list.reduce((a, b) => a + b, 0);
  for (const [k, share] of shares.entries())
    t.true(Math.abs(odds[k]! / sum(odds) - share / sum(shares)) < 1e-4, `class ${k}: ${odds[k]! / sum(odds)}, not ${share / sum(shares)}`);
});

test('a report about weightless examples alone has no loss, and is no improvement; training goes on', async (t) => {
  const weights = Float64Array.from({ length: 203 }, (_, i) => (i === 77 ? 1 : 0));
  using learner = trainer(sgd({ learningRate: 0.1 }));
  const losses: number[] = [];
  const options = { epochs: 4, batchSize: 10, report: { every: 1 }, earlyStopping: { patience: 1000, monitor: 'trainLoss' } } as const;
  for await (const { trainLoss } of learner.fit({ ...train, weights }, options)) losses.push(trainLoss);
  const judged = losses.filter((loss) => !Number.isNaN(loss));
  t.deepEqual([losses.length, judged.length], [4 * 21, 4], 'one batch of an epoch counts');
  t.true(
    judged.every((loss, i) => i === 0 || loss < judged[i - 1]!),
    `${judged}`,
  );
  t.is(learner.best!.trainLoss, judged[3]!);
});

for (const [name, weights, message] of [
  ['too few weights', new Float64Array(202), 'fit: expected 203 weights for 203 examples, got 202'],
  ['a negative weight', new Float64Array(203).fill(-1, 5, 6), 'fit: expected finite weights >= 0, got -1 at example 5'],
  ['weights that are all 0', new Float64Array(203), 'fit: expected a weight > 0, got 203 weights of 0'],
] as const) {
  test(`fit refuses ${name}`, (t) => {
    using learner = trainer(adamqlr());
    t.throws(() => learner.fit({ ...train, weights }, { epochs: 1 }), { message });
  });
}
