import test from 'ava';
import type { Value } from '../../lib/graph/node.js';
import { trace } from '../../lib/graph/trace.js';
import { cond, logSoftmax, reshape, scan, stopGradient } from '../../lib/ops/index.js';
import { grad, gradOf, hvp, valueAndGrad, valueAndGradWithAux, vjpOf } from '../../lib/transforms/index.js';
import { distance } from '../oracle/close.js';
import { tensor } from '../oracle/tensor.js';
import { differences, f64, randomInputs, run } from './subject.js';

type Normalization = { readonly x: Value; readonly scale: Value; readonly shift: Value };

/** Batch norm over the examples, Ioffe & Szegedy 2015, then something not symmetric in the batch. */
function batchNorm({ x, scale, shift }: Normalization, weight: Value): Value {
  const center = x.sub(x.mean(0));
  const y = center.mul(center.square().mean(0).add(1e-3).rsqrt()).mul(scale).add(shift);
  return y.tanh().mul(weight).sum();
}

const NORM = { x: f64('n', 3), scale: f64(3), shift: f64(3) };

for (const n of [1, 5, 8]) {
  test(`batch norm over ${n} examples: gradient and Hessian product equal differences`, (t) => {
    const sizes = { n };
    const value = trace(batchNorm, [NORM, f64('n', 3)]);
    const g = trace((p, w) => grad(batchNorm)(p, w), [NORM, f64('n', 3)]);
    const data = randomInputs(g, sizes, n);
    run(g, data, sizes).forEach((v, i) => {
      t.true(distance(v.data, differences(value, data, i, sizes)[0]!) < 1e-6, `leaf ${i}`);
    });
    const gx = trace((p, w) => grad((x: Value) => batchNorm({ ...p, x }, w))(p.x), [NORM, f64('n', 3)]);
    const hx = trace((p, w, v) => hvp((x: Value) => batchNorm({ ...p, x }, w))(p.x, v), [NORM, f64('n', 3), f64('n', 3)]);
    const more = randomInputs(hx, sizes, n);
    const product = differences(gx, more.slice(0, 4), 0, sizes).map((row) => row.reduce((a, e, j) => a + e * more[4]!.data[j]!, 0));
    t.true(distance(run(hx, more, sizes)[0]!.data, product) < 1e-5 * (n === 1 ? 1 : 10));
  });
}

type Net = { readonly w1: Value; readonly b1: Value; readonly w2: Value };
const NET = { w1: f64(3, 4), b1: f64(4), w2: f64(4, 2) };

function loss(p: Net, x: Value, y: Value): Value {
  return logSoftmax(x.matmul(p.w1).add(p.b1).tanh().matmul(p.w2)).mul(y).sum().neg();
}

test('micro-batches in a scan give the gradient of the full batch', (t) => {
  const specs = [NET, f64('m', 5, 3), f64('m', 5, 2)] as const;
  const full = trace((p, x, y) => grad(loss)(p, reshape(x, ['5*m', 3]), reshape(y, ['5*m', 2])), specs);
  const parts = trace(
    (p, xs, ys) =>
      scan(
        (sum, [x, y]) => {
          const g = grad(loss)(p as Net, x, y);
          return [{ w1: sum.w1.add(g.w1), b1: sum.b1.add(g.b1), w2: sum.w2.add(g.w2) }, []];
        },
        { carry: { w1: p.w1.mul(0), b1: p.b1.mul(0), w2: p.w2.mul(0) }, xs: [xs, ys] as const },
      )[0],
    specs,
  );
  for (const m of [1, 3, 8]) {
    const data = randomInputs(full, { m }, m);
    const a = run(full, data, { m }),
      b = run(parts, data, { m });
    a.forEach((v, i) => {
      t.true(distance(b[i]!.data, v.data) < 1e-14, `leaf ${i} of ${m} micro-batches`);
    });
  }
});

test('the gradient of a scan of losses, taken outside, is the same as taken inside', (t) => {
  const specs = [NET, f64('m', 5, 3), f64('m', 5, 2)] as const;
  const full = trace((p, x, y) => grad(loss)(p, reshape(x, ['5*m', 3]), reshape(y, ['5*m', 2])), specs);
  const summed = (p: Net, xs: Value, ys: Value) =>
    scan((total, [x, y]) => [total.add(loss(p, x, y)), []] as const, { carry: 0, xs: [xs, ys] as const })[0];
  const outside = trace((p, xs, ys) => grad(summed)(p, xs, ys), specs);
  const data = randomInputs(full, { m: 3 }, 7);
  const a = run(full, data, { m: 3 }),
    b = run(outside, data, { m: 3 });
  a.forEach((v, i) => {
    t.true(distance(b[i]!.data, v.data) < 1e-14, `leaf ${i}`);
  });
});

test('taps return the cotangent of every tapped value, several per layer and of tied weights', (t) => {
  const specs = [f64('n', 3), f64(3, 3)] as const;
  const f = trace((x, w) => {
    const a = x.tap('in 1'),
      s = a.matmul(w).tap('out 1');
    const b = s.tanh().tap('in 2'),
      r = b.matmul(w).tap('out 2');
    const { cotangents, taps } = vjpOf([r.square().sum()], [w], [x.mul(0).sum().add(1)], { taps: true });
    const plain = [s, b, r].map((v) => gradOf(r.square().sum(), [v])[0]!);
    t.deepEqual(
      taps.map((tap) => tap.name),
      ['out 1', 'in 2', 'out 2'],
    );
    t.true(taps[0]!.value === s && taps[2]!.value === r);
    const [dw] = cotangents;
    const byTaps = a.matmul(taps[0]!.cotangent, { transposeA: true }).add(b.matmul(taps[2]!.cotangent, { transposeA: true }));
    return { taps: taps.map((tap) => tap.cotangent), plain, dw: dw!, byTaps };
  }, specs);
  const data = randomInputs(f, { n: 4 }, 1);
  const [t0, t1, t2, p0, p1, p2, dw, byTaps] = run(f, data, { n: 4 });
  for (const [a, b] of [
    [t0, p0],
    [t1, p1],
    [t2, p2],
    [dw, byTaps],
  ] as const)
    t.true(distance(a!.data, b!.data) < 1e-14);
});

test('taps of the first derivative are found under a second one', (t) => {
  const f = trace(
    (x) => {
      const y = x.tap('here').square().mul(x).sum();
      const [g] = gradOf(y, [x]);
      const { taps } = vjpOf([g!.square().sum()], [x], [x.sum().mul(0).add(1)], { taps: true });
      return taps.map((tap) => tap.cotangent);
    },
    [f64(3)],
  );
  t.is(f.outputs.length, 1);
  run(f, randomInputs(f, {}, 1));
});

test('cond: value, gradient and Hessian product follow the branch that runs', (t) => {
  const f = (w: Value, x: Value, limit: Value) =>
    cond(
      x.sum().gt(limit),
      ([a]) => a.mul(w).exp().sum(),
      ([a]) => a.mul(a).mul(w.square()).sum().add(1),
      [x] as const,
    ).square();
  const specs = [f64('n'), f64('n'), f64()] as const,
    sizes = { n: 3 };
  const value = trace(f, specs);
  const g = trace((w, x, l) => grad((p: { w: Value; x: Value }) => f(p.w, p.x, l))({ w, x }), specs);
  const gw = trace((w, x, l) => grad((p: Value) => f(p, x, l))(w), specs);
  const h = trace((w, x, l, v) => hvp((p: Value) => f(p, x, l))(w, v), [...specs, f64('n')]);
  for (const limit of [-100, 100]) {
    const data = randomInputs(h, sizes, 11).with(2, tensor('float64', [], [limit]));
    run(g, data.slice(0, 3), sizes).forEach((v, i) => {
      t.true(distance(v.data, differences(value, data.slice(0, 3), i, sizes)[0]!) < 1e-7, `leaf ${i}, limit ${limit}`);
    });
    const product = differences(gw, data.slice(0, 3), 0, sizes).map((row) => row.reduce((a, e, j) => a + e * data[3]!.data[j]!, 0));
    t.true(distance(run(h, data, sizes)[0]!.data, product) < 1e-6);
  }
});

test('ties: relu and abs have slope 0 at 0, equal operands and equal maxima share', (t) => {
  const g = trace(
    (x) => {
      const slope = (f: (v: Value) => Value) => grad((v: Value) => f(v).sum())(x);
      return [
        slope((v) => v.relu()),
        slope((v) => v.abs()),
        slope((v) => v.maximum(x.stopGradient())),
        slope((v) => v.max()),
        slope((v) => v.minimum(0)),
      ];
    },
    [f64(4)],
  );
  const found = run(g, [tensor('float64', [4], [0, 2, -1, 2])]).map((y) => [...y.data]);
  t.deepEqual(found, [
    [0, 1, 0, 1],
    [0, 1, -1, 1],
    [0.5, 0.5, 0.5, 0.5],
    [0, 0.5, 0, 0.5],
    [0.5, 0, 1, 0],
  ]);
});

test('stopGradient has no derivative, and values that do not depend have zeros', (t) => {
  const g = trace((x, y) => gradOf(stopGradient(x).mul(x).sum(), [x, y]), [f64(2), f64(3)]);
  const [dx, dy] = run(g, [tensor('float64', [2], [3, 4]), tensor('float64', [3], [1, 1, 1])]);
  t.deepEqual(
    [[...dx!.data], [...dy!.data]],
    [
      [3, 4],
      [0, 0, 0],
    ],
  );
});

test('valueAndGrad returns the traced loss itself, and hands aux through', (t) => {
  trace(
    (p, x, y) => {
      const [value, gradient, aux] = valueAndGradWithAux((q: Net, a: Value, b: Value) => {
        const l = loss(q, a, b);
        return [l, { l, a }] as const;
      })(p, x, y);
      t.is(value, aux.l);
      t.is(aux.a, x);
      t.deepEqual(Object.keys(gradient), ['w1', 'b1', 'w2']);
      t.deepEqual(valueAndGrad(loss)(p, x, y)[1].b1.shape, [4]);
      return value;
    },
    [NET, f64('n', 3), f64('n', 2)],
  );
});

test('misuse is one sentence', (t) => {
  trace(
    (x, n) => {
      t.throws(() => gradOf(x, [x]), {
        instanceOf: TypeError,
        message: 'gradOf: expected a float scalar, got float64[3]; reduce it with sum() or mean()',
      });
      t.throws(() => gradOf(x.sum(), [x, x]), { message: 'vjpOf: expected distinct inputs, got one value twice; name it once' });
      t.throws(() => gradOf(x.sum(), [n.cast('int32')]), { message: 'vjpOf: expected floats to differentiate, got int32[]' });
      t.throws(() => vjpOf([x], [x], [x.sum()]), { message: 'vjpOf: expected cotangents like float64[3], got float64[]' });
      t.throws(() => vjpOf([x], [x], []), { message: 'vjpOf: expected 1 cotangents, got 0' });
      return x;
    },
    [f64(3), f64()],
  );
});
