/**
 * Fashion-MNIST, MLP 784-50-10, 10 epochs: untuned AdamQLR (batch 3200) and Adam (batch 50, learning rate 1e-3) over seeds.
 * Usage: node dist-test/bench/fashion-mnist.js DATA_DIR [SEEDS]
 */
import { adam, adamqlr, data, loss, nn, type Optimizer, Trainer } from '../lib/index.js';
import { quantile, record } from './record.js';

const [folder, seeds = '10'] = process.argv.slice(2);
if (folder === undefined) throw new Error('fashion-mnist: expected the folder of the data set, got none');
const task = await data.fashionMnist({ dataDir: folder });

async function run(optimizer: Optimizer, batchSize: number, seed: number) {
  using trainer = new Trainer({ model: nn.mlp([784, 50, 10]), loss: loss.crossEntropy(), optimizer, seed });
  let seconds = 0;
  for await (const report of trainer.fit(task.train, { epochs: 10, batchSize })) seconds = report.seconds;
  const train = await trainer.evaluate(task.train),
    test = await trainer.evaluate(task.test);
  return { trainLoss: train.loss, testLoss: test.loss, testAccuracy: test['accuracy']!, seconds };
}

for (const [name, make, batchSize] of [
  ['adamqlr', adamqlr, 3200],
  ['adam', adam, 50],
] as const) {
  const runs: Awaited<ReturnType<typeof run>>[] = [];
  for (let seed = 0; seed < Number(seeds); seed++) runs.push(await run(make(), batchSize, seed));
  const summary = (key: keyof (typeof runs)[number]) => {
    const values = runs.map((r) => r[key]);
    return { median: quantile(values, 0.5), p10: quantile(values, 0.1), p90: quantile(values, 0.9) };
  };
  const figures = {
    trainLoss: summary('trainLoss'),
    testLoss: summary('testLoss'),
    testAccuracy: summary('testAccuracy'),
    seconds: summary('seconds'),
  };
  record('fashion-mnist', { optimizer: name, batchSize, epochs: 10, seeds: Number(seeds), ...figures });
}
