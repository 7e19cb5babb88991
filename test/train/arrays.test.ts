import test from 'ava';
import { Random } from '../../lib/data/random.js';
import { adam, data, loss, nn, Trainer } from '../../lib/index.js';

test('typed arrays become a data set, parts of it, and a network that tells the classes apart', async (t) => {
  const random = new Random(1);
  const count = 400;
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 3);
  // Three clouds on a ring, far from the origin and on different scales, so that only standardized features are easy.
  const points = Float32Array.from({ length: 2 * count }, (_, at) => {
    const angle = (2 * Math.PI * labels[at >> 1]!) / 3;
    return at % 2 === 0 ? 1000 + 50 * Math.cos(angle) + 5 * random.normal() : Math.sin(angle) + 0.1 * random.normal();
  });

  const all = data.fromArrays({ features: points, targets: labels });
  const { train, validation, test: tested } = data.splitDataset(all, { standardize: true });
  const trainer = new Trainer({ model: nn.mlp([2, 16, 3]), loss: loss.crossEntropy(), optimizer: adam({ learningRate: 0.01 }) });
  t.teardown(() => trainer.dispose());
  for await (const report of trainer.fit(train, { epochs: 30, batchSize: 50, validation: validation! }))
    t.true(Number.isFinite(report.trainLoss));
  t.true((await trainer.evaluate(tested))['accuracy']! > 0.97);
});
