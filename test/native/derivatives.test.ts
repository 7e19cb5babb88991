import test from 'ava';
import { compile } from '../../lib/compile/compile.js';
import { allocate, isFloat, type TypedArray } from '../../lib/graph/dtype.js';
import { input, Spec, type Value } from '../../lib/graph/node.js';
import { mul, sum } from '../../lib/ops/index.js';
import { hvpOf, jvpOf, vjpOf } from '../../lib/transforms/index.js';
import { CAPACITY, type Case, dataOf, SIZES, specsOf } from '../ops/case.js';
import { CASES } from '../ops/cases.js';
import { distance } from '../oracle/close.js';
import { evaluate } from '../oracle/evaluate.js';
import type { Tensor } from '../oracle/tensor.js';
import { randomInputs } from '../transforms/subject.js';

function typed(x: Tensor): TypedArray {
  const array = allocate(x.dtype, x.data.length);
  array.set(x.data);
  return Object.defineProperty(array, 'shape', { value: x.shape });
}

/** Tangents, cotangents and a Hessian product of a row's float outputs, at fixed weights derived from its own values. */
function derivatives(row: Case, xs: readonly Value[]): Value[] {
  const built = row.build(xs);
  const outputs = (Array.isArray(built) ? (built as Value[]) : [built as Value]).filter((v) => isFloat(v.dtype));
  const at = xs.filter((v) => isFloat(v.dtype));
  const along = at.map((v) => v.mul(0.5).add(0.25));
  const loss = outputs.map((v) => sum(mul(v, v)).mul(0.5)).reduce((a, b) => a.add(b));
  return [...jvpOf(outputs, at, along), ...vjpOf(outputs, at, outputs), ...hvpOf(loss, at, along)];
}

const rows = CASES.filter((row) => {
  const xs = specsOf(row, 'float64').map((spec) => input(spec, 'x') as Value);
  const built = row.build(xs);
  return xs.some((v) => isFloat(v.dtype)) && (Array.isArray(built) ? (built as Value[]) : [built as Value]).some((v) => isFloat(v.dtype));
});

for (const row of rows) {
  test(`${row.name}: native derivatives are the naive ones`, (t) => {
    const specs = specsOf(row, 'float64');
    const inputs = specs.map((spec, i) => input(spec, `x${i}`) as Value);
    const graph = { inputs, outputs: derivatives(row, inputs) };
    using run = compile((xs: readonly Value[], _sizes: Value) => derivatives(row, xs), [specs, new Spec('uint8', ['n', 'T'])] as const, {
      capacity: CAPACITY,
    });
    for (const sizes of SIZES) {
      const data = dataOf(row, 'float64', sizes, 5);
      const expected = evaluate(graph, data, sizes);
      const [bound] = randomInputs({ inputs: [input(new Spec('uint8', ['n', 'T']), 'sizes')], outputs: [] }, sizes, 1, 0);
      run(data.map(typed), typed(bound!)).forEach((found, i) => {
        const scale = Math.max(1, ...expected[i]!.data.map(Math.abs));
        const off = distance(
          [...found].map((v) => v / scale),
          [...expected[i]!.data].map((v) => v / scale),
        );
        t.true(off <= 1e-13, `output ${i} at n = ${sizes['n']}: off by ${off}`);
      });
    }
  });
}
