import test from 'ava';
import { crossEntropy } from '../../lib/losses/cross-entropy.js';
import { mlp } from '../../lib/nn/mlp.js';
import { adamqlr } from '../../lib/optim/adamqlr.js';
import { Trainer } from '../../lib/train/trainer.js';
import { blobs } from './blobs.js';

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** MiB of the process, and of what V8 and typed arrays hold, once everything that can be has been freed. */
async function memory(): Promise<{ readonly resident: number; readonly held: number }> {
  for (let i = 0; i < 4; i++) {
    globalThis.gc!();
    await new Promise((resolve) => setImmediate(resolve)); // finalizers of native buffers run between tasks
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { resident: rss / 2 ** 20, held: (heapUsed + external) / 2 ** 20 };
}

test('30,000 steps leave memory where it was after the first 5,000, but for their reports', async (t) => {
  t.timeout(120_000);
  using trainer = new Trainer({ model: mlp([2, 16, 4]), loss: crossEntropy(), optimizer: adamqlr() });
  const found: { readonly resident: number; readonly held: number }[] = [];
  for await (const _ of trainer.fit(blobs(64), { epochs: 30_000, report: { every: 1000 } })) found.push(await memory());
  const growth = (what: 'resident' | 'held') => {
    const values = found.slice(4).map((sample) => sample[what]);
    return median(values.slice(-7)) - median(values.slice(0, 7));
  };
  // 20,000 steps lie between the medians: 50 and 8 bytes a step. Twenty reports are about 0.03 MiB.
  t.true(growth('resident') < 1, `${growth('resident')} MiB resident`);
  t.true(growth('held') < 0.15, `${growth('held')} MiB held`);
});
