/**
 * AdamQLR on small batches of the embedded task (784-50-10, batches of 400, 30 epochs, three seeds): steps judged by their own batch, by the
 * next one, and by the next one with damping of at most 1. Usage: node dist-test/bench/damping-batch.js
 */
import { type AdamQlrOptions, adamqlr, data, loss, NumericalError, nn, Trainer } from '../lib/index.js';
import { record } from './record.js';

const [epochs, batchSize] = [30, 400];

async function run(options: AdamQlrOptions, seed: number) {
  const task = data.glyphs({ seed });
  using trainer = new Trainer({ model: nn.mlp([784, 50, 10]), loss: loss.crossEntropy(), optimizer: adamqlr(options), seed });
  let damping = Number.NaN;
  try {
    for await (const report of trainer.fit(task.train, { epochs, batchSize })) damping = report.damping!;
  } catch (error) {
    if (!(error instanceof NumericalError)) throw error; // the last good parameters are scored
  }
  const [train, test] = [await trainer.evaluate(task.train), await trainer.evaluate(task.test)];
  return { steps: trainer.steps, damping, trainLoss: train.loss, testAccuracy: test['accuracy'] };
}

for (const options of [{}, { dampingBatch: 'next' }, { dampingBatch: 'next', dampingRange: [1e-8, 1] }] satisfies AdamQlrOptions[]) {
  const runs = [];
  for (let seed = 0; seed < 3; seed++) runs.push(await run(options, seed));
  record('damping-batch', { options, epochs, batchSize, runs });
}
