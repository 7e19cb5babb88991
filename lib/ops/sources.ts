import { expected } from '../base/errors.js';
import { allocate, type DType, isElement, isFloat, type TypedArray } from '../graph/dtype.js';
import { Spec, type Value } from '../graph/node.js';
import { type Dim, dim, product, type Shape } from '../graph/shape.js';
import { broadcast } from './movement.js';
import { apply, type Op } from './op.js';

type ConstantAttrs = { readonly value: number; readonly dtype: DType };
type LiteralAttrs = { readonly data: TypedArray; readonly dtype: DType; readonly shape: readonly number[] };
type IotaAttrs = { readonly shape: Shape; readonly axis: number; readonly dtype: DType };

const CONSTANT: Op = {
  name: 'constant',
  kind: 'constant',
  infer: (_inputs, attrs: ConstantAttrs) => [new Spec(attrs.dtype, [])],
};

const LITERAL: Op = {
  name: 'literal',
  kind: 'constant',
  infer: (_inputs, attrs: LiteralAttrs) => [new Spec(attrs.dtype, attrs.shape)],
};

const IOTA: Op = {
  name: 'iota',
  kind: 'constant',
  infer(_inputs, attrs: IotaAttrs) {
    if (!(attrs.axis >= 0 && attrs.axis < attrs.shape.length)) throw expected('iota', 'an axis of the shape', attrs.axis);
    if (attrs.dtype === 'bool') throw expected('iota', 'a numeric dtype', attrs.dtype);
    return [new Spec(attrs.dtype, attrs.shape)];
  },
};

const SIZE: Op = { name: 'size', kind: 'constant', infer: () => [new Spec('float64', [])] };

/** Op records of this file. */
export const SOURCE_OPS: readonly Op[] = [CONSTANT, LITERAL, IOTA, SIZE];

/** A number as a rank-0 value: float64 (also for 'float32'), int32, uint8 or bool. Integers must fit their dtype. */
export function constant(value: number, dtype: DType = 'float64'): Value<readonly []> {
  if (typeof value !== 'number') throw expected('constant', 'a number', typeof value);
  const scalar = isFloat(dtype) ? 'float64' : dtype;
  if (!isElement(value, scalar)) throw expected('constant', `a number that ${scalar} can hold`, value);
  return apply(CONSTANT, [], { value, dtype: scalar }) as Value<readonly []>;
}

/** A tensor of fixed data, row by row. The elements are copied into `dtype`; integer dims only. */
export function literal<const S extends readonly number[]>(data: ArrayLike<number>, shape: S, dtype: DType = 'float32'): Value<S> {
  const count = product(shape);
  if (data.length !== count) throw expected('literal', `${count} elements for the shape [${shape}]`, data.length);
  const stored = new Spec(dtype, shape).dtype;
  const wrong = isFloat(stored) ? -1 : Array.prototype.findIndex.call(data, (value: number) => !isElement(value, stored));
  if (wrong >= 0) throw expected('literal', `numbers that ${stored} can hold`, `${data[wrong]} at element ${wrong}`);
  const copy = allocate(stored, data.length);
  copy.set(data);
  return apply(LITERAL, [], { data: copy, dtype: stored, shape }) as Value<S>;
}

/** 0, 1, 2, ... along `axis` (negative counts from the end), repeated along the other axes. */
export function iota<const S extends Shape>(shape: S, axis = -1, dtype: DType = 'int32'): Value<S> {
  return apply(IOTA, [], { shape, axis: axis < 0 ? axis + shape.length : axis, dtype }) as Value<S>;
}

/** A dimension as a float64 scalar, bound when the plan runs: size('n') is the true number of examples. */
export function size(of: Dim): Value<readonly []> {
  const d = dim('size', of);
  return typeof d === 'number' ? constant(d) : (apply(SIZE, [], { dim: d }) as Value<readonly []>);
}

/** The number `value` in every place of a tensor of this dtype and shape. */
export function full<const S extends Shape>(shape: S, value: number, dtype: DType = 'float32'): Value<S> {
  return broadcast(constant(value, dtype), shape, dtype);
}

/** Zeros like a spec (or a value's spec). */
export function zeros<S extends Shape>(like: { readonly dtype: DType; readonly shape: S }): Value<S> {
  return full(like.shape, 0, like.dtype);
}

/** Ones like a spec (or a value's spec). */
export function ones<S extends Shape>(like: { readonly dtype: DType; readonly shape: S }): Value<S> {
  return full(like.shape, 1, like.dtype);
}

/** The number that fills `v` when it is a constant, possibly broadcast; null when it is anything else. */
export function constantOf(v: Value): number | null {
  const { node } = v;
  if (node.op === CONSTANT) return node.attrs.value as number;
  if (node.op.name !== 'broadcast') return null;
  const from = node.inputs[0]!.node;
  return from.op === CONSTANT ? (from.attrs.value as number) : null;
}
