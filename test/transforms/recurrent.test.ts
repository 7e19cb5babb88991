import test from 'ava';
import { type Graph, nodesOf, type Value } from '../../lib/graph/node.js';
import { trace } from '../../lib/graph/trace.js';
import { reshape, scan, slice } from '../../lib/ops/index.js';
import { grad, hvp, mergeRegions } from '../../lib/transforms/index.js';
import { distance } from '../oracle/close.js';
import { differences, f64, randomInputs, run } from './subject.js';

type Cell = { readonly w: Value; readonly u: Value; readonly b: Value };

const step = (p: Cell, h: Value, x: Value) => h.matmul(p.w).add(x.matmul(p.u)).add(p.b).tanh();

/** Mean square of every hidden state, and of the last one once more. */
function scanned(p: Cell, h0: Value, xs: Value): Value {
  const [last, states] = scan(
    (h, x) => {
      const next = step(p, h, x);
      return [next, next];
    },
    { carry: h0, xs },
  );
  return states.square().mean().add(last.square().sum());
}

function unrolled(p: Cell, h0: Value, xs: Value): Value {
  const steps = xs.shape[0] as number;
  const states: Value[] = [];
  for (let t = 0; t < steps; t++) {
    const x = reshape(slice(xs, [[t, t + 1], null, null]), xs.shape.slice(1));
    states.push(step(p, states.at(-1) ?? h0, x));
  }
  const total = states.map((h) => h.square().mean()).reduce((a, b) => a.add(b));
  return total.div(steps).add(states.at(-1)!.square().sum());
}

const CELL = { w: f64(3, 3), u: f64(2, 3), b: f64(3) };
const SPECS = [CELL, f64('n', 3), f64(4, 'n', 2)] as const;
const sizes = { n: 3 };

function gradient(loss: typeof scanned): Graph {
  return trace((p, h0, xs) => grad((all: { p: Cell; h0: Value; xs: Value }) => loss(all.p, all.h0, all.xs))({ p, h0, xs }), SPECS);
}

test('the gradient of a scanned recurrent net equals the unrolled one, by weights, first state and inputs', (t) => {
  const a = gradient(scanned),
    b = gradient(unrolled);
  const data = randomInputs(a, sizes, 1);
  const x = run(a, data, sizes),
    y = run(b, data, sizes);
  x.forEach((v, i) => {
    t.true(distance(v.data, y[i]!.data) < 1e-14, `leaf ${i}`);
  });
});

test('it equals central differences', (t) => {
  const value = trace((p, h0, xs) => scanned(p, h0, xs), SPECS),
    g = gradient(scanned);
  const data = randomInputs(g, sizes, 2);
  const found = run(g, data, sizes);
  found.forEach((v, i) => {
    t.true(distance(v.data, differences(value, data, i, sizes)[0]!) < 1e-8, `leaf ${i}`);
  });
});

function curvature(loss: typeof scanned): Graph {
  return trace((p, h0, xs, v) => hvp((q: Cell) => loss(q, h0, xs))(p, v), [...SPECS, CELL]);
}

test('Hessian products through a scan equal the unrolled ones and differences of gradients', (t) => {
  const a = curvature(scanned),
    b = curvature(unrolled);
  const data = randomInputs(a, sizes, 3);
  const x = run(a, data, sizes),
    y = run(b, data, sizes);
  const g = trace((p, h0, xs) => grad((q: Cell) => scanned(q, h0, xs))(p), SPECS);
  const direction = data.slice(5);
  const at = (h: number) =>
    run(
      g,
      data.slice(0, 5).map((v, i) => (i < 3 ? { ...v, data: v.data.map((e, j) => e + h * direction[i]!.data[j]!) } : v)),
      sizes,
    );
  const after = at(1e-5),
    before = at(-1e-5);
  x.forEach((v, i) => {
    t.true(distance(v.data, y[i]!.data) < 1e-13, `leaf ${i} against the unrolled net`);
    const slope = after[i]!.data.map((e, j) => (e - before[i]!.data[j]!) / 2e-5);
    t.true(distance(v.data, slope) < 1e-8, `leaf ${i} against differences`);
  });
});

const scans = (g: Graph) => nodesOf(g.outputs).filter((node) => node.op.name === 'scan').length;

test('merging regions joins the forward scans again and changes no bit', (t) => {
  for (const [graph, before, after] of [
    [gradient(scanned), 3, 2],
    [curvature(scanned), 6, 4],
  ] as const) {
    const merged = { inputs: graph.inputs, outputs: mergeRegions(graph.outputs) };
    t.deepEqual([scans(graph), scans(merged)], [before, after]);
    const data = randomInputs(graph, sizes, 4);
    t.deepEqual(run(merged, data, sizes), run(graph, data, sizes));
  }
});

test('zero iterations hand the first carry through, and its cotangent back', (t) => {
  const g = trace(
    (h0, xs) =>
      grad((h: Value) =>
        scan((c, x) => [c.mul(x), []] as const, { carry: h, xs })[0]
          .square()
          .sum(),
      )(h0),
    [f64(2), f64('T', 2)],
  );
  const data = randomInputs(g, { T: 0 }, 5);
  t.deepEqual(
    [...run(g, data, { T: 0 })[0]!.data],
    [...data[0]!.data].map((x) => 2 * x),
  );
});

test('a scan in a scan: gradient and Hessian product equal differences', (t) => {
  const f = (w: Value, xs: Value) =>
    scan(
      (outer, x) => {
        const [inner] = scan((c) => [c.mul(w).tanh().add(x), []] as const, { carry: outer, length: 2 });
        return [inner, inner.square().sum()];
      },
      { carry: w.mul(0), xs },
    )[1].sum();
  const specs = [f64(2), f64(3, 2)] as const;
  const value = trace(f, specs),
    g = trace((w, xs) => grad((v: Value) => f(v, xs))(w), specs);
  const h = trace((w, xs, v) => hvp((u: Value) => f(u, xs))(w, v), [...specs, f64(2)]);
  const data = randomInputs(h, {}, 6);
  t.true(distance(run(g, data)[0]!.data, differences(value, data.slice(0, 2), 0)[0]!) < 1e-8);
  const jacobian = differences(g, data.slice(0, 2), 0);
  t.true(
    distance(
      run(h, data)[0]!.data,
      jacobian.map((row) => row.reduce((a, e, j) => a + e * data[2]!.data[j]!, 0)),
    ) < 1e-7,
  );
});
