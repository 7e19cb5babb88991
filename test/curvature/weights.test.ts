import test from 'ava';
import type { Tree } from '../../lib/base/tree.js';
import * as tree from '../../lib/base/tree.js';
import { modelObjective } from '../../lib/curvature/model-objective.js';
import { Spec, type Value } from '../../lib/graph/node.js';
import { crossEntropy } from '../../lib/losses/cross-entropy.js';
import type { Loss } from '../../lib/losses/loss.js';
import { squaredError } from '../../lib/losses/squared-error.js';
import { classWeighted, weighted } from '../../lib/losses/weighted.js';
import { mlp } from '../../lib/nn/mlp.js';
import { parameterSpecs } from '../../lib/nn/parameter.js';
import '../../lib/ops/fluent.js';
import { type Engine, engines } from '../engine.js';

const wave = (count: number, seed: number) => Array.from({ length: count }, (_, i) => Math.sin(seed + 1.7 * i));
const near = (a: number, b: number) => Math.abs(a - b) <= 1e-11 * Math.max(1e-3, Math.abs(b));

const model = mlp([2, 4, 3], { activation: 'tanh' });
const input = new Spec('float64', ['n', 2]);
const params = parameterSpecs(model.init(input).params);
const values = (seed: number, scale: number) =>
  tree.map(
    (spec: Spec) =>
      wave(
        (spec.shape as number[]).reduce((a, b) => a * b, 1),
        seed,
      ).map((v) => scale * v),
    params,
  );

type Batch = { readonly x: number[]; readonly y: number[]; readonly weights: number[] | null };

/** Everything an objective says of a batch, at fixed parameters and along a fixed direction. */
function measure(engine: Engine, loss: Loss, { x, y, weights }: Batch): Record<string, ArrayLike<number>> {
  const n = x.length / 2;
  const targetSpec = loss.target(new Spec('float64', ['n', 3]));
  const call = engine(
    (p: Tree<Value>, d: Tree<Value>, xs: Value, ys: Value, ws: Value) => {
      const forward = (theta: Tree<Value>): [Value, Tree<Value>] => [model.apply(theta, {}, xs, { mode: 'train', key: null })[0], {}];
      const objective = modelObjective(forward, loss, ys, weights === null ? null : ws);
      const [before, gradient] = objective.valueAndGrad(p);
      const moved = tree.map((theta: Value, step: Value) => theta.add(step), p, d);
      return {
        loss: before.loss,
        ...Object.fromEntries(tree.entries<Value>(gradient).map(([path, g]) => [`gradient.${path}`, g])),
        fisher: objective.quadraticForm('fisher', p, d),
        hessian: objective.quadraticForm('hessian', p, d),
        change: objective.change(before, objective.evaluate(moved)),
      };
    },
    [params, params, input, targetSpec, new Spec('float64', ['n'])],
    { n },
  );
  return call(values(1, 0.7), values(2, 0.1), x, y, weights ?? wave(n, 0)) as Record<string, ArrayLike<number>>;
}

const X = wave(10, 3);
const LABELS = [0, 2, 1, 1, 2];
const REALS = wave(15, 5);
const COUNTS = [2, 0, 1, 3, 1];

/** The batch with every example as often as its count says. */
function repeated(y: number[]): Batch {
  const rows = COUNTS.flatMap((count, i) => Array<number>(count).fill(i));
  const of = (flat: number[]) => rows.flatMap((i) => flat.slice((i * flat.length) / 5, ((i + 1) * flat.length) / 5));
  return { x: of(X), y: of(y), weights: null };
}

const ROWS: [name: string, loss: Loss, y: number[]][] = [
  ['crossEntropy', crossEntropy(), LABELS],
  ['squaredError', squaredError(), REALS],
];

for (const { name: engineName, engine } of engines) {
  for (const [name, loss, y] of ROWS) {
    const equal = (t: { true(x: boolean, message?: string): void }, a: Record<string, ArrayLike<number>>, b: typeof a) => {
      for (const [what, list] of Object.entries(b))
        for (let i = 0; i < list.length; i++) t.true(near(a[what]![i]!, list[i]!), `${what} ${i}: ${a[what]![i]} vs ${list[i]}`);
    };

    test(`${name}, ${engineName}: an example of weight k counts like k examples`, (t) => {
      equal(t, measure(engine, loss, { x: X, y, weights: COUNTS }), measure(engine, loss, repeated(y)));
    });

    test(`${name}, ${engineName}: only the proportions of weights matter; weights of 1 change nothing`, (t) => {
      const weights = COUNTS.map((count) => 1e3 * count);
      equal(t, measure(engine, loss, { x: X, y, weights }), measure(engine, loss, { x: X, y, weights: COUNTS }));
      equal(t, measure(engine, loss, { x: X, y, weights: COUNTS.map(() => 1) }), measure(engine, loss, { x: X, y, weights: null }));
    });

    test(`${name}, ${engineName}: a batch without weight has no loss, gradient, curvature or change`, (t) => {
      for (const [what, list] of Object.entries(measure(engine, loss, { x: X, y, weights: COUNTS.map(() => 0) })))
        t.true(
          Array.from(list).every((v) => Math.abs(v) === 0),
          what,
        );
    });
  }

  test(`classWeighted, ${engineName}: the weights of the labels are those of the examples, and multiply with theirs`, (t) => {
    const weights = [0.5, 3, 2];
    const loss = classWeighted(crossEntropy(), weights);
    const ofLabels = LABELS.map((label) => weights[label]!);
    const both = ofLabels.map((weight, i) => weight * COUNTS[i]!);
    for (const [mine, plain] of [
      [null, ofLabels],
      [COUNTS, both],
    ]) {
      const got = measure(engine, loss, { x: X, y: LABELS, weights: mine! as number[] | null });
      const wanted = measure(engine, crossEntropy(), { x: X, y: LABELS, weights: plain! });
      for (const [what, list] of Object.entries(wanted))
        for (let i = 0; i < list.length; i++) t.true(near(got[what]![i]!, list[i]!), `${what} ${i}`);
    }
  });

  test(`weighted, ${engineName}: nested weights multiply`, (t) => {
    const first = (y: Value) => y.square().sum(-1);
    const second = (y: Value) => y.abs().sum(-1);
    const nested = measure(engine, weighted(weighted(squaredError(), first), second), { x: X, y: REALS, weights: null });
    const once = measure(
      engine,
      weighted(squaredError(), (y) => first(y).mul(second(y))),
      { x: X, y: REALS, weights: null },
    );
    for (const [what, list] of Object.entries(once))
      for (let i = 0; i < list.length; i++) t.true(near(nested[what]![i]!, list[i]!), `${what} ${i}`);
  });
}

test('weights that do not fit are one clear sentence', (t) => {
  const outputs = new Spec('float32', ['n', 3]);
  t.throws(() => classWeighted(crossEntropy(), [1, -1, 1]), {
    message: 'classWeighted: expected finite weights >= 0, got -1 for class 1',
  });
  t.throws(() => classWeighted(crossEntropy(), [0, 0, 0]), { message: 'classWeighted: expected a weight > 0, got [0, 0, 0]' });
  t.throws(() => classWeighted(crossEntropy(), [1, 2]).target(outputs), {
    message: 'classWeighted: expected 3 weights, one per class, got 2',
  });
  t.throws(() => classWeighted(squaredError(), [1, 2, 3]).target(outputs), {
    message: 'classWeighted: expected a loss on labels, got squaredError; weigh real targets with weighted(loss, weigh)',
  });
  const perOutput = weighted(squaredError(), (y) => y.abs());
  t.throws(() => measure(engines[0]!.engine, perOutput, { x: X, y: REALS, weights: null }), {
    message: 'squaredError: expected weights float64[n], one per term, got float64[n,3]',
  });
});
