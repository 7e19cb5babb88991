import test from 'ava';
import { Spec, type Value } from '../../lib/graph/node.js';
import { crossEntropy } from '../../lib/losses/cross-entropy.js';
import { mlp } from '../../lib/nn/mlp.js';
import { adam } from '../../lib/optim/adam.js';
import { adamqlr } from '../../lib/optim/adamqlr.js';
import { frozen } from '../../lib/optim/frozen.js';
import type { Optimizer, OptimizerState } from '../../lib/optim/optimizer.js';
import { initialState, optimizerStep, stateSpecs } from '../../lib/optim/optimizer-step.js';
import { sgd } from '../../lib/optim/sgd.js';
import '../../lib/ops/fluent.js';
import { Trainer } from '../../lib/train/trainer.js';
import { engines } from '../engine.js';
import { blobs } from '../train/blobs.js';

const train = blobs(203);
const trainer = (optimizer: Optimizer) => new Trainer({ model: mlp([2, 16, 4]), loss: crossEntropy(), optimizer, seed: 3 });
const first = (path: string) => path.startsWith('0.');

for (const make of [adamqlr, () => adam({ learningRate: 0.01 }), () => sgd({ learningRate: 0.1, momentum: 0.9 })]) {
  test(`${make().name}: frozen parameters keep their bits, the others learn`, async (t) => {
    using learner = trainer(frozen(make(), first));
    const { loss } = await learner.evaluate(train);
    const before = learner.parameters();
    for await (const _ of learner.fit(train, { epochs: 40, batchSize: 50 }));
    t.true((await learner.evaluate(train)).loss < 0.5 * loss);
    for (const [path, { data }] of Object.entries(learner.parameters())) {
      if (first(path)) t.deepEqual(data, before[path]!.data, path);
      else t.notDeepEqual(data, before[path]!.data, path);
    }
  });
}

const point = { x: new Spec('float64', [2]), y: new Spec('float64', [2]) };
type Point = { x: Value; y: Value };
const bowl = (x: Value, y: Value) => x.sub(1).square().sum().add(x.mul(y).sum().square()).add(y.square().square().sum());

type Stepped = { readonly params: { readonly x: ArrayLike<number>; readonly y?: ArrayLike<number> }; readonly state: unknown };

for (const { name, engine } of engines) {
  test(`${name}: a step with frozen parameters is the step of the function of the others`, (t) => {
    const alone = adamqlr({ curvature: 'hessian' });
    const some = frozen(alone, (path) => path === 'y');
    const only = { x: point.x };
    const whole = engine(
      optimizerStep(some, ({ x, y }: Point) => bowl(x, y)),
      [point, stateSpecs(some, point)],
      {},
    );
    const part = engine(
      (params: { x: Value }, state: OptimizerState<Value>, y: Value) =>
        optimizerStep(alone, (p: { x: Value }) => bowl(p.x, y))(params, state),
      [only, stateSpecs(alone, only), point.y],
      {},
    );
    const y = [0.3, -0.8];
    let got: Stepped = { params: { x: [2, -1.5] }, state: initialState(some, point) };
    let wanted: Stepped = { params: { x: [2, -1.5] }, state: initialState(alone, only) };
    for (let step = 0; step < 5; step++) {
      const before = Array.from(got.params.x);
      got = whole({ x: got.params.x, y }, got.state) as Stepped;
      wanted = part(wanted.params, wanted.state, y) as Stepped;
      t.deepEqual(Array.from(got.params.y!), y);
      t.notDeepEqual(Array.from(got.params.x), before);
      for (const i of [0, 1]) t.true(Math.abs(got.params.x[i]! - wanted.params.x[i]!) <= 1e-12, `step ${step}`);
    }
  });
}

test('freezing nothing or everything is one clear sentence', async (t) => {
  for (const [isFrozen, got] of [
    [() => true, 'all'],
    [() => false, 'none'],
  ] as const) {
    using learner = trainer(frozen(adamqlr(), isFrozen));
    await t.throwsAsync(async () => learner.evaluate(train), {
      message: `frozen: expected some parameters to be frozen and some not, got ${got} of 0.weight, 0.bias, 2.weight, 2.bias`,
    });
  }
});
