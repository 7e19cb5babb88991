import { expected } from '../base/errors.js';
import { Spec, type Value } from '../graph/node.js';
import { broadcastShapes, format, sameShape } from '../graph/shape.js';
import { broadcast } from './movement.js';
import { apply, type Op } from './op.js';
import { type Operand, together } from './operand.js';
import { zeros } from './sources.js';

const SELECT: Op = {
  name: 'select',
  kind: 'linear',
  infer([c, a, b]) {
    const agree = a!.dtype === b!.dtype && sameShape(a!.shape, b!.shape) && sameShape(c!.shape, a!.shape);
    if (c!.dtype !== 'bool' || !agree) {
      throw expected('select', 'a bool and two tensors of one dtype, all of one shape', `${format(c!)}, ${format(a!)}, ${format(b!)}`);
    }
    return [new Spec(a!.dtype, a!.shape)];
  },
  transpose([ct], node) {
    const c = node.inputs[0]!;
    return [null, apply(SELECT, [c, ct!, zeros(ct!)]), apply(SELECT, [c, zeros(ct!), ct!])];
  },
  simplify: ([, a, b]) => (a === b ? a! : null),
};

/** Op records of this file. */
export const SELECT_OPS: readonly Op[] = [SELECT];

/** a where `condition` holds, b elsewhere; all three are broadcast to one shape. */
export function select(condition: Value, a: Operand, b: Operand): Value {
  const [x, y] = together('select', a, b);
  const shape = broadcastShapes('select', condition, x);
  return apply(SELECT, [broadcast(condition, shape), broadcast(x, shape, x.dtype), broadcast(y, shape, y.dtype)]);
}
