import { readFileSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import type { Tree } from '../../lib/base/tree.js';
import * as tree from '../../lib/base/tree.js';
import { modelObjective } from '../../lib/curvature/model-objective.js';
import { outputFisher, outputHessian } from '../../lib/curvature/output-curvature.js';
import { Spec, type Value } from '../../lib/graph/node.js';
import { product } from '../../lib/graph/shape.js';
import { crossEntropy } from '../../lib/losses/cross-entropy.js';
import { squaredError } from '../../lib/losses/squared-error.js';
import { div } from '../../lib/ops/arithmetic.js';
import { size } from '../../lib/ops/sources.js';
import { ggnvpOf, hvpOf } from '../../lib/transforms/index.js';
import { engines } from '../engine.js';
import { shared, sharedTest } from '../shared.js';
import { type LayerDescription, network } from './networks.js';

type Nested = number | readonly Nested[];
type Vector = Readonly<Record<string, Nested>>;
type Case = {
  readonly name: string;
  readonly description: {
    readonly layers: readonly LayerDescription[];
    readonly parameters: string | readonly Parameter[];
    readonly loss: string;
  };
  readonly inputs: Nested;
  readonly targets: Nested;
  readonly parameter_order: readonly string[];
  readonly loss: number;
  readonly gradient: Vector;
  readonly hessian_v: Vector;
  readonly ggn_v: Vector;
  readonly v_hessian_v: number;
  readonly v_ggn_v: number;
};
type Parameter = {
  readonly name: string;
  readonly shape: readonly number[];
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly offset: number;
};

const FILE = 'oracles/curvature.json';
const TOLERANCE = 1e-9;

const numbers = (nested: Nested): number[] => (typeof nested === 'number' ? [nested] : nested.flatMap(numbers));
const shapeOf = (nested: Nested): number[] => (typeof nested === 'number' ? [] : [nested.length, ...shapeOf(nested[0]!)]);

/** Parameters of the two cases that refer to another file for them. */
function baseParameter(name: string, shape: readonly number[]): number[] {
  const cols = shape.at(-1)!;
  const at: Record<string, (r: number, c: number) => number> = {
    w1: (k, h) => 0.6 * Math.sin(1 + 0.9 * k + 1.7 * h),
    b1: (_, h) => 0.1 * Math.cos(h),
    w2: (h, o) => 0.6 * Math.sin(0.5 + 1.1 * h + 2.3 * o),
    b2: (_, o) => 0.05 * o,
  };
  return Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => at[name]!(Math.floor(i / cols), i % cols));
}

function parameters({
  description,
  parameter_order,
  gradient,
}: Case): Record<string, { readonly shape: number[]; readonly data: number[] }> {
  const listed = description.parameters;
  const entries = parameter_order.map((name) => {
    const shape = shapeOf(gradient[name]!);
    if (typeof listed === 'string') return [name, { shape, data: baseParameter(name, shape) }] as const;
    const { a, b, c, offset } = listed.find((p) => p.name === name)!;
    return [name, { shape, data: numbers(gradient[name]!).map((_, i) => offset + a * Math.sin(b + c * i)) }] as const;
  });
  return Object.fromEntries(entries);
}

/** Tensor j of the direction holds sin(0.3 + 0.7 j + 1.1 i). */
function direction({ parameter_order, gradient }: Case): Record<string, number[]> {
  return Object.fromEntries(
    parameter_order.map((name, j) => [name, numbers(gradient[name]!).map((_, i) => Math.sin(0.3 + 0.7 * j + 1.1 * i))]),
  );
}

/** What we compute for a case, the rows of the batch under the name n. */
function traced(c: Case, isClassification: boolean) {
  const loss = isClassification ? crossEntropy() : squaredError();
  return (params: Tree<Value>, v: Tree<Value>, x: Value, y: Value) => {
    const theta = tree.leaves(params),
      along = tree.leaves(v);
    const objective = modelObjective((p) => [network(c.description.layers, p as Record<string, Value>, x), {}], loss, y);
    const [evaluation, gradient] = objective.valueAndGrad(params);
    const count = size(product(evaluation.terms!.shape));
    const products = [outputHessian, outputFisher].map((curvature) =>
      tree.rebuild<Value>(
        params,
        ggnvpOf(evaluation.outputs!, theta, along, (z, u) => div(curvature(loss, z, y, u), count)),
      ),
    );
    return {
      loss: evaluation.loss,
      gradient,
      hessianV: tree.rebuild<Value>(params, hvpOf(evaluation.loss, theta, along)),
      ggnV: products[0]!,
      fisherV: products[1]!,
      vHessianV: objective.quadraticForm('hessian', params, v),
      vFisherV: objective.quadraticForm('fisher', params, v),
    };
  };
}

function compare(t: ExecutionContext, what: string, got: Tree<ArrayLike<number>>, wanted: Vector, order: readonly string[]): void {
  const expected = order.flatMap((name) => numbers(wanted[name]!));
  const found = order.flatMap((name) => Array.from((got as Record<string, ArrayLike<number>>)[name]!));
  const scale = Math.max(...expected.map(Math.abs));
  const worst = Math.max(...expected.map((value, i) => Math.abs(value - found[i]!))) / scale;
  t.true(expected.length === found.length && worst <= TOLERANCE, `${what}: off by ${worst} of the largest entry`);
}

function compareScalar(t: ExecutionContext, what: string, got: Tree<ArrayLike<number>>, wanted: number): void {
  const found = (got as ArrayLike<number>)[0]!;
  t.true(Math.abs(found - wanted) <= TOLERANCE * Math.abs(wanted), `${what}: ${found}, expected ${wanted}`);
}

const path = shared(FILE);
const names = path === null ? ['every case'] : (JSON.parse(readFileSync(path, 'utf8')).cases as Case[]).map((c) => c.name);

for (const { name: engineName, engine } of engines) {
  for (const name of names) {
    sharedTest(`${name}, ${engineName}: loss, gradient, Hessian and Gauss-Newton products`, [FILE], (t, file) => {
      const c = (JSON.parse(readFileSync(file, 'utf8')).cases as Case[]).find((other) => other.name === name)!;
      const isClassification = c.description.loss.includes('cross-entropy');
      const params = parameters(c);
      const specs = tree.map(
        (shape: Spec) => shape,
        Object.fromEntries(Object.entries(params).map(([key, { shape }]) => [key, new Spec('float64', shape)])),
      );
      const [rows, ...rest] = shapeOf(c.inputs);
      const isTokens = c.description.layers[0]!.type === 'embedding';
      const call = engine(
        traced(c, isClassification),
        [
          specs,
          specs,
          new Spec(isTokens ? 'int32' : 'float64', ['n', ...rest]),
          new Spec(isClassification ? 'int32' : 'float64', ['n', ...shapeOf(c.targets).slice(1)]),
        ],
        { n: rows! },
      );
      const data = Object.fromEntries(Object.entries(params).map(([key, value]) => [key, value.data]));
      const got = call(data, direction(c), numbers(c.inputs), numbers(c.targets)) as Record<string, Tree<ArrayLike<number>>>;
      compareScalar(t, 'loss', got.loss!, c.loss);
      compare(t, 'gradient', got.gradient!, c.gradient, c.parameter_order);
      compare(t, 'H v', got.hessianV!, c.hessian_v, c.parameter_order);
      compare(t, 'G v', got.ggnV!, c.ggn_v, c.parameter_order);
      compare(t, 'F v', got.fisherV!, c.ggn_v, c.parameter_order);
      compareScalar(t, "v'Hv", got.vHessianV!, c.v_hessian_v);
      compareScalar(t, "v'Fv", got.vFisherV!, c.v_ggn_v);
    });
  }
}
