import test from 'ava';
import { leaves } from '../../lib/base/tree.js';
import type { Value } from '../../lib/graph/node.js';
import { trace } from '../../lib/graph/trace.js';
import { logSumExp, size, softmax } from '../../lib/ops/index.js';
import { fisherVp, ggnForm, ggnvp, grad, hvp, jvp, outputHessian, secondDerivative, vjp } from '../../lib/transforms/index.js';
import { distance } from '../oracle/close.js';
import { differences, f64, randomInputs, run } from './subject.js';

// Softmax cross-entropy of a two-layer net with 14 weights, against dense Jacobians and Hessians by differences.

type Net = { readonly w: Value; readonly v: Value };
const NET = { w: f64(2, 3), v: f64(3, 3) };
const SPECS = [NET, f64('n', 2), f64('n', 3)] as const;
const sizes = { n: 4 };

const outputs = (p: Net, x: Value) => x.matmul(p.w).tanh().matmul(p.v);
const value = (z: Value, y: Value) => logSumExp(z, -1).sub(z.mul(y).sum(-1)).mean();

function fisher(z: Value, u: Value): Value {
  const p = softmax(z);
  return p.mul(u.sub(p.mul(u).sum(-1, { keepDims: true }))).div(size('n'));
}

const dense = trace((p, x, y) => value(outputs(p, x), y), SPECS);
const gradient = trace((p, x, y) => grad((q: Net) => value(outputs(q, x), y))(p), SPECS);

/** The 15 x 15 Hessian, from differences of exact gradients. */
function hessian(data: Parameters<typeof run>[1]): number[][] {
  const flat = { inputs: gradient.inputs, outputs: gradient.outputs };
  const rows = [0, 1].flatMap((leaf) => {
    const one = (which: number) => differences({ ...flat, outputs: [flat.outputs[leaf]!] }, data, which, sizes, {}, 1e-5);
    const a = one(0),
      b = one(1);
    return a.map((row, i) => [...row, ...b[i]!]);
  });
  return rows;
}

const times = (m: readonly number[][], v: readonly number[]) => m.map((row) => row.reduce((total, e, j) => total + e * v[j]!, 0));
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((total, e, i) => total + e * b[i]!, 0);
const flat = (list: readonly { data: Float64Array }[]) => list.flatMap((x) => [...x.data]);

/** Inputs with targets that are probabilities, and a direction. */
function point(seed: number) {
  const graph = trace((_p, _x, _y, d) => leaves<Value>(d), [...SPECS, NET]);
  const data = randomInputs(graph, sizes, seed);
  const y = data[3]!;
  for (let i = 0; i < 4; i++) {
    const row = y.data.subarray(3 * i, 3 * i + 3).map(Math.exp),
      total = row.reduce((a, b) => a + b);
    y.data.set(
      row.map((e) => e / total),
      3 * i,
    );
  }
  return { at: data.slice(0, 4), direction: data.slice(4), all: data };
}

test('the gradient equals central differences', (t) => {
  const { at } = point(1);
  run(gradient, at, sizes).forEach((g, i) => {
    t.true(distance(g.data, differences(dense, at, i, sizes)[0]!) < 1e-9);
  });
});

test("Hessian products and d'Hd equal the dense Hessian's, and v'Hw = w'Hv", (t) => {
  const { at, direction, all } = point(2);
  const h = hessian(at),
    d = flat(direction);
  const product = trace((p, x, y, v) => hvp((q: Net) => value(outputs(q, x), y))(p, v), [...SPECS, NET]);
  const form = trace((p, x, y, v) => secondDerivative(value(outputs(p, x), y), leaves<Value>(p), leaves<Value>(v)), [...SPECS, NET]);
  const hd = flat(run(product, all, sizes));
  t.true(distance(hd, times(h, d)) < 1e-9);
  t.true(Math.abs(run(form, all, sizes)[0]!.data[0]! - dot(d, hd)) < 1e-14);
  const other = point(3).direction;
  t.true(Math.abs(dot(flat(other), hd) - dot(d, flat(run(product, [...at, ...other], sizes)))) < 1e-14);
});

test("d'Hd takes d as constant, also where it was computed from the parameters", (t) => {
  const specs = [f64(3)] as const;
  const loss = (x: Value) => x.exp().mul(x).sum();
  const g = trace((x) => {
    const d = grad(loss)(x).neg();
    return [secondDerivative(loss(x), [x], [d]), hvp(loss)(x, d).mul(d).sum()];
  }, specs);
  const [form, product] = run(g, randomInputs(g, {}, 8));
  t.true(distance(form!.data, product!.data) < 1e-14);
});

test("Gauss-Newton products and d'Gd equal J'BJ, with B stated or derived", (t) => {
  const { at, direction, all } = point(4);
  const d = flat(direction);
  const z = trace((p, x, _y) => outputs(p, x), SPECS);
  const j = [0, 1].map((i) => differences(z, at, i, sizes));
  const jacobian = j[0]!.map((row, i) => [...row, ...j[1]![i]!]);
  const [logits] = run(z, at, sizes);
  const jd = times(jacobian, d);
  const bjd = [0, 1, 2, 3].flatMap((i) => {
    const e = [0, 1, 2].map((k) => Math.exp(logits!.data[3 * i + k]!)),
      total = e[0]! + e[1]! + e[2]!;
    const p = e.map((v) => v / total),
      u = jd.slice(3 * i, 3 * i + 3),
      mean = dot(p, u);
    return p.map((v, k) => (v * (u[k]! - mean)) / 4);
  });
  const expected = jacobian[0]!.map((_, c) => jacobian.reduce((total, row, r) => total + row[c]! * bjd[r]!, 0));
  const stated = trace((p, x, _y, v) => fisherVp((q: Net) => outputs(q, x), fisher)(p, v), [...SPECS, NET]);
  const derived = trace(
    (p, x, y, v) =>
      ggnvp(
        (q: Net) => outputs(q, x),
        outputHessian((o) => value(o, y)),
      )(p, v),
    [...SPECS, NET],
  );
  const form = trace((p, x, _y, v) => ggnForm(outputs(p, x), leaves<Value>(p), leaves<Value>(v), fisher), [...SPECS, NET]);
  const gd = flat(run(stated, all, sizes));
  t.true(distance(gd, expected) < 1e-9);
  t.true(distance(flat(run(derived, all, sizes)), gd) < 1e-13);
  const quadratic = run(form, all, sizes)[0]!.data[0]!;
  t.true(Math.abs(quadratic - dot(d, gd)) < 1e-14 && quadratic > 0);
});

test('on a linear model the Hessian is the Gauss-Newton matrix', (t) => {
  const specs = [f64(2, 3), f64('n', 2), f64('n', 3), f64(2, 3)] as const;
  const h = trace((w, x, y, v) => hvp((q: Value) => value(x.matmul(q), y))(w, v), specs);
  const g = trace((w, x, _y, v) => ggnvp((q: Value) => x.matmul(q), fisher)(w, v), specs);
  const data = randomInputs(h, sizes, 5);
  // The targets need not be probabilities: they do not enter the Hessian.
  t.true(distance(run(h, data, sizes)[0]!.data, run(g, data, sizes)[0]!.data) < 1e-14);
});

test('jvp and vjp of trees return value and derivative together', (t) => {
  const f = (p: Net) => ({ z: p.w.matmul(p.v), s: p.w.sum() });
  const forward = trace((p, d) => jvp(f)(p, d), [NET, NET]);
  const backward = trace((p, ct) => vjp(f)(p)[1](ct), [NET, { z: f64(2, 3), s: f64() }]);
  const data = randomInputs(forward, {}, 6),
    w = randomInputs({ inputs: backward.inputs.slice(2), outputs: [] }, {}, 7);
  const [, , dz, ds] = run(forward, data);
  const left = dot([...w[0]!.data], [...dz!.data]) + w[1]!.data[0]! * ds!.data[0]!;
  t.true(Math.abs(left - dot(flat(run(backward, [...data.slice(0, 2), ...w])), flat(data.slice(2)))) < 1e-14);
});
