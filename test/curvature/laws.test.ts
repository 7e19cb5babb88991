import test from 'ava';
import type { Tree } from '../../lib/base/tree.js';
import * as tree from '../../lib/base/tree.js';
import { modelObjective } from '../../lib/curvature/model-objective.js';
import { Spec, type Value } from '../../lib/graph/node.js';
import { crossEntropy } from '../../lib/losses/cross-entropy.js';
import { squaredError } from '../../lib/losses/squared-error.js';
import { linear } from '../../lib/nn/linear.js';
import { mlp } from '../../lib/nn/mlp.js';
import { type ParameterDefinition, parameterSpecs } from '../../lib/nn/parameter.js';
import { engines } from '../engine.js';

const wave = (count: number, seed: number) => Array.from({ length: count }, (_, i) => Math.sin(seed + 1.7 * i));
const labels = (n: number) => Array.from({ length: n }, (_, i) => (2 * i + 1) % 3);
const near = (a: number, b: number, tolerance: number) => Math.abs(a - b) <= tolerance * Math.abs(b);

const MODELS = { linear: linear(4, 3), mlp: mlp([4, 5, 3], { activation: 'tanh' }) };
const LOSSES = {
  crossEntropy: { make: crossEntropy, targets: labels, spec: new Spec('int32', ['n']) },
  squaredError: { make: squaredError, targets: (n: number) => wave(3 * n, 9), spec: new Spec('float64', ['n', 3]) },
};
const input = new Spec('float64', ['n', 4]);

/** Loss and both quadratic forms of a model along a direction, and the change of the loss to params + direction. */
function measure(
  engine: (typeof engines)[number]['engine'],
  model: keyof typeof MODELS,
  loss: keyof typeof LOSSES,
  n: number,
  x = wave(4 * n, 1),
  y = LOSSES[loss].targets(n),
) {
  const layer = MODELS[model];
  const specs = parameterSpecs(layer.init(input).params);
  const empty = tree.map((_: ParameterDefinition) => null, layer.init(input).state) as Tree<Value>;
  const call = engine(
    (p: Tree<Value>, d: Tree<Value>, xs: Value, ys: Value) => {
      const objective = modelObjective((theta) => layer.apply(theta, empty, xs, { mode: 'train', key: null }), LOSSES[loss].make(), ys);
      const [before, g] = objective.valueAndGrad(p);
      const moved = tree.map((theta: Value, step: Value) => theta.add(step), p, d);
      return {
        loss: before.loss,
        slope: tree.leaves(tree.map((a: Value, b: Value) => a.mul(b).sum(), g, d) as Tree<Value>).reduce((a, b) => a.add(b)),
        fisher: objective.quadraticForm('fisher', p, d),
        hessian: objective.quadraticForm('hessian', p, d),
        change: objective.change(before, objective.evaluate(moved)),
      };
    },
    [specs, specs, input, LOSSES[loss].spec],
    { n },
  );
  let seed = 2;
  const data = (scale: number) =>
    tree.map(
      (spec: Spec) =>
        wave(
          (spec.shape as number[]).reduce((a, b) => a * b, 1),
          seed++,
        ).map((v) => scale * v),
      specs,
    );
  const got = call(data(1), data(1e-3), x, y) as Record<string, ArrayLike<number>>;
  return tree.map(
    (v: ArrayLike<number>) => v[0]!,
    Object.fromEntries(Object.entries(got).map(([k, v]) => [k, Float64Array.from(v)])),
  ) as Record<string, number>;
}

for (const { name: engineName, engine } of engines) {
  for (const loss of ['crossEntropy', 'squaredError'] as const) {
    for (const n of [1, 5]) {
      test(`${loss} of a linear model, n = ${n}, ${engineName}: the Fisher form is the Hessian form`, (t) => {
        const { fisher, hessian } = measure(engine, 'linear', loss, n);
        t.true(fisher! > 0 && near(fisher!, hessian!, 1e-12), `${fisher} vs ${hessian}`);
      });

      test(`${loss} of an MLP, n = ${n}, ${engineName}: the change is the slope and half the Hessian form, to third order`, (t) => {
        const { slope, hessian, change, fisher } = measure(engine, 'mlp', loss, n);
        t.true(fisher! >= 0);
        t.true(Math.abs(change! - slope! - 0.5 * hessian!) <= 1e-7, `${change} vs ${slope! + 0.5 * hessian!}`);
        t.true(Math.abs(change! - slope!) > 100 * Math.abs(change! - slope! - 0.5 * hessian!), 'the second order matters');
      });
    }

    test(`${loss}, ${engineName}: a batch written twice has the loss and the curvature of the batch`, (t) => {
      const once = measure(engine, 'mlp', loss, 5);
      const x = wave(20, 1),
        y = LOSSES[loss].targets(5);
      const twice = measure(engine, 'mlp', loss, 10, [...x, ...x], [...y, ...y]);
      for (const key of ['loss', 'slope', 'fisher', 'hessian', 'change'])
        t.true(near(twice[key]!, once[key]!, 1e-10), `${key}: ${twice[key]} vs ${once[key]}`);
    });
  }
}
