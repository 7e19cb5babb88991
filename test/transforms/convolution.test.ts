import test from 'ava';
import { expected } from '../../lib/base/errors.js';
import { type Node, Spec, type Value } from '../../lib/graph/node.js';
import { format } from '../../lib/graph/shape.js';
import { trace } from '../../lib/graph/trace.js';
import { apply, type Op } from '../../lib/ops/index.js';
import { grad, hvp, jvpOf, vjpOf } from '../../lib/transforms/index.js';
import { distance } from '../oracle/close.js';
import type { Extension } from '../oracle/evaluate.js';
import { get, indices, position, type Tensor } from '../oracle/tensor.js';
import { differences, f64, randomInputs, run } from './subject.js';

// A convolution as one more bilinear op: x[n,c,h,w] * k[o,c,p,q] -> y[n,o,h-p+1,w-q+1], with stride 1 and no padding.
// Its two siblings are the maps to the other two corners of the trilinear form sum y x k; the three are closed under transposition.

const CONV: Op = {
  name: 'conv',
  kind: 'bilinear',
  infer([x, k]) {
    const [n, c, h, w] = x!.shape as [number, number, number, number],
      [o, c2, p, q] = k!.shape as [number, number, number, number];
    if (c !== c2) throw expected('conv', 'equal channels', `${format(x!)} * ${format(k!)}`);
    return [new Spec(x!.dtype, [n, o, h - p + 1, w - q + 1])];
  },
  transpose: (ct, { inputs }: Node, which) => (which === 0 ? apply(CONV_INPUT, [ct, inputs[1]!]) : apply(CONV_FILTER, [inputs[0]!, ct])),
};

/** (y, k) -> x: the gradient by the input. */
const CONV_INPUT: Op = {
  name: 'convInput',
  kind: 'bilinear',
  infer([y, k]) {
    const [n, , h, w] = y!.shape as [number, number, number, number],
      [, c, p, q] = k!.shape as [number, number, number, number];
    return [new Spec(y!.dtype, [n, c, h + p - 1, w + q - 1])];
  },
  transpose: (ct, { inputs }: Node, which) => (which === 0 ? apply(CONV, [ct, inputs[1]!]) : apply(CONV_FILTER, [ct, inputs[0]!])),
};

/** (x, y) -> k: the gradient by the filter. */
const CONV_FILTER: Op = {
  name: 'convFilter',
  kind: 'bilinear',
  infer([x, y]) {
    const [, c, h, w] = x!.shape as [number, number, number, number],
      [, o, h2, w2] = y!.shape as [number, number, number, number];
    return [new Spec(x!.dtype, [o, c, h - h2 + 1, w - w2 + 1])];
  },
  transpose: (ct, { inputs }: Node, which) => (which === 0 ? apply(CONV_INPUT, [inputs[1]!, ct]) : apply(CONV, [inputs[0]!, ct])),
};

/** Visits every product of the convolution: positions of y, x and k that belong together. */
function products(y: readonly number[], k: readonly number[], visit: (y: number[], x: number[], k: number[]) => void): void {
  indices([...y, ...k.slice(1)], ([n, o, i, j, c, p, q]) => visit([n!, o!, i!, j!], [n!, c!, i! + p!, j! + q!], [o!, c!, p!, q!]));
}

function accumulate(out: { shape: readonly number[] }, fill: (add: (index: number[], v: number) => void) => void): Tensor {
  const data = new Float64Array(out.shape.reduce((a, b) => a * b, 1));
  fill((index, v) => {
    data[position(out.shape, index)]! += v;
  });
  return { dtype: 'float64', shape: out.shape, data };
}

const EXTENSION: Extension = {
  conv: ([x, k], _attrs, out) => accumulate(out, (add) => products(out.shape, k!.shape, (a, b, c) => add(a, get(x!, b) * get(k!, c)))),
  convInput: ([y, k], _attrs, out) => accumulate(out, (add) => products(y!.shape, k!.shape, (a, b, c) => add(b, get(y!, a) * get(k!, c)))),
  convFilter: ([x, y], _attrs, out) =>
    accumulate(out, (add) => products(y!.shape, out.shape, (a, b, c) => add(c, get(x!, b) * get(y!, a)))),
};

const conv = (x: Value, k: Value) => apply(CONV, [x, k]);
const net = (x: Value, k1: Value, k2: Value) => conv(conv(x, k1).tanh(), k2).square().sum();
const SPECS = [f64('n', 2, 5, 4), f64(3, 2, 2, 2), f64(1, 3, 2, 1)] as const;
const sizes = { n: 2 };

test('a convolution from outside the library has gradients by both operands', (t) => {
  const value = trace(net, SPECS);
  const g = trace((x, k1, k2) => grad((p: { x: Value; k1: Value; k2: Value }) => net(p.x, p.k1, p.k2))({ x, k1, k2 }), SPECS);
  const data = randomInputs(g, sizes, 1);
  run(g, data, sizes, EXTENSION).forEach((v, i) => {
    t.true(distance(v.data, differences(value, data, i, sizes, EXTENSION)[0]!) < 1e-7, `operand ${i}`);
  });
});

test('and Hessian products, which differentiate its siblings', (t) => {
  const g = trace((x, k1, k2) => grad((p: Value) => net(x, p, k2))(k1), SPECS);
  const h = trace((x, k1, k2, v) => hvp((p: Value) => net(x, p, k2))(k1, v), [...SPECS, SPECS[1]]);
  const data = randomInputs(h, sizes, 2);
  const jacobian = differences(g, data.slice(0, 3), 1, sizes, EXTENSION);
  const product = jacobian.map((row) => row.reduce((a, e, j) => a + e * data[3]!.data[j]!, 0));
  t.true(distance(run(h, data, sizes, EXTENSION)[0]!.data, product) < 1e-6);
});

for (const [name, op, a, b] of [
  ['conv', CONV, SPECS[0], SPECS[1]],
  ['convInput', CONV_INPUT, f64('n', 3, 4, 3), SPECS[1]],
  ['convFilter', CONV_FILTER, SPECS[0], f64('n', 3, 4, 3)],
] as const) {
  test(`${name}: <w,Ju> = <J'w,u>`, (t) => {
    const out = trace((x, y) => apply(op, [x, y]), [a, b]).outputs[0]!.spec;
    const forward = trace((x, y, u, v) => jvpOf([apply(op, [x, y])], [x, y], [u, v]), [a, b, a, b]);
    const backward = trace((x, y, w) => vjpOf([apply(op, [x, y])], [x, y], [w]), [a, b, out]);
    const data = randomInputs(forward, sizes, 3),
      [w] = randomInputs({ inputs: [backward.inputs[2]!], outputs: [] }, sizes, 4);
    const dot = (p: Tensor, q: Tensor) => p.data.reduce((total, e, i) => total + e * q.data[i]!, 0);
    const left = dot(w!, run(forward, data, sizes, EXTENSION)[0]!);
    const [ju, jv] = run(backward, [data[0]!, data[1]!, w!], sizes, EXTENSION);
    const right = dot(ju!, data[2]!) + dot(jv!, data[3]!);
    t.true(Math.abs(left - right) < 1e-12 * Math.max(1, Math.abs(left)));
  });
}
