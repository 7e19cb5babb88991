import type { DType } from '../../lib/graph/dtype.js';
import { bits53, philox, word } from './philox.js';
import { build, count, get, indices, position, type Tensor, tensor } from './tensor.js';

/** Attributes of a node with all named sizes bound. */
export type BoundAttrs = Readonly<Record<string, unknown>>;
export type TensorOp = (inputs: readonly Tensor[], attrs: BoundAttrs, out: { dtype: DType; shape: readonly number[] }) => Tensor;

/** Lists of the elements that each output of a reduction is made of. */
function reduction(f: (elements: number[]) => number): TensorOp {
  return ([x], attrs, out) => {
    const axes = attrs.axes as number[];
    const lists: number[][] = Array.from({ length: count(out.shape) }, () => []);
    const kept = x!.shape.map((d, i) => (axes.includes(i) ? 1 : d));
    indices(x!.shape, (index, i) => {
      lists[
        position(
          kept,
          index.map((at, axis) => (axes.includes(axis) ? 0 : at)),
        )
      ]!.push(x!.data[i]!);
    });
    return tensor(out.dtype, out.shape, lists.map(f));
  };
}

function logSumExp(elements: number[]): number {
  const peak = Math.max(...elements);
  return peak === Number.NEGATIVE_INFINITY ? peak : peak + Math.log(elements.reduce((total, x) => total + Math.exp(x - peak), 0));
}

function argmax(elements: number[]): number {
  let best = 0;
  elements.forEach((x, i) => {
    const top = elements[best]!;
    if (x > top || (Number.isNaN(x) && !Number.isNaN(top))) best = i;
  });
  return best;
}

function converted(dtype: DType): (x: number) => number {
  if (dtype === 'bool') return (x) => Number(x !== 0);
  return dtype === 'float32' || dtype === 'float64' ? (x) => x : Math.trunc;
}

function matmul([a, b]: readonly Tensor[], attrs: BoundAttrs, out: { dtype: DType; shape: readonly number[] }): Tensor {
  const inner = attrs.transposeA ? a!.shape.at(-2)! : a!.shape.at(-1)!;
  return build(out.dtype, out.shape, (index) => {
    const batch = index.slice(0, -2),
      [i, j] = index.slice(-2) as [number, number];
    let total = 0;
    for (let k = 0; k < inner; k++) {
      total += get(a!, [...batch, ...(attrs.transposeA ? [k, i] : [i, k])]) * get(b!, [...batch, ...(attrs.transposeB ? [j, k] : [k, j])]);
    }
    return total;
  });
}

function pad([x]: readonly Tensor[], attrs: BoundAttrs, out: { dtype: DType; shape: readonly number[] }): Tensor {
  const low = attrs.low as number[],
    interior = attrs.interior as number[];
  const y = build(out.dtype, out.shape, () => 0);
  indices(x!.shape, (index, i) => {
    y.data[
      position(
        out.shape,
        index.map((at, axis) => low[axis]! + at * (interior[axis]! + 1)),
      )
    ] = x!.data[i]!;
  });
  return y;
}

function concat(xs: readonly Tensor[], attrs: BoundAttrs, out: { dtype: DType; shape: readonly number[] }): Tensor {
  const axis = attrs.axis as number;
  return build(out.dtype, out.shape, (index) => {
    let at = index[axis]!;
    for (const x of xs) {
      if (at < x.shape[axis]!) return get(x, index.with(axis, at));
      at -= x.shape[axis]!;
    }
    throw new Error('oracle: concat');
  });
}

function gather([x, at]: readonly Tensor[], attrs: BoundAttrs, out: { dtype: DType; shape: readonly number[] }): Tensor {
  const axis = attrs.axis as number,
    rank = at!.shape.length;
  return build(out.dtype, out.shape, (index) => {
    const where = get(at!, index.slice(axis, axis + rank));
    if (where < 0 || where >= x!.shape[axis]!) throw new Error(`oracle: gather index ${where}`);
    return get(x!, [...index.slice(0, axis), where, ...index.slice(axis + rank)]);
  });
}

function scatterAdd([at, updates]: readonly Tensor[], attrs: BoundAttrs, out: { dtype: DType; shape: readonly number[] }): Tensor {
  const axis = attrs.axis as number,
    rank = at!.shape.length;
  const y = build(out.dtype, out.shape, () => 0);
  indices(updates!.shape, (index, i) => {
    const where = get(at!, index.slice(axis, axis + rank));
    y.data[position(out.shape, [...index.slice(0, axis), where, ...index.slice(axis + rank)])]! += updates!.data[i]!;
  });
  return y;
}

function keyOf(key: Tensor): number[] {
  return [...key.data];
}

function normal(key: readonly number[], i: number): number {
  const pair = Math.floor(i / 2);
  const radius = Math.sqrt(-2 * Math.log(1 - bits53(key, 4 * pair) * 2 ** -53));
  const angle = 2 * Math.PI * bits53(key, 4 * pair + 2) * 2 ** -53;
  return radius * (i % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
}

function permutation(key: readonly number[], length: number): number[] {
  const order = Array.from({ length }, (_, i) => i);
  for (let i = length - 1, draw = 0; i > 0; i--, draw++) {
    const bits = (BigInt(word(key, 2 * draw)) << 32n) | BigInt(word(key, 2 * draw + 1));
    const j = Number((bits * BigInt(i + 1)) >> 64n);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** Plain definitions of the ops that are not elementwise. */
export const TENSOR_OPS: Readonly<Record<string, TensorOp>> = {
  sum: reduction((elements) => elements.reduce((a, b) => a + b, 0)),
  max: reduction((elements) => elements.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)),
  logSumExp: reduction(logSumExp),
  argmax: (inputs, attrs, out) => reduction(argmax)(inputs, { axes: [attrs.axis] }, out),
  cast: ([x], _attrs, out) => tensor(out.dtype, out.shape, x!.data.map(converted(out.dtype))),
  reshape: ([x], _attrs, out) => tensor(out.dtype, out.shape, x!.data),
  transpose: ([x], attrs, out) => {
    const perm = attrs.perm as number[];
    return build(out.dtype, out.shape, (index) =>
      get(
        x!,
        perm.map((_, axis) => index[perm.indexOf(axis)]!),
      ),
    );
  },
  broadcast: ([x], _attrs, out) => {
    const offset = out.shape.length - x!.shape.length;
    return build(out.dtype, out.shape, (index) =>
      get(
        x!,
        x!.shape.map((d, i) => (d === 1 ? 0 : index[offset + i]!)),
      ),
    );
  },
  slice: ([x], attrs, out) => {
    const starts = attrs.starts as number[],
      steps = attrs.steps as number[];
    return build(out.dtype, out.shape, (index) =>
      get(
        x!,
        index.map((at, axis) => starts[axis]! + at * steps[axis]!),
      ),
    );
  },
  pad,
  concat,
  gather,
  scatterAdd,
  matmul,
  constant: (_inputs, attrs, out) => tensor(out.dtype, [], [attrs.value as number]),
  literal: (_inputs, attrs, out) => tensor(out.dtype, out.shape, attrs.data as ArrayLike<number>),
  iota: (_inputs, attrs, out) => build(out.dtype, out.shape, (index) => index[attrs.axis as number]!),
  size: (_inputs, attrs) => tensor('float64', [], [attrs.dim as number]),
  foldIn: ([key, data]) =>
    tensor(
      'int32',
      [2],
      philox([data!.data[0]!, 0x666f6c64, 0, 0], keyOf(key!))
        .slice(0, 2)
        .map((w) => w | 0),
    ),
  randomBits: ([key], _attrs, out) =>
    tensor(
      'int32',
      out.shape,
      Array.from({ length: count(out.shape) }, (_, i) => word(keyOf(key!), i) | 0),
    ),
  randomUniform: ([key], _attrs, out) => {
    const draw = (i: number) => (out.dtype === 'float32' ? (word(keyOf(key!), i) >>> 8) * 2 ** -24 : bits53(keyOf(key!), 2 * i) * 2 ** -53);
    return tensor(
      out.dtype,
      out.shape,
      Array.from({ length: count(out.shape) }, (_, i) => draw(i)),
    );
  },
  randomNormal: ([key], _attrs, out) =>
    tensor(
      out.dtype,
      out.shape,
      Array.from({ length: count(out.shape) }, (_, i) => normal(keyOf(key!), i)),
    ),
  permutation: ([key], _attrs, out) => tensor('int32', out.shape, permutation(keyOf(key!), out.shape[0]!)),
};
