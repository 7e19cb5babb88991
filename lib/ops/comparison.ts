import { expected } from '../base/errors.js';
import { Spec, type Value } from '../graph/node.js';
import { format, sameShape } from '../graph/shape.js';
import { apply, type Op } from './op.js';
import { type Operand, together } from './operand.js';

/** Two tensors of one shape and dtype to bool; `bools` when they must be bool themselves. */
function inferBool(name: string, inputs: readonly Spec[], bools: boolean): readonly Spec[] {
  const a = inputs[0]!,
    b = inputs[1] ?? a;
  if (a.dtype !== b.dtype || !sameShape(a.shape, b.shape)) {
    throw expected(name, 'two tensors of one shape and dtype', `${format(a)} and ${format(b)}`);
  }
  if (bools && a.dtype !== 'bool') throw expected(name, 'bool', format(a), 'compare first');
  return [new Spec('bool', a.shape)];
}

function comparison(name: string): Op {
  return { name, kind: 'constant', infer: (inputs) => inferBool(name, inputs, false) };
}

function connective(name: string): Op {
  return { name, kind: 'constant', infer: (inputs) => inferBool(name, inputs, true) };
}

const EQ = comparison('eq');
const NE = comparison('ne');
const LT = comparison('lt');
const LE = comparison('le');
const GT = comparison('gt');
const GE = comparison('ge');
const AND = connective('and');
const OR = connective('or');
const NOT = connective('not');

/** Op records of this file. */
export const COMPARISON_OPS: readonly Op[] = [EQ, NE, LT, LE, GT, GE, AND, OR, NOT];

/** a = b, elementwise, as bool; false where either is NaN. */
export const eq = (a: Operand, b: Operand): Value => apply(EQ, together('eq', a, b));

/** a != b, elementwise, as bool; true where either is NaN. */
export const ne = (a: Operand, b: Operand): Value => apply(NE, together('ne', a, b));

/** a < b, elementwise, as bool; false where either is NaN. */
export const lt = (a: Operand, b: Operand): Value => apply(LT, together('lt', a, b));

/** a <= b, elementwise, as bool; false where either is NaN. */
export const le = (a: Operand, b: Operand): Value => apply(LE, together('le', a, b));

/** a > b, elementwise, as bool; false where either is NaN. */
export const gt = (a: Operand, b: Operand): Value => apply(GT, together('gt', a, b));

/** a >= b, elementwise, as bool; false where either is NaN. */
export const ge = (a: Operand, b: Operand): Value => apply(GE, together('ge', a, b));

/** Both, elementwise on bool. */
export const and = (a: Value, b: Value): Value => apply(AND, together('and', a, b));

/** Either, elementwise on bool. */
export const or = (a: Value, b: Value): Value => apply(OR, together('or', a, b));

/** Not, elementwise on bool. */
export const not = (x: Value): Value => apply(NOT, [x]);
