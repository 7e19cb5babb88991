import test from 'ava';
import type { Dataset } from '../../lib/data/dataset.js';
import { huber } from '../../lib/losses/huber.js';
import { linear } from '../../lib/nn/linear.js';
import { adamqlr } from '../../lib/optim/adamqlr.js';
import { OPTIMIZERS } from '../../lib/optim/registry.js';
import { NumericalError } from '../../lib/train/report.js';
import { Trainer } from '../../lib/train/trainer.js';

/** Inputs of 1 but for one, whose loss is still a number in float32 and whose gradient is its own size: `size`. */
const outlier = (size: number): Dataset => ({
  count: 8,
  features: { data: Float32Array.from({ length: 8 }, (_, i) => (i === 5 ? size : 1)), shape: [1], dtype: 'float32' },
  targets: { data: new Float32Array(8), shape: [1], dtype: 'float32' },
});

const MAKERS = [
  ...Object.entries(OPTIMIZERS).map(([name, { make }]) => [name, () => make()] as const),
  ['adamqlr with a clipped gradient', () => adamqlr({ gradientClip: 1 })] as const,
];

for (const [name, make] of MAKERS) {
  test(`${name}: a gradient whose square overflows float32 is refused in one sentence, and the parameters before it are kept`, async (t) => {
    using learner = new Trainer({ model: linear(1, 1), loss: huber(), optimizer: make(), seed: 1 });
    await learner.evaluate(outlier(1));
    for await (const _ of learner.fit(outlier(1), { epochs: 1, batchSize: 8 }));
    const before = learner.parameters();
    const error = await t.throwsAsync(
      async () => {
        for await (const _ of learner.fit(outlier(1e25), { epochs: 1, batchSize: 8 }));
      },
      { instanceOf: NumericalError },
    );
    t.regex(
      error!.message,
      /^training: expected a finite loss, gradient and update, got one that is not at step 1; the parameters after step 0 are kept;/,
    );
    t.deepEqual(learner.parameters(), before);
    t.true((await learner.evaluate(outlier(1))).loss < 1);
  });
}
