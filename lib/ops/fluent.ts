import type { DType } from '../graph/dtype.js';
import { Value } from '../graph/node.js';
import type {
  Axis,
  Broadcast,
  Broadcasts,
  Flags,
  Multiplies,
  Permuted,
  Product,
  Reduced,
  Resized,
  Shape,
  Swapped,
} from '../graph/shape.js';
import { product } from '../graph/shape.js';
import { gelu, silu } from './activations.js';
import { abs, add, div, maximum, minimum, mul, neg, pow, sign, sub } from './arithmetic.js';
import { and, eq, ge, gt, le, lt, ne, not, or } from './comparison.js';
import { erf, exp, expm1, log, log1p, reciprocal, relu, rsqrt, sigmoid, softplus, sqrt, square, tanh } from './elementwise.js';
import { gather } from './gather.js';
import { cast, stopGradient, tap } from './identity.js';
import { matmul } from './matmul.js';
import { broadcast, expandDims, reshape, transpose } from './movement.js';
import type { Operand } from './operand.js';
import { argmax, logSumExp, max, mean, sum } from './reduce.js';
import { type Padding, pad, type Range, slice } from './slicing.js';
import { logSoftmax, softmax } from './softmax.js';
import { size } from './sources.js';

/** Flags of a product of the operands as they are. */
type AsIs = { readonly transposeA: false; readonly transposeB: false };

type ShapeOf<T> = T extends Value<infer S> ? S : readonly [];

/** A binary method: operands broadcast; known shapes that do not are a compile error. */
type Binary = <A extends Shape, const B extends Operand>(
  this: Value<A>,
  other: B & Broadcasts<A, ShapeOf<B>>,
) => Value<Broadcast<A, ShapeOf<B>>>;

/** A reduction over axes (all when absent); with keepDims they stay with size 1. */
interface Reduction {
  <A extends Shape>(this: Value<A>): Value<readonly []>;
  <A extends Shape, const X extends Axis<A> | readonly Axis<A>[] | undefined>(this: Value<A>, axes: X): Value<Reduced<A, X, false>>;
  <A extends Shape, const X extends Axis<A> | readonly Axis<A>[] | undefined>(
    this: Value<A>,
    axes: X,
    options: { keepDims: true },
  ): Value<Reduced<A, X, true>>;
  (axes: number | readonly number[] | undefined, options: { keepDims?: boolean }): Value;
}

declare module '../graph/node.js' {
  // The methods take the shape from `this`, so that a Value of a known shape stays a Value. Each is the function of its name.
  interface Value<S extends Shape = Shape> {
    add: Binary;
    sub: Binary;
    mul: Binary;
    div: Binary;
    minimum: Binary;
    maximum: Binary;
    pow: Binary;
    eq: Binary;
    ne: Binary;
    lt: Binary;
    le: Binary;
    gt: Binary;
    ge: Binary;
    and: Binary;
    or: Binary;
    not(): Value<S>;
    neg(): Value<S>;
    abs(): Value<S>;
    sign(): Value<S>;
    exp(): Value<S>;
    log(): Value<S>;
    log1p(): Value<S>;
    expm1(): Value<S>;
    sqrt(): Value<S>;
    rsqrt(): Value<S>;
    square(): Value<S>;
    reciprocal(): Value<S>;
    tanh(): Value<S>;
    sigmoid(): Value<S>;
    softplus(): Value<S>;
    erf(): Value<S>;
    relu(): Value<S>;
    gelu(): Value<S>;
    silu(): Value<S>;
    softmax(axis?: number): Value<S>;
    logSoftmax(axis?: number): Value<S>;
    cast(dtype: DType): Value<S>;
    stopGradient(): Value<S>;
    tap(name: string): Value<S>;
    sum: Reduction;
    mean: Reduction;
    max: Reduction;
    logSumExp: Reduction;
    argmax<A extends Shape, const X extends Axis<A>>(this: Value<A>, axis: X): Value<Reduced<A, X, false>>;
    argmax(axis?: number): Value;
    reshape<const R extends Shape>(shape: R): Value<Resized<R>>;
    transpose<A extends Shape>(this: Value<A>): Value<Swapped<A>>;
    transpose<A extends Shape, const P extends readonly number[]>(this: Value<A>, perm: P): Value<Permuted<A, P>>;
    broadcast<const R extends Shape>(shape: R, dtype?: DType): Value<R>;
    expandDims(axis: number): Value;
    slice(ranges: readonly Range[]): Value;
    pad(paddings: readonly Padding[]): Value;
    gather(indices: Value, axis?: number): Value;
    matmul<A extends Shape, B extends Shape>(this: Value<A>, other: Value<B> & Multiplies<A, B, AsIs>): Value<Product<A, B, AsIs>>;
    matmul(other: Value, options: Flags): Value;
    /** The number of elements, a float64 scalar bound when the plan runs. */
    size(): Value<readonly []>;
  }
}

const METHODS = {
  add,
  sub,
  mul,
  div,
  minimum,
  maximum,
  pow,
  eq,
  ne,
  lt,
  le,
  gt,
  ge,
  and,
  or,
  not,
  neg,
  abs,
  sign,
  exp,
  log,
  log1p,
  expm1,
  sqrt,
  rsqrt,
  square,
  reciprocal,
  tanh,
  sigmoid,
  softplus,
  erf,
  relu,
  gelu,
  silu,
  softmax,
  logSoftmax,
  cast,
  stopGradient,
  tap,
  sum,
  mean,
  max,
  logSumExp,
  argmax,
  reshape,
  transpose,
  broadcast,
  expandDims,
  slice,
  pad,
  gather,
  matmul,
  size: (x: Value) => size(product(x.shape)),
};

for (const [name, method] of Object.entries(METHODS) as [string, (x: Value, ...rest: unknown[]) => Value][]) {
  Object.defineProperty(Value.prototype, name, {
    value(this: Value, ...rest: unknown[]) {
      return method(this, ...rest);
    },
  });
}
