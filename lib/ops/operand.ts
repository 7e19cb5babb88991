import { expected } from '../base/errors.js';
import { type DType, isFloat } from '../graph/dtype.js';
import { Value } from '../graph/node.js';
import { broadcastShapes, format } from '../graph/shape.js';
import { broadcast } from './movement.js';
import { constant } from './sources.js';

/** What elementwise functions take: a traced value or a number. */
export type Operand = Value | number;

/** A number as a scalar of the dtype that goes with `like`. */
function scalar(who: string, x: Operand, like: Operand): Value {
  if (x instanceof Value) return x;
  if (typeof x !== 'number') throw expected(who, 'a traced value or a number', typeof x);
  const dtype = like instanceof Value ? like.dtype : 'float64';
  if (dtype === 'uint8' || dtype === 'bool') throw expected(who, `no number next to ${format(like as Value)}`, x, 'use cast');
  return constant(x, dtype);
}

function commonDtype(who: string, a: Value, b: Value): DType {
  if (a.dtype === b.dtype) return a.dtype;
  if (isFloat(a.dtype) && isFloat(b.dtype)) {
    if (a.rank === 0) return b.dtype;
    if (b.rank === 0) return a.dtype;
  }
  throw expected(who, 'operands of one dtype', `${format(a)} and ${format(b)}`, 'use cast');
}

/**
 * Brings operands to one shape and dtype, by broadcasting. Numbers become scalars; a float scalar takes the dtype of a
 * field; fields of different dtype are an error.
 */
export function together(who: string, a: Operand, b: Operand): [Value, Value] {
  const x = scalar(who, a, b),
    y = scalar(who, b, a);
  const dtype = commonDtype(who, x, y);
  const shape = broadcastShapes(who, x, y);
  return [broadcast(x, shape, dtype), broadcast(y, shape, dtype)];
}
