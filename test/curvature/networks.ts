import type { Value } from '../../lib/graph/node.js';
import { product } from '../../lib/graph/shape.js';
import { add, div, maximum, minimum, mul, sub } from '../../lib/ops/arithmetic.js';
import { ge, gt } from '../../lib/ops/comparison.js';
import { erf, exp, expm1, relu, rsqrt, sigmoid, softplus, square, tanh } from '../../lib/ops/elementwise.js';
import { gather } from '../../lib/ops/gather.js';
import { matmul } from '../../lib/ops/matmul.js';
import { reshape, transpose } from '../../lib/ops/movement.js';
import { logSumExp, mean } from '../../lib/ops/reduce.js';
import { scan } from '../../lib/ops/scan.js';
import { select } from '../../lib/ops/select.js';
import { pad, slice } from '../../lib/ops/slicing.js';
import { full, iota } from '../../lib/ops/sources.js';

/** A layer as the oracle file describes it. */
export type LayerDescription = {
  readonly type: string;
  readonly params?: readonly string[];
  readonly kind?: string;
  readonly stride?: number;
  readonly padding?: string;
  readonly size?: number;
  readonly eps?: number;
  readonly output?: string;
};

type Params = Readonly<Record<string, Value>>;
type Apply = (x: Value, p: readonly Value[], layer: LayerDescription) => Value;

const gelu = (x: Value): Value => mul(mul(x, 0.5), add(erf(div(x, Math.SQRT2)), 1));

const ACTIVATIONS: Readonly<Record<string, (x: Value) => Value>> = {
  relu,
  tanh,
  sigmoid,
  softplus,
  gelu,
  gelu_tanh: (x) => mul(mul(x, 0.5), add(tanh(mul(add(x, mul(mul(square(x), x), 0.044715)), Math.sqrt(2 / Math.PI))), 1)),
  silu: (x) => mul(x, sigmoid(x)),
  leaky_relu: (x) => select(gt(x, 0), x, mul(x, 0.01)),
  elu: (x) => select(gt(x, 0), x, expm1(minimum(x, 0))),
};

const dense: Apply = (x, [w, b]) => {
  const y = matmul(x, w!);
  return b === undefined ? y : add(y, b);
};

/** Every window position (i, j) of a k-by-l window as a strided slice of x[n,h,w,c]. */
function windows(
  x: Value,
  [k, l]: readonly [number, number],
  stride: number,
): { readonly i: number; readonly j: number; readonly at: Value }[] {
  const [h, w] = [x.shape[1] as number, x.shape[2] as number];
  const rows = Math.floor((h - k) / stride) * stride + 1;
  const columns = Math.floor((w - l) / stride) * stride + 1;
  return Array.from({ length: k * l }, (_, index) => {
    const i = Math.floor(index / l);
    const j = index % l;
    return { i, j, at: slice(x, [null, [i, i + rows, stride], [j, j + columns, stride], null]) };
  });
}

function samePadding(size: number, k: number, stride: number): readonly [number, number] {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + k - size, 0);
  return [Math.floor(total / 2), total - Math.floor(total / 2)];
}

const conv: Apply = (x, [filters, b], { stride = 1, padding }) => {
  const [k, l, cin, cout] = filters!.shape as readonly number[];
  const padded =
    padding === 'SAME'
      ? pad(x, [null, samePadding(x.shape[1] as number, k!, stride), samePadding(x.shape[2] as number, l!, stride), null])
      : x;
  const parts = windows(padded, [k!, l!], stride).map(({ i, j, at }) =>
    matmul(at, reshape(slice(filters!, [[i, i + 1], [j, j + 1], null, null]), [cin!, cout!])),
  );
  const y = parts.reduce((a, part) => add(a, part));
  return b === undefined ? y : add(y, b);
};

const pool =
  (combine: (parts: readonly Value[]) => Value): Apply =>
  (x, _p, { size = 2, stride = 1 }) =>
    combine(windows(x, [size, size], stride).map(({ at }) => at));

function normalize(x: Value, axes: readonly number[], [scale, shift]: readonly Value[], eps: number): Value {
  const centered = sub(x, mean(x, axes, { keepDims: true }));
  const variance = mean(square(centered), axes, { keepDims: true });
  return add(mul(mul(centered, rsqrt(add(variance, eps))), scale!), shift!);
}

const layerNorm: Apply = (x, p, { eps = 1e-5 }) => normalize(x, [x.rank - 1], p, eps);

const attention: Apply = (x, [scale, shift, wq, wk, wv, wo]) => {
  const h = layerNorm(x, [scale!, shift!], { type: 'layer_norm' });
  const [q, k, v] = [wq!, wk!, wv!].map((w) => matmul(h, w)) as [Value, Value, Value];
  const steps = x.shape[1] as number;
  const scores = div(matmul(q, k, { transposeB: true }), Math.sqrt(x.shape[2] as number)); //     [n,t,s]
  const past = ge(iota([steps, steps], 0), iota([steps, steps], 1));
  const masked = select(past, scores, full(scores.shape, -1e30, x.dtype));
  const weights = exp(sub(masked, logSumExp(masked, -1, { keepDims: true })));
  return add(x, matmul(matmul(weights, v), wo!));
};

const lstm: Apply = (x, [wx, wh, b], { output }) => {
  const units = wh!.shape[0] as number;
  const zero = full([x.shape[0]!, units], 0, x.dtype);
  const part = (z: Value, i: number) => slice(z, [null, [i * units, (i + 1) * units]]);
  const [last, all] = scan(
    ({ h, c }: { h: Value; c: Value }, xt: Value) => {
      const z = add(add(matmul(xt, wx!), matmul(h, wh!)), b!);
      const [i, f, g, o] = [0, 1, 2, 3].map((at) => part(z, at)) as [Value, Value, Value, Value];
      const c1 = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
      const h1 = mul(sigmoid(o), tanh(c1));
      return [{ h: h1, c: c1 }, h1] as const;
    },
    { carry: { h: zero, c: zero }, xs: transpose(x, [1, 0, 2]) },
  );
  return output === 'last' ? (last.h as Value) : transpose(all as Value, [1, 0, 2]);
};

const LAYERS: Readonly<Record<string, Apply>> = {
  dense,
  conv,
  activation: (x, _p, { kind }) => ACTIVATIONS[kind!]!(x),
  flatten: (x) => reshape(x, [x.shape[0]!, product(x.shape.slice(1))]),
  max_pool: pool((parts) => parts.reduce((a, b) => maximum(a, b))),
  avg_pool: pool((parts) =>
    div(
      parts.reduce((a, b) => add(a, b)),
      parts.length,
    ),
  ),
  global_avg_pool: (x) => mean(x, [1, 2]),
  batch_norm: (x, p, { eps = 1e-5 }) =>
    normalize(
      x,
      Array.from({ length: x.rank - 1 }, (_, axis) => axis),
      p,
      eps,
    ),
  layer_norm: layerNorm,
  embedding: (tokens, [table, positions]) => {
    const rows = gather(table!, tokens);
    return positions === undefined ? rows : add(rows, positions);
  },
  attention,
  ffn: (x, [scale, shift, w1, b1, w2, b2]) => {
    const h = layerNorm(x, [scale!, shift!], { type: 'layer_norm' });
    return add(x, dense(gelu(dense(h, [w1!, b1!], { type: 'dense' })), [w2!, b2!], { type: 'dense' }));
  },
  tied_head: (x, [table]) => matmul(x, table!, { transposeB: true }),
  lstm,
};

/** The outputs of a described network, written with the ops alone. */
export function network(layers: readonly LayerDescription[], params: Params, x: Value): Value {
  return layers.reduce((h, layer) => {
    const apply = LAYERS[layer.type];
    if (apply === undefined) throw new Error(`no layer '${layer.type}'`);
    return apply(
      h,
      (layer.params ?? []).map((name) => params[name]!),
      layer,
    );
  }, x);
}
