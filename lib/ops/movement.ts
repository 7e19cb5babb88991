import { expected } from '../base/errors.js';
import { type DType, isFloat } from '../graph/dtype.js';
import { type Node, Spec, type Value } from '../graph/node.js';
import { type Dim, format, product, quotient, type Shape, sameShape } from '../graph/shape.js';
import { apply, type Linear, type Op } from './op.js';
import { sum } from './reduce.js';

type ReshapeAttrs = { readonly shape: Shape };
type TransposeAttrs = { readonly perm: readonly number[] };
type BroadcastAttrs = { readonly shape: Shape; readonly dtype: DType };

const RESHAPE: Op = {
  name: 'reshape',
  kind: 'linear',
  infer([x], { shape }: ReshapeAttrs) {
    if (isFloat(x!.dtype) && (x!.shape.length === 0 || shape.length === 0)) throw expected('reshape', 'rank >= 1', format(x!));
    if (product(x!.shape) !== product(shape)) throw expected('reshape', `as many elements as ${format(x!)}`, `[${shape}]`);
    return [new Spec(x!.dtype, shape)];
  },
  transpose: ([ct], node) => [reshape(ct!, node.inputs[0]!.shape)],
  simplify([x], { shape }: ReshapeAttrs) {
    if (sameShape(x!.shape, shape)) return x!;
    return x!.node.op === RESHAPE ? apply(RESHAPE, x!.node.inputs, { shape }) : null;
  },
};

const TRANSPOSE: Op = {
  name: 'transpose',
  kind: 'linear',
  infer([x], { perm }: TransposeAttrs) {
    const valid = perm.length === x!.shape.length && [...perm].sort((a, b) => a - b).every((axis, i) => axis === i);
    if (!valid) throw expected('transpose', `a permutation of the axes of ${format(x!)}`, `[${perm}]`);
    return [
      new Spec(
        x!.dtype,
        perm.map((axis) => x!.shape[axis]!),
      ),
    ];
  },
  transpose([ct], node) {
    const { perm } = node.attrs as TransposeAttrs;
    const inverse = perm.map((_, axis) => perm.indexOf(axis));
    return [apply(TRANSPOSE, [ct!], { perm: inverse })];
  },
  simplify([x], { perm }: TransposeAttrs) {
    if (perm.length === x!.rank && perm.every((axis, i) => axis === i)) return x!;
    if (x!.node.op !== TRANSPOSE || perm.length !== x!.rank) return null;
    const inner = (x!.node.attrs as TransposeAttrs).perm;
    return apply(TRANSPOSE, x!.node.inputs, { perm: perm.map((axis) => inner[axis]!) });
  },
};

/** Whether `from` may be repeated to `to`: aligned at the last axis, each dim equal or 1. */
function repeats(from: Shape, to: Shape): boolean {
  const offset = to.length - from.length;
  return offset >= 0 && from.every((d, i) => d === 1 || d === to[offset + i]);
}

const BROADCAST: Op = {
  name: 'broadcast',
  kind: 'linear',
  infer([x], { shape, dtype }: BroadcastAttrs) {
    if (!repeats(x!.shape, shape)) throw expected('broadcast', `a shape that ${format(x!)} repeats to`, `[${shape}]`);
    const scalar = x!.shape.length === 0 && isFloat(x!.dtype) && isFloat(dtype);
    if (dtype !== x!.dtype && !scalar) throw expected('broadcast', `dtype ${x!.dtype}`, dtype, 'use cast');
    return [new Spec(dtype, shape)];
  },
  transpose: ([ct], node) => [unbroadcast(ct!, node)],
  simplify([x], { shape, dtype }: BroadcastAttrs) {
    if (sameShape(x!.shape, shape) && (x!.dtype === dtype || shape.length === 0)) return x!;
    return x!.node.op === BROADCAST && repeats(x!.shape, shape) && x!.dtype === dtype
      ? apply(BROADCAST, x!.node.inputs, { shape, dtype })
      : null;
  },
};

/** Sums a cotangent over the places to which `broadcast` copied an element. */
function unbroadcast(ct: Value, node: Node): Linear {
  const from = node.inputs[0]!.shape;
  const offset = ct.rank - from.length;
  const repeated = ct.shape.flatMap((d, i) => (i < offset || (from[i - offset] === 1 && d !== 1) ? [i] : []));
  return reshape(sum(ct, repeated, { keepDims: from.length > 0 }), from);
}

/** Op records of this file. */
export const MOVEMENT_OPS: readonly Op[] = [RESHAPE, TRANSPOSE, BROADCAST];

/** Resolves one -1 in a shape by the number of elements of `x`. */
function resolve(x: Value, shape: Shape): Shape {
  const at = shape.indexOf(-1);
  if (at < 0) return shape;
  const rest = quotient(product(x.shape), product(shape.filter((_, i) => i !== at)));
  if (rest === null) throw expected('reshape', `a shape that divides ${format(x)}`, `[${shape}]`);
  return shape.map((d, i) => (i === at ? rest : d));
}

/**
 * The same elements in the same order under another shape. One dim may be -1: what remains. Named sizes are multiplied
 * and divided: float32[n,28,28] is also [n,784] or ['784*n'].
 */
export function reshape(x: Value, shape: Shape): Value {
  const to = resolve(x, shape);
  // Floats enter and leave rank 0 by broadcast and sum, which own the change to and from float64.
  if (!isFloat(x.dtype) || (x.rank > 0 && to.length > 0)) return apply(RESHAPE, [x], { shape: to });
  if (product(x.shape) !== product(to)) throw expected('reshape', `as many elements as ${format(x)}`, `[${to}]`);
  return to.length > 0 ? broadcast(x, to, x.dtype) : sum(x);
}

/** Permutes the axes; without `perm` the last two are swapped. */
export function transpose(x: Value, perm?: readonly number[]): Value {
  const axes = x.shape.map((_, i) => i);
  if (perm === undefined) {
    if (x.rank < 2) throw expected('transpose', 'rank >= 2', format(x), 'or name the permutation');
    axes.push(...axes.splice(-2, 1));
  }
  return apply(TRANSPOSE, [x], { perm: perm ?? axes });
}

/** Repeats `x` to a shape, aligned at the last axis; dims of 1 and missing dims repeat. A scalar takes `dtype`. */
export function broadcast<const S extends Shape>(x: Value, shape: S, dtype: DType = x.dtype): Value<S> {
  return apply(BROADCAST, [x], { shape, dtype: isFloat(dtype) && shape.length === 0 ? 'float64' : dtype }) as Value<S>;
}

/** Inserts a dim of 1 before `axis` (negative counts from the end of the result). */
export function expandDims(x: Value, axis: number): Value {
  const at = axis < 0 ? axis + x.rank + 1 : axis;
  if (!(at >= 0 && at <= x.rank)) throw expected('expandDims', `an axis in [-${x.rank + 1}, ${x.rank}]`, axis);
  const shape: Dim[] = [...x.shape];
  shape.splice(at, 0, 1);
  return reshape(x, shape);
}
