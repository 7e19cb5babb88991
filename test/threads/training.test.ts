import { isMainThread } from 'node:worker_threads';
import test from 'ava';
import { adamqlr, type Dataset, loss, nn, Trainer } from '../../lib/index.js';

/** y = 3x - 1 on [-1, 1). */
function line(count: number): Dataset {
  const x = Float32Array.from({ length: count }, (_, i) => (2 * i) / count - 1);
  return {
    count,
    features: { data: x, shape: [1], dtype: 'float32' },
    targets: { data: x.map((v) => 3 * v - 1), shape: [1], dtype: 'float32' },
  };
}

// Two trainers at once share the process's pool, also with the other test files in their worker threads.
test('two trainers learn a line in a worker thread, with the same bits', async (t) => {
  t.false(isMainThread);
  const train = async () => {
    const trainer = new Trainer({ model: nn.linear(1, 1), loss: loss.squaredError(), optimizer: adamqlr() });
    const losses: number[] = [];
    for await (const report of trainer.fit(line(64), { epochs: 50, batchSize: 16 })) losses.push(report.trainLoss);
    return losses;
  };
  const [first, second] = await Promise.all([train(), train()]);
  t.is(first.length, 50);
  t.true(first.at(-1)! < 1e-2 * first[0]!, `${first[0]} to ${first.at(-1)}`);
  t.deepEqual(second, first);
});
