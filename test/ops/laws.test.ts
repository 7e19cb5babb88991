import test from 'ava';
import { isFloat } from '../../lib/graph/dtype.js';
import { type Graph, input, nodesOf, type Value } from '../../lib/graph/node.js';
import { bind } from '../../lib/graph/shape.js';
import { verify } from '../../lib/graph/verify.js';
import { ALL_OPS } from '../../lib/ops/index.js';
import { jvpOf, vjpOf } from '../../lib/transforms/index.js';
import { distance, tensorDistance } from '../oracle/close.js';
import { evaluate, type Sizes } from '../oracle/evaluate.js';
import { generator } from '../oracle/random.js';
import { count, type Tensor, tensor } from '../oracle/tensor.js';
import { type Case, dataOf, SIZES, specsOf } from './case.js';
import { CASES } from './cases.js';

type Traced = Graph & { readonly sizes: readonly Sizes[] };

/** The sizes at which a row differs: all of them if any name occurs. */
function sizesOf(row: Case, outputs: readonly Value[]): readonly Sizes[] {
  const named = [...row.inputs.map((x) => x.shape), ...outputs.map((v) => v.shape)].some((shape) =>
    shape.some((d) => typeof d === 'string'),
  );
  return named || outputs.some((v) => nodesOf([v]).some((node) => node.op.name === 'size')) ? SIZES : SIZES.slice(0, 1);
}

function traced(row: Case, dtype: 'float32' | 'float64'): Traced {
  const inputs = specsOf(row, dtype).map((spec, i) => input(spec, `x${i}`));
  const built = row.build(inputs);
  const outputs = Array.isArray(built) ? (built as Value[]) : [built as Value];
  const graph = { inputs, outputs };
  verify(graph);
  return { ...graph, sizes: sizesOf(row, outputs) };
}

function listOf(result: Tensor | readonly Tensor[]): readonly Tensor[] {
  return Array.isArray(result) ? result : [result as Tensor];
}

for (const row of CASES) {
  for (const dtype of ['float32', 'float64'] as const) {
    test(`${row.name}, ${dtype}: equals its plain definition`, (t) => {
      const graph = traced(row, dtype);
      for (const sizes of graph.sizes) {
        const data = dataOf(row, dtype, sizes, 1);
        const found = evaluate(graph, data, sizes),
          expected = listOf(row.naive(data, sizes));
        t.is(found.length, expected.length);
        found.forEach((y, i) => {
          const error = tensorDistance(y, expected[i]!);
          t.true(row.exact ? error === 0 : error <= 1e-13, `output ${i} at n = ${sizes.n}: off by ${error}`);
        });
      }
    });
  }
}

/** Random elements for every value. */
function randomLike(values: readonly Value[], sizes: Sizes, seed: number): Tensor[] {
  const random = generator(seed);
  return values.map((v) => {
    const shape = v.shape.map((d) => bind(d, sizes));
    return tensor(
      v.dtype,
      shape,
      Array.from({ length: count(shape) }, () => 2 * random() - 1),
    );
  });
}

function inner(a: readonly Tensor[], b: readonly Tensor[]): { value: number; scale: number } {
  let value = 0,
    scale = 1;
  a.forEach((x, i) => {
    x.data.forEach((v, j) => {
      value += v * b[i]!.data[j]!;
      scale += Math.abs(v * b[i]!.data[j]!);
    });
  });
  return { value, scale };
}

function moved(data: readonly Tensor[], which: readonly number[], u: readonly Tensor[], step: number): Tensor[] {
  return data.map((x, i) => (which.includes(i) ? { ...x, data: x.data.map((v, j) => v + step * u[which.indexOf(i)]!.data[j]!) } : x));
}

const differentiable = CASES.filter(
  (row) => row.inputs.some((x) => x.dtype === 'float') && traced(row, 'float64').outputs.some((v) => isFloat(v.dtype)),
);

for (const row of differentiable) {
  test(`${row.name}: jvp is the limit of differences, and <w,Ju> = <J'w,u>`, (t) => {
    const graph = traced(row, 'float64');
    const outputs = graph.outputs.filter((v) => isFloat(v.dtype));
    const which = row.differentiate ?? graph.inputs.flatMap((v, i) => (isFloat(v.dtype) ? [i] : []));
    const xs = which.map((i) => graph.inputs[i]!);
    const us = xs.map((v, i) => input(v.spec, `u${i}`)),
      ws = outputs.map((v, i) => input(v.spec, `w${i}`));
    const forward = { inputs: [...graph.inputs, ...us], outputs: jvpOf(outputs, xs, us) };
    const backward = { inputs: [...graph.inputs, ...ws], outputs: vjpOf(outputs, xs, ws) };
    verify(forward);
    verify(backward);
    for (const sizes of graph.sizes) {
      const data = dataOf(row, 'float64', sizes, 2),
        u = randomLike(xs, sizes, 3),
        w = randomLike(outputs, sizes, 4);
      const ju = evaluate(forward, [...data, ...u], sizes),
        jw = evaluate(backward, [...data, ...w], sizes);
      const left = inner(w, ju),
        right = inner(jw, u);
      t.true(Math.abs(left.value - right.value) <= 1e-13 * left.scale * right.scale, `n = ${sizes.n}: ${left.value} vs ${right.value}`);
      const h = 1e-6,
        value = { inputs: graph.inputs, outputs };
      const after = evaluate(value, moved(data, which, u, h), sizes),
        before = evaluate(value, moved(data, which, u, -h), sizes);
      if (row.name.startsWith('stopGradient')) continue;
      ju.forEach((y, i) => {
        const differences = y.data.map((_, j) => (after[i]!.data[j]! - before[i]!.data[j]!) / (2 * h));
        const error = distance(y.data, differences);
        t.true(error <= 1e-7, `output ${i} at n = ${sizes.n}: off by ${error}`);
      });
    }
  });
}

test('every op has a row', (t) => {
  const covered = new Set<string>();
  const visit = (graph: Graph) => {
    for (const node of nodesOf(graph.outputs)) {
      covered.add(node.op.name);
      node.bodies.forEach(visit);
    }
  };
  for (const row of CASES) visit(traced(row, 'float32'));
  t.deepEqual(
    ALL_OPS.map((op) => op.name).filter((name) => !covered.has(name)),
    [],
  );
});

test('row names are unique', (t) => {
  t.is(new Set(CASES.map((row) => row.name)).size, CASES.length);
});
