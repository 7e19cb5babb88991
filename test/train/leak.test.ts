import test from 'ava';
import { crossEntropy } from '../../lib/losses/cross-entropy.js';
import { mlp } from '../../lib/nn/mlp.js';
import { adamqlr } from '../../lib/optim/adamqlr.js';
import { Trainer } from '../../lib/train/trainer.js';
import { blobs } from './blobs.js';

test('20,000 steps leave resident memory where it was after the first 1,000', async (t) => {
  t.timeout(120_000);
  const resident = () => {
    for (let i = 0; i < 4; i++) globalThis.gc!();
    return process.memoryUsage().rss / 2 ** 20;
  };
  using trainer = new Trainer({ model: mlp([2, 16, 4]), loss: crossEntropy(), optimizer: adamqlr() });
  let first = 0;
  for await (const { step } of trainer.fit(blobs(64), { epochs: 20_000, report: { every: 1000 } })) {
    if (step === 1000) first = resident();
  }
  const growth = resident() - first;
  t.true(growth < 2, `${growth} MiB`);
});
