import test from 'ava';
import { compile } from '../../lib/compile/compile.js';
import type { CompileOptions } from '../../lib/compile/program.js';
import { type Graph, inNewScope, input, type Value } from '../../lib/graph/node.js';
import { bind } from '../../lib/graph/shape.js';
import { evaluate } from '../oracle/evaluate.js';
import { tensor } from '../oracle/tensor.js';
import { randomData, randomFunction, randomInputs } from './random-graph.js';

const CAPACITY = 9;
const VARIANTS: Readonly<Record<string, CompileOptions>> = {
  default: {},
  'not fused': { fuse: false },
  'not in place': { inPlace: false },
  'not distributed': { distribute: false },
  poisoned: { poison: true },
  'in blocks of 1 row': { blockRows: 1 },
  'in blocks of 2 rows, not fused': { blockRows: 2, fuse: false },
  'in blocks of 4 rows, poisoned': { blockRows: 4, poison: true },
  'poisoned, not fused': { poison: true, fuse: false },
};

function oracle(seed: number, steps: number, n: number): { data: Float64Array }[] {
  const specs = randomInputs('float64');
  const graph: Graph = inNewScope(() => {
    const inputs = specs.map((spec, i) => input(spec, `x${i}`) as Value);
    return { inputs, outputs: randomFunction(seed, steps)(inputs) };
  });
  const data = randomData(seed, n);
  return evaluate(
    graph,
    specs.map((s, i) =>
      tensor(
        s.dtype,
        s.shape.map((d) => bind(d, { n })),
        data[i]!,
      ),
    ),
    { n },
  );
}

/** Largest error relative to the largest element of each result. */
function worst(results: readonly ArrayLike<number>[], expected: readonly { data: Float64Array }[]): number {
  let most = 0;
  expected.forEach(({ data }, i) => {
    if (results[i]!.length !== data.length) most = Number.POSITIVE_INFINITY;
    const scale = data.reduce((max, v) => Math.max(max, Math.abs(v)), 1e-3);
    data.forEach((v, j) => {
      const error = Math.abs(results[i]![j]! - v) / scale;
      most = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(most, error);
    });
  });
  return most;
}

/** Runs twice: memory the first call left behind must not matter. */
function run(seed: number, steps: number, n: number, dtype: 'float32' | 'float64', options: CompileOptions) {
  const specs = randomInputs(dtype);
  using f = compile((x: readonly Value[]) => randomFunction(seed, steps)(x), [specs], { ...options, capacity: { n: CAPACITY } });
  const data = randomData(seed, n).map((values, i) =>
    specs[i]!.dtype === 'float64' ? new Float64Array(values) : new Float32Array(values),
  );
  return { first: f(data), second: f(data) };
}

for (const [name, options] of Object.entries(VARIANTS)) {
  test(`random plans compute what the naive evaluator computes, ${name}`, (t) => {
    for (let seed = 1; seed <= 60; seed++) {
      const n = [1, 5, CAPACITY][seed % 3]!,
        steps = 8 + (seed % 35);
      const expected = oracle(seed, steps, n);
      const { first, second } = run(seed, steps, n, 'float64', options);
      const error = worst(first, expected);
      t.true(error < 1e-11, `seed ${seed}, float64: ${error}`);
      t.deepEqual(first, second, `seed ${seed}: a second call differs`);
      const single = worst(run(seed, steps, n, 'float32', options).first, expected);
      t.true(single < 2e-4, `seed ${seed}, float32: ${single}`);
    }
  });
}
