import test from 'ava';
import { cse } from '../../lib/compile/cse.js';
import { distribute } from '../../lib/compile/distribute.js';
import { fold } from '../../lib/compile/fold.js';
import { legalize } from '../../lib/compile/legalize.js';
import { optimize } from '../../lib/compile/optimize.js';
import { simplify } from '../../lib/compile/simplify.js';
import type { DType } from '../../lib/graph/dtype.js';
import { type Graph, inNewScope, input, nodesOf, Spec, type Value } from '../../lib/graph/node.js';
import { bind, type Shape } from '../../lib/graph/shape.js';
import { verify } from '../../lib/graph/verify.js';
import {
  add,
  constant,
  div,
  exp,
  full,
  gather,
  logSumExp,
  matmul,
  mul,
  neg,
  randomUniform,
  reshape,
  square,
  stopGradient,
  sub,
  tanh,
  tap,
  transpose,
} from '../../lib/ops/index.js';
import { evaluate } from '../oracle/evaluate.js';
import { tensor } from '../oracle/tensor.js';
import { generator, randomData, randomGraph, randomInputs } from './random-graph.js';

const PASSES: Readonly<Record<string, (graph: Graph) => Graph>> = { simplify, fold, cse, distribute, legalize, optimize };

function graphOf(specs: readonly Spec[], f: (...inputs: Value[]) => Value | readonly Value[]): Graph {
  return inNewScope(() => {
    const inputs = specs.map((spec, i) => input(spec, `x${i}`) as Value);
    const result = f(...inputs);
    return { inputs, outputs: Array.isArray(result) ? result : [result as Value] };
  });
}

function spec(shape: Shape, dtype: DType = 'float64'): Spec {
  return new Spec(dtype, shape);
}

function count(graph: Graph, op: string): number {
  return nodesOf(graph.outputs).filter((node) => node.op.name === op).length;
}

/** Largest difference relative to the largest element, over all outputs; NaN where only one has NaN. */
function difference(a: readonly { data: Float64Array }[], b: readonly { data: Float64Array }[]): number {
  let worst = 0;
  a.forEach((x, i) => {
    const scale = x.data.reduce((most, v) => Math.max(most, Math.abs(v)), 1e-300);
    x.data.forEach((v, j) => {
      if (!Object.is(v, b[i]!.data[j]!)) worst = Math.max(worst, Math.abs(v - b[i]!.data[j]!) / scale);
    });
  });
  return worst;
}

function inputsFor(specs: readonly Spec[], sizes: Record<string, number>, seed: number) {
  const random = generator(seed);
  return specs.map((s) => {
    const shape = s.shape.map((d) => bind(d, sizes));
    const elements = Array.from({ length: shape.reduce((x, y) => x * y, 1) }, () => 2 * random() - 1);
    return tensor(s.dtype, shape, s.dtype === 'int32' ? elements.map((_, i) => i % 3) : elements);
  });
}

for (const [name, pass] of Object.entries(PASSES)) {
  test(`${name}: random graphs keep their values and verify`, (t) => {
    for (let seed = 1; seed <= 40; seed++) {
      const graph = randomGraph(seed, 30);
      const after = pass(graph);
      verify(after);
      const n = [1, 3, 5][seed % 3]!;
      const data = randomInputs('float64').map((s, i) =>
        tensor(
          s.dtype,
          s.shape.map((d) => bind(d, { n })),
          randomData(seed, n)[i]!,
        ),
      );
      const worst = difference(evaluate(graph, data, { n }), evaluate(after, data, { n }));
      t.true(worst < 1e-12, `seed ${seed}: ${worst}`);
    }
  });
}

test('cse: equal nodes become one, also in chains', (t) => {
  const graph = graphOf([spec([3])], (x) => add(exp(mul(x, 2)), exp(mul(x, 2))));
  t.is(count(cse(graph), 'exp'), 1);
  t.is(count(cse(graph), 'mul'), 1);
});

test('cse: taps keep their identity', (t) => {
  const graph = graphOf([spec([3])], (x) => add(tap(x, 'a'), tap(x, 'a')));
  t.is(count(cse(graph), 'tap'), 2);
  t.is(count(simplify(graph), 'tap'), 0);
});

test('cse: random ops merge when their keys are equal, and only then', (t) => {
  const key = new Spec('int32', [2]);
  const graph = graphOf([key, key], (a, b) => [
    randomUniform(a, [4], 'float64'),
    randomUniform(a, [4], 'float64'),
    randomUniform(b, [4], 'float64'),
  ]);
  t.is(count(cse(graph), 'randomUniform'), 2);
});

test('cse: -0 and 0, infinities and NaN are different constants', (t) => {
  const graph = graphOf([spec([2])], (x) => [div(x, full([2], 0, 'float64')), div(x, full([2], -0, 'float64'))]);
  t.is(count(cse(graph), 'div'), 2);
  const limits = graphOf([spec([2])], (x) => [mul(x, Number.POSITIVE_INFINITY), mul(x, Number.NEGATIVE_INFINITY)]);
  t.is(count(cse(limits), 'mul'), 2);
});

test('simplify: neutral elements, double negation, stopGradient and pointless reshapes disappear', (t) => {
  const graph = graphOf([spec([2, 3])], (x) => {
    const once = reshape(stopGradient(mul(neg(neg(add(x, 0))), 1)), [3, 2]);
    return reshape(transpose(transpose(once)), [2, 3]);
  });
  t.deepEqual(
    nodesOf(simplify(simplify(graph)).outputs).map((node) => node.op.name),
    ['input'],
  );
});

test('simplify: moving an axis of size 1 is a reshape', (t) => {
  const graph = simplify(graphOf([spec([1, 'n', 3])], (x) => transpose(x, [1, 0, 2])));
  t.is(count(graph, 'transpose'), 0);
  t.is(count(graph, 'reshape'), 1);
});

test('fold: constants are computed as the plan would compute them', (t) => {
  const graph = fold(
    graphOf([], () => [sub(mul(constant(3), constant(0.1)), constant(1)), add(full([2], 0.1, 'float32'), full([2], 0.2, 'float32'))]),
  );
  t.deepEqual(
    nodesOf(graph.outputs)
      .map((node) => node.op.name)
      .sort(),
    ['broadcast', 'constant', 'constant'],
  );
  t.is(graph.outputs[0]!.node.attrs['value'], 3 * 0.1 - 1);
  t.is(graph.outputs[1]!.node.inputs[0]!.node.attrs['value'], Math.fround(Math.fround(0.1) + Math.fround(0.2)));
});

test('fold: what would be infinite or NaN stays an operation', (t) => {
  t.is(count(fold(graphOf([], () => div(constant(1), constant(0)))), 'div'), 1);
});

test('legalize: logSumExp is exact for large numbers, infinities and columns of -Infinity', (t) => {
  const graph = legalize(graphOf([spec([4, 2])], (x) => [logSumExp(x, [1]), logSumExp(x, [0], { keepDims: true }), logSumExp(x)]));
  t.is(count(graph, 'logSumExp'), 0);
  const [rows, columns, all] = evaluate(graph, [tensor('float64', [4, 2], [1000, 1000, -Infinity, -Infinity, Infinity, 0, -1000, -1001])]);
  t.deepEqual([...rows!.data], [1000 + Math.log(2), -Infinity, Infinity, -1000 + Math.log(1 + Math.exp(-1))]);
  t.deepEqual(columns!.shape, [1, 2]);
  t.is(all!.data[0], Infinity);
});

const W = [spec(['n', 5]), spec([5, 4]), spec([5, 4]), spec([]), spec([])];
const DISTRIBUTIONS: readonly { name: string; specs: readonly Spec[]; products: number; f: (...x: Value[]) => Value[] }[] = [
  { name: 'x (w - a d)', specs: W, products: 2, f: (x, w, d, a) => [matmul(x!, w!), matmul(x!, d!), matmul(x!, sub(w!, mul(d!, a!)))] },
  {
    name: 'x (b w + d / a), the sum traced first',
    specs: W,
    products: 2,
    f: (x, w, d, a, b) => [tanh(matmul(x!, add(mul(w!, b!), div(d!, add(square(a!), 1))))), matmul(x!, w!), matmul(x!, d!)],
  },
  {
    name: '(u + a v) w, the left operand',
    specs: [spec(['n', 5]), spec(['n', 5]), spec([5, 4]), spec([])],
    products: 2,
    f: (u, v, w, a) => [matmul(u!, w!), matmul(v!, w!), matmul(add(u!, mul(a!, v!)), w!)],
  },
  {
    name: 'a chain of sums',
    specs: W,
    products: 2,
    f: (x, w, d, a, b) => {
      const first = sub(w!, mul(d!, a!));
      return [matmul(x!, w!), matmul(x!, d!), matmul(x!, first), matmul(x!, neg(sub(first, mul(neg(d!), b!))))];
    },
  },
  {
    name: 'transposed operands',
    specs: [spec([5, 'n']), spec([4, 5]), spec([4, 5]), spec([])],
    products: 2,
    f: (x, w, d, a) => [[w!], [d!], [add(w!, mul(d!, a!))]].map(([m]) => matmul(x!, m!, { transposeA: true, transposeB: true })),
  },
  {
    name: 'rows of a table',
    specs: [spec([3, 4]), spec([3, 4]), new Spec('int32', ['n']), spec([])],
    products: 2,
    f: (w, d, i, a) => [gather(w!, i!), gather(d!, i!), gather(sub(w!, mul(d!, a!)), i!)],
  },
];

for (const { name, specs, products, f } of DISTRIBUTIONS) {
  test(`distribute: ${name}: fewer products, equal to 1e-12`, (t) => {
    const graph = cse(graphOf(specs, (...x) => f(...x)));
    const after = distribute(graph);
    verify(after);
    t.true(count(graph, 'matmul') + count(graph, 'gather') > products);
    t.is(count(after, 'matmul') + count(after, 'gather'), products);
    const data = inputsFor(specs, { n: 7 }, 11);
    t.true(difference(evaluate(graph, data, { n: 7 }), evaluate(after, data, { n: 7 })) < 1e-12);
  });
}

test('distribute: nothing changes where a product is missing, or a factor is no scalar', (t) => {
  const missing = cse(graphOf(W, (x, w, d, a) => [matmul(x!, w!), matmul(x!, sub(w!, mul(d!, a!)))]));
  t.is(distribute(missing), missing);
  const field = cse(graphOf(W, (x, w, d) => [matmul(x!, w!), matmul(x!, d!), matmul(x!, mul(w!, d!))]));
  t.is(distribute(field), field);
});

test('optimize: distribution can be switched off', (t) => {
  const graph = graphOf(W, (x, w, d, a) => [matmul(x!, w!), matmul(x!, d!), matmul(x!, sub(w!, mul(d!, a!)))]);
  t.is(count(optimize(graph), 'matmul'), 2);
  t.is(count(optimize(graph, { distribute: false }), 'matmul'), 3);
});
