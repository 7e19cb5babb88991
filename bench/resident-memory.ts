/**
 * Growth of resident memory over 100,000 steps of a small net, counted from step 1,000 on.
 * Without --expose-gc it also counts recorded rows that V8 has yet to collect, some 80 bytes a step up to its own limit.
 * Usage: node --expose-gc dist-test/bench/resident-memory.js [STEPS]
 */
import { adamqlr, type Dataset, loss, nn, Trainer } from '../lib/index.js';
import { record } from './record.js';

const steps = Number(process.argv[2] ?? 100_000);
const count = 588;
const features = Float32Array.from({ length: count * 8 }, (_, i) => Math.sin(12.9898 * i));
const dataset: Dataset = {
  count,
  features: { data: features, shape: [8], dtype: 'float32' },
  targets: {
    data: Float32Array.from({ length: count }, (_, i) => Math.tanh(features[8 * i]! + features[8 * i + 1]! ** 2)),
    shape: [1],
    dtype: 'float32',
  },
};
const resident = () => {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  return process.memoryUsage().rss / 2 ** 20;
};

using trainer = new Trainer({ model: nn.mlp([8, 50, 1]), loss: loss.squaredError(), optimizer: adamqlr() });
const samples: { step: number; mebibytes: number }[] = [];
for await (const { step } of trainer.fit(dataset, { epochs: steps, batchSize: count, report: { every: 1000 } })) {
  if (step === 1000 || step % (steps / 10) === 0) samples.push({ step, mebibytes: resident() });
}
record('resident-memory', { steps, growthMebibytes: samples.at(-1)!.mebibytes - samples[0]!.mebibytes, samples });
