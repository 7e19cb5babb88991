/** Trains 100 steps and prints a digest of the parameters. Arguments: optimizer, threads, steps per call. */
import { createHash } from 'node:crypto';
import { adam, adamqlr, data, loss, nn, Trainer } from '../../lib/index.js';

const [optimizer, threads, stepsPerCall] = process.argv.slice(2);
const { train } = data.glyphs({ train: 1000, validation: 0, test: 10 });
using trainer = new Trainer({
  model: nn.mlp([784, 50, 10]),
  loss: loss.crossEntropy(),
  optimizer: optimizer === 'adam' ? adam() : adamqlr(),
  seed: 5,
  threads: Number(threads),
});
for await (const _ of trainer.fit(train, { epochs: 25, batchSize: 300, stepsPerCall: Number(stepsPerCall) }));
const hash = createHash('sha256');
for (const { data: values } of Object.values(trainer.parameters())) hash.update(values);
console.log(trainer.steps, hash.digest('hex'));
