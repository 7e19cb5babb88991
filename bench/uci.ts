/**
 * UCI Energy (4000 epochs) and UCI Protein (200 epochs): untuned AdamQLR (batch 3200, at most all rows) and Adam (learning rate 1e-3, the
 * task's batch) over seeds. Losses are in standardized units, with the 1/2.
 * Usage: node dist-test/bench/uci.js DATA_ROOT [SEEDS], where DATA_ROOT has the folders uci-energy and uci-protein
 */
import { join } from 'node:path';
import { adam, adamqlr, data, loss, nn, type Optimizer, type Task, Trainer } from '../lib/index.js';
import { quantile, record } from './record.js';

const [folder, seeds = '10'] = process.argv.slice(2);
if (folder === undefined) throw new Error('uci: expected the folder of the data sets, got none');
const tasks = [
  await data.uciEnergy({ dataDir: join(folder, 'uci-energy') }),
  await data.uciProtein({ dataDir: join(folder, 'uci-protein') }),
];

async function run(task: Task, optimizer: Optimizer, batchSize: number, seed: number) {
  using trainer = new Trainer({ model: nn.mlp(task.layers), loss: loss.squaredError(), optimizer, seed });
  let seconds = 0;
  for await (const report of trainer.fit(task.train, { epochs: task.epochs, batchSize })) seconds = report.seconds;
  const losses = [task.train, task.validation!, task.test].map(async (part) => (await trainer.evaluate(part)).loss);
  const [trainLoss, validationLoss, testLoss] = await Promise.all(losses);
  return { trainLoss: trainLoss!, validationLoss: validationLoss!, testLoss: testLoss!, seconds };
}

for (const task of tasks) {
  for (const [name, make, batchSize] of [
    ['adamqlr', adamqlr, Math.min(3200, task.train.count)],
    ['adam', adam, task.batchSize],
  ] as const) {
    const runs: Awaited<ReturnType<typeof run>>[] = [];
    for (let seed = 0; seed < Number(seeds); seed++) runs.push(await run(task, make(), batchSize, seed));
    const summary = (key: keyof (typeof runs)[number]) => {
      const values = runs.map((r) => r[key]);
      return { median: quantile(values, 0.5), p10: quantile(values, 0.1), p90: quantile(values, 0.9) };
    };
    const figures = {
      trainLoss: summary('trainLoss'),
      validationLoss: summary('validationLoss'),
      testLoss: summary('testLoss'),
      seconds: summary('seconds'),
    };
    record('uci', { task: task.name, optimizer: name, batchSize, epochs: task.epochs, seeds: Number(seeds), ...figures });
  }
}
