import { expected } from '../base/errors.js';
import { isFloat } from '../graph/dtype.js';
import { Spec, type Value } from '../graph/node.js';
import { format, product, type Shape } from '../graph/shape.js';
import { div, mul, sub } from './arithmetic.js';
import { eq } from './comparison.js';
import { exp } from './elementwise.js';
import { cast } from './identity.js';
import { broadcast, reshape } from './movement.js';
import { apply, type Linear, type Op } from './op.js';
import { size } from './sources.js';

/** One axis, several, or all when absent; negative ones count from the end. */
export type Axes = number | readonly number[] | undefined;

/** Whether reduced axes stay, with size 1. */
export type KeepDims = { readonly keepDims?: boolean };

type ReduceAttrs = { readonly axes: readonly number[]; readonly keepDims: boolean };

/** Ascending, distinct, non-negative axes. */
export function normalizeAxes(who: string, x: { readonly dtype: string; readonly shape: Shape }, axes: Axes): number[] {
  const rank = x.shape.length;
  if (axes === undefined) return x.shape.map((_, i) => i);
  const list = (typeof axes === 'number' ? [axes] : axes).map((axis) => (axis < 0 ? axis + rank : axis));
  const distinct = [...new Set(list)].sort((a, b) => a - b);
  const valid = distinct.length === list.length && distinct.every((axis) => Number.isInteger(axis) && axis >= 0 && axis < rank);
  if (!valid) throw expected(who, `distinct axes of ${format(x)}`, `[${axes}]`);
  return distinct;
}

function keptShape(shape: Shape, { axes, keepDims }: ReduceAttrs): Shape {
  return keepDims ? shape.map((d, i) => (axes.includes(i) ? 1 : d)) : shape.filter((_, i) => !axes.includes(i));
}

function inferReduce(name: string, x: Spec, attrs: ReduceAttrs, floats = false): readonly Spec[] {
  if (x.dtype === 'bool' || (floats && !isFloat(x.dtype))) throw expected(name, floats ? 'floats' : 'numbers', format(x), 'use cast');
  return [new Spec(x.dtype, keptShape(x.shape, attrs))];
}

/** Repeats a reduced value over the axes that were reduced, in the dtype of the reduced tensor. */
function spread(y: Value, x: Value, { axes, keepDims }: ReduceAttrs): Value {
  const aligned = keepDims || y.rank === 0 ? y : reshape(y, keptShape(x.shape, { axes, keepDims: true }));
  return broadcast(aligned, x.shape, x.dtype);
}

const SUM: Op = {
  name: 'sum',
  kind: 'linear',
  infer: ([x], attrs: ReduceAttrs) => inferReduce('sum', x!, attrs),
  transpose: ([ct], node) => [spread(ct!, node.inputs[0]!, node.attrs as ReduceAttrs)],
  simplify([x], attrs: ReduceAttrs) {
    if (attrs.axes.length === 0) return x!;
    const single = attrs.axes.every((axis) => x!.shape[axis] === 1) && keptShape(x!.shape, attrs).length > 0;
    return single ? reshape(x!, keptShape(x!.shape, attrs)) : null;
  },
};

/** Elements that share the maximum share its derivative equally. */
const MAX: Op = {
  name: 'max',
  kind: 'smooth',
  infer: ([x], attrs: ReduceAttrs) => inferReduce('max', x!, attrs),
  jvp(node, [dx]) {
    const x = node.inputs[0]!,
      attrs = node.attrs as ReduceAttrs;
    const hit = cast(eq(x, spread(node.outputs[0]!, x, attrs)), x.dtype);
    const count = sum(hit, attrs.axes, { keepDims: true });
    return apply(SUM, [mul(dx!, div(hit, count))], attrs);
  },
  simplify: ([x], attrs: ReduceAttrs) => (attrs.axes.length === 0 ? x! : null),
};

/** dy = sum softmax(x) dx. */
const LOG_SUM_EXP: Op = {
  name: 'logSumExp',
  kind: 'smooth',
  infer: ([x], attrs: ReduceAttrs) => inferReduce('logSumExp', x!, attrs, true),
  jvp(node, [dx]): Linear {
    const x = node.inputs[0]!,
      attrs = node.attrs as ReduceAttrs;
    return apply(SUM, [mul(dx!, exp(sub(x, spread(node.outputs[0]!, x, attrs))))], attrs);
  },
  simplify: ([x], attrs: ReduceAttrs) => (attrs.axes.length === 0 ? x! : null),
};

const ARGMAX: Op = {
  name: 'argmax',
  kind: 'constant',
  infer([x], { axis }: { axis: number }) {
    if (x!.dtype === 'bool') throw expected('argmax', 'numbers', format(x!), 'use cast');
    return [
      new Spec(
        'int32',
        x!.shape.filter((_, i) => i !== axis),
      ),
    ];
  },
};

/** Op records of this file. */
export const REDUCE_OPS: readonly Op[] = [SUM, MAX, LOG_SUM_EXP, ARGMAX];

function reduce(op: Op, x: Value, axes: Axes, keepDims: boolean): Value {
  return apply(op, [x], { axes: normalizeAxes(op.name, x, axes), keepDims });
}

/** Sum over axes. Over all of them it is a float64 scalar, accumulated in float64; otherwise the dtype stays. */
export function sum(x: Value, axes?: Axes, options: KeepDims = {}): Value {
  return reduce(SUM, x, axes, options.keepDims ?? false);
}

/** Maximum over axes; NaN if any element is. Elements that share the maximum share its derivative equally. */
export function max(x: Value, axes?: Axes, options: KeepDims = {}): Value {
  return reduce(MAX, x, axes, options.keepDims ?? false);
}

/** log(sum(e^x)) over axes, without overflow. */
export function logSumExp(x: Value, axes?: Axes, options: KeepDims = {}): Value {
  return reduce(LOG_SUM_EXP, x, axes, options.keepDims ?? false);
}

/** Sum over axes divided by the number of elements, named sizes as they are bound: the true mean of a partial batch. */
export function mean(x: Value, axes?: Axes, options: KeepDims = {}): Value {
  const count = size(product(normalizeAxes('mean', x, axes).map((axis) => x.shape[axis]!)));
  return div(sum(x, axes, options), count);
}

/** Index of the largest element along an axis, as int32; the first of equals, NaN counts as largest. */
export function argmax(x: Value, axis = -1): Value {
  const [at] = normalizeAxes('argmax', x, axis);
  return apply(ARGMAX, [x], { axis: at });
}
