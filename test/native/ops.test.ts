import test from 'ava';
import { compile } from '../../lib/compile/compile.js';
import { allocate, isFloat, type TypedArray } from '../../lib/graph/dtype.js';
import { type Graph, input, Spec, type Value } from '../../lib/graph/node.js';
import { CAPACITY, type Case, dataOf, SIZES, specsOf } from '../ops/case.js';
import { CASES } from '../ops/cases.js';
import { evaluate, type Sizes } from '../oracle/evaluate.js';
import type { Tensor } from '../oracle/tensor.js';

function outputsOf(row: Case, values: readonly Value[]): Value[] {
  const built = row.build(values);
  return Array.isArray(built) ? [...built] : [built as Value];
}

function typed(x: Tensor): TypedArray {
  const array = allocate(x.dtype, x.data.length);
  array.set(x.data);
  return Object.defineProperty(array, 'shape', { value: x.shape });
}

/** Largest error of one result, relative to its largest element but at least to 1e-3; what is not finite must be equal. */
function error(found: ArrayLike<number>, expected: Tensor): number {
  if (found.length !== expected.data.length) return Number.POSITIVE_INFINITY;
  const scale = expected.data.reduce((most, v) => (Number.isFinite(v) ? Math.max(most, Math.abs(v)) : most), 1e-3);
  return expected.data.reduce((most, v, i) => {
    const difference = Object.is(v, found[i]) || v === found[i] ? 0 : Math.abs(v - found[i]!) / scale;
    return Math.max(most, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
  }, 0);
}

const TOLERANCE = { float32: 4e-6, float64: 1e-13 };

for (const row of CASES) {
  for (const dtype of ['float32', 'float64'] as const) {
    test(`${row.name}, ${dtype}: the native result is the naive one for n = 1, odd and capacity`, (t) => {
      const specs = specsOf(row, dtype);
      const inputs = specs.map((spec, i) => input(spec, `x${i}`) as Value);
      const graph: Graph = { inputs, outputs: outputsOf(row, inputs) };
      // The second argument is not used: its shape binds the sizes that no input has.
      const f = (x: readonly Value[], _sizes: Value) => outputsOf(row, x);
      const types = [specs, new Spec('uint8', ['n', 'T'])] as const;
      using fused = compile(f, types, { capacity: CAPACITY });
      using plain = compile(f, types, { capacity: CAPACITY, fuse: false, poison: true });
      for (const sizes of SIZES as readonly Sizes[]) {
        const data = dataOf(row, dtype, sizes, 3);
        const expected = evaluate(graph, data, sizes);
        const bound = Object.defineProperty(new Uint8Array(sizes['n']! * sizes['T']!), 'shape', { value: [sizes['n'], sizes['T']] });
        for (const run of [fused, plain]) {
          run(data.map(typed), bound).forEach((found, i) => {
            const exact = row.exact === true || !isFloat(expected[i]!.dtype);
            const off = error(found, expected[i]!);
            t.true(
              exact ? off === 0 : off <= TOLERANCE[expected[i]!.dtype === 'float32' ? 'float32' : dtype],
              `output ${i} at n = ${sizes['n']}: off by ${off}`,
            );
          });
        }
      }
    });
  }
}
