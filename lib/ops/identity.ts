import { expected } from '../base/errors.js';
import { type DType, isFloat } from '../graph/dtype.js';
import { Spec, type Value } from '../graph/node.js';
import { format, type Shape } from '../graph/shape.js';
import { apply, type Op } from './op.js';

/** Between floats a linear map; to or from integers no derivative flows, because integers have no tangents. */
const CAST: Op = {
  name: 'cast',
  kind: 'linear',
  infer: ([x], { dtype }: { dtype: DType }) => [new Spec(dtype, x!.shape)],
  transpose: ([ct], node) => [cast(ct!, node.inputs[0]!.dtype)],
  simplify: ([x], { dtype }: { dtype: DType }) =>
    x!.dtype === dtype || (x!.rank === 0 && isFloat(dtype) && isFloat(x!.dtype)) ? x! : null,
};

const STOP_GRADIENT: Op = {
  name: 'stopGradient',
  kind: 'constant',
  infer: ([x]) => [x!],
  simplify: ([x]) => (x!.node.op === STOP_GRADIENT ? x! : null),
};

/** The identity, with an id of its own: two taps are never one, and the transpose can tell the cotangent of each. */
const TAP: Op = {
  name: 'tap',
  kind: 'linear',
  infer([x]) {
    if (!isFloat(x!.dtype)) throw expected('tap', 'floats', format(x!));
    return [x!];
  },
  transpose: ([ct]) => [ct!],
};

/** Op records of this file. */
export const IDENTITY_OPS: readonly Op[] = [CAST, STOP_GRADIENT, TAP];

/** Another element type. Floats to integers truncate towards zero; to bool: not zero. Float scalars stay float64. */
export function cast<S extends Shape>(x: Value<S>, dtype: DType): Value<S> {
  return apply(CAST, [x], { dtype }) as Value<S>;
}

/** The same value, constant to every derivative. */
export function stopGradient<S extends Shape>(x: Value<S>): Value<S> {
  return apply(STOP_GRADIENT, [x]) as Value<S>;
}

let taps = 0;

/** The same value, marked so that `vjpOf(..., { taps: true })` also returns the cotangent that arrives here. */
export function tap<S extends Shape>(x: Value<S>, name: string): Value<S> {
  return apply(TAP, [x], { id: taps++, name }) as Value<S>;
}

/** Whether a node is a tap. */
export function isTap(node: { readonly op: { readonly name: string } }): boolean {
  return node.op === TAP;
}
