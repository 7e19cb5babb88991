import test from 'ava';
import { stream } from '../../lib/data/stream.js';
import { adamqlr, loss, nn, Trainer } from '../../lib/index.js';
import { blobs } from './blobs.js';

const make = () => new Trainer({ model: nn.mlp([2, 8, 4]), loss: loss.crossEntropy(), optimizer: adamqlr(), seed: 3 });
const dataset = blobs(100);

test('a trainer that was profiled before, between and after calls of fit ends where another does', async (t) => {
  using watched = make();
  using plain = make();
  for (const epochs of [2, 3]) {
    const options = { epochs, batchSize: 32 };
    const profile = await watched.profile(dataset, options);
    t.deepEqual(profile.sizes, { n: 32 });
    t.true(profile.timings.length >= profile.instructions.length);
    const strip = (reports: readonly { seconds: number }[]) => reports.map(({ seconds: _, ...rest }) => rest);
    t.deepEqual(strip(await watched.train(dataset, options)), strip(await plain.train(dataset, options)));
  }
  await watched.profile(dataset, { epochs: 1, batchSize: 100 });
  t.deepEqual(watched.snapshot().slots, plain.snapshot().slots);
});

test('streams are profiled on their first chunk, and left', async (t) => {
  using trainer = make();
  let open = 0;
  const { data: _, ...features } = dataset.features;
  const { data: __, ...targets } = dataset.targets;
  const source = stream({
    count: 100,
    features,
    targets,
    async *open() {
      open++;
      try {
        yield dataset;
      } finally {
        open--;
      }
    },
  });
  const { sizes } = await trainer.profile(source, { epochs: 1, batchSize: 20, chunkSize: 40 });
  t.deepEqual(sizes, { n: 20 });
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.is(open, 0);
  t.is(trainer.steps, 0);
});

test('it refuses what fit refuses, and a trainer that is training or disposed', async (t) => {
  const trainer = make();
  await t.throwsAsync(trainer.profile(dataset, { epochs: 0 }), { message: /^fit: expected epochs to be an integer in/ });
  for await (const _ of trainer.fit(dataset, { epochs: 2 })) {
    await t.throwsAsync(trainer.profile(dataset, { epochs: 1 }), { message: /^fit: expected an idle trainer/ });
  }
  trainer.dispose();
  await t.throwsAsync(trainer.profile(dataset, { epochs: 1 }), { message: /disposed/ });
});
