import test from 'ava';
import { Spec, type Value } from '../../lib/graph/node.js';
import { print } from '../../lib/graph/print.js';
import type { Shape } from '../../lib/graph/shape.js';
import { trace } from '../../lib/graph/trace.js';
import { cond, literal, scan } from '../../lib/ops/index.js';
import { grad, gradOf, jvpOf, mergeRegions, secondDerivative } from '../../lib/transforms/index.js';

const f32 = <const S extends Shape>(...shape: S): Spec<S> => new Spec('float32', shape);

/** A printed graph, written with the indentation of the test. */
function text([lines]: TemplateStringsArray): string {
  return lines!.replace(/^\n/, '').replace(/\n *$/, '').replace(/^ {4}/gm, '');
}

test('the gradient of a matmul is two matmuls', (t) => {
  const g = trace((a, b, ct) => gradOf(a.matmul(b).mul(ct).sum(), [a, b]), [f32('n', 3), f32(3, 2), f32('n', 2)]);
  t.is(
    print(g),
    text`
    (x0:float32[n,3], x1:float32[3,2], x2:float32[n,2]):
      a:float32[3,2] = matmul x0 x2 {transposeA}
      b:float32[n,3] = matmul x2 x1 {transposeB}
      return b, a
    `,
  );
});

test('zeros and ones of a tangent pass vanish', (t) => {
  const g = trace((x) => jvpOf([x.mul(3).add(1).neg().neg().sub(2)], [x], [x.mul(0).add(1)]), [f32(2)]);
  t.is(
    print(trace((x, dx) => jvpOf([x.mul(3).add(1).neg().neg().sub(2)], [x], [dx]), [f32(2), f32(2)])),
    text`
    (x0:float32[2], x1:float32[2]):
      a:float64[] = constant {value=3}
      b:float32[2] = broadcast a
      c:float32[2] = mul x1 b
      return c
    `,
  );
  t.is(g.outputs.length, 1);
});

test('a layer with a mean loss: forward, then backward over the same nodes', (t) => {
  const g = trace((w, x) => grad((v: Value) => x.matmul(v).tanh().mean())(w), [f32(3, 2), f32('n', 3)]);
  t.is(
    print(g),
    text`
    (x0:float32[3,2], x1:float32[n,3]):
      a:float32[n,2] = matmul x1 x0
      b:float32[n,2] = tanh a
      c:float64[] = size {dim=2*n}
      d:float32[n,2] = square b
      e:float64[] = constant {value=1}
      f:float32[n,2] = broadcast e
      g:float32[n,2] = sub f d
      h:float64[] = reciprocal c
      i:float32[n,2] = broadcast h
      j:float32[n,2] = mul i g
      k:float32[3,2] = matmul x1 j {transposeA}
      return k
    `,
  );
});

test("d'Hd needs no reverse pass", (t) => {
  const g = trace((x, d) => secondDerivative(x.exp().sum(), [x], [d]), [f32('n'), f32('n')]);
  t.is(
    print(g),
    text`
    (x0:float32[n], x1:float32[n]):
      a:float32[n] = exp x0
      b:float32[n] = stopGradient x1
      c:float32[n] = mul b a
      d:float32[n] = mul b c
      e:float64[] = sum d {axes=[0]}
      return e
    `,
  );
});

test('regions are indented, and their gradient is one forward and one reversed scan', (t) => {
  const last = (h: Value, xs: Value) => scan((c, x) => [c.mul(x), []] as const, { carry: h, xs })[0];
  const g = trace((h, xs) => grad((c: Value) => last(c, xs).sum())(h), [f32(2), f32('T', 2)]);
  t.is(
    print({ inputs: g.inputs, outputs: mergeRegions(g.outputs) }),
    text`
    (x0:float32[2], x1:float32[T,2]):
      a:float64[] = constant {value=1}
      b:float32[2] = broadcast a
      c:float32[2] = scan b x1 {length=T reverse consts=0 carries=1 xs=1}
        (cotangent0:float32[2], residual:float32[2]):
          d:float32[2] = mul cotangent0 residual
          return d
      return c
    `,
  );
  t.is(
    print(
      trace(
        (p, x) =>
          cond(
            p,
            (a) => a.exp(),
            (a) => a,
            x,
          ),
        [new Spec('bool', []), f32(2)],
      ),
    ),
    text`
    (x0:bool[], x1:float32[2]):
      a:float32[2] = cond x0 x1
        (operand0:float32[2]):
          b:float32[2] = exp operand0
          return b
        (operand0_1:float32[2]):
          return operand0_1
      return a
    `,
  );
});

test('names follow the argument and its path, long data are cut', (t) => {
  const g = trace((p) => p.layer[0].add(literal([1, 2, 3, 4, 5], [5])), [{ layer: [f32(5)] }]);
  t.is(
    print(g),
    text`
    (x0_layer_0:float32[5]):
      a:float32[5] = literal {data=[1,2,3,4,... 5]}
      b:float32[5] = add x0_layer_0 a
      return b
    `,
  );
});

test('the same function prints the same, whatever was traced before', (t) => {
  const f = () => print(trace((x) => x.softmax().max(-1), [f32('n', 4)]));
  const first = f();
  trace((x) => x.exp(), [f32(1)]);
  t.is(f(), first);
});
