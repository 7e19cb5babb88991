import { expected } from '../base/errors.js';
import { isFloat } from '../graph/dtype.js';
import { Spec, type Value } from '../graph/node.js';
import { format, sameShape } from '../graph/shape.js';
import { eq, gt, lt } from './comparison.js';
import { log, reciprocal, sqrt, square } from './elementwise.js';
import { apply, type Linear, type Op } from './op.js';
import { type Operand, together } from './operand.js';
import { select } from './select.js';
import { constantOf, full, zeros } from './sources.js';

/** Two tensors of one numeric dtype and shape. */
export function inferBinary(name: string, inputs: readonly Spec[]): readonly Spec[] {
  const [a, b] = inputs as readonly [Spec, Spec];
  if (a.dtype !== b.dtype || !sameShape(a.shape, b.shape)) {
    throw expected(name, 'two tensors of one shape and dtype', `${format(a)} and ${format(b)}`);
  }
  if (a.dtype === 'bool') throw expected(name, 'numbers', format(a), 'use cast');
  return [new Spec(a.dtype, a.shape)];
}

/** One tensor of numbers; `floats` when the op is not defined on integers. */
export function inferUnary(name: string, inputs: readonly Spec[], floats: boolean): readonly Spec[] {
  const x = inputs[0]!;
  if (x.dtype === 'bool' || (floats && !isFloat(x.dtype))) throw expected(name, floats ? 'floats' : 'numbers', format(x), 'use cast');
  return [new Spec(x.dtype, x.shape)];
}

/** a + b of tangents, where null is zero. */
export function addLinear(a: Linear, b: Linear): Linear {
  return a === null ? b : b === null ? a : apply(ADD, [a, b]);
}

/** x t of a factor and a tangent. */
function times(factor: () => Value, t: Linear): Linear {
  return t === null ? null : apply(MUL, [t, factor()]);
}

const ADD: Op = {
  name: 'add',
  kind: 'linear',
  infer: (inputs) => inferBinary('add', inputs),
  transpose: ([ct]) => [ct!, ct!],
  simplify: ([a, b]) => (constantOf(b!) === 0 ? a! : constantOf(a!) === 0 ? b! : null),
};

const SUB: Op = {
  name: 'sub',
  kind: 'linear',
  infer: (inputs) => inferBinary('sub', inputs),
  transpose: ([ct]) => [ct!, apply(NEG, [ct!])],
  simplify: ([a, b]) => (constantOf(b!) === 0 ? a! : constantOf(a!) === 0 && isFloat(a!.dtype) ? apply(NEG, [b!]) : null),
};

const MUL: Op = {
  name: 'mul',
  kind: 'bilinear',
  infer: (inputs) => inferBinary('mul', inputs),
  transpose: (ct, node, which) => apply(MUL, [ct, node.inputs[1 - which]!]),
  simplify([a, b]) {
    for (const [x, y] of [
      [a!, b!],
      [b!, a!],
    ] as const) {
      const factor = constantOf(y);
      if (factor === 1) return x;
      if (factor === -1 && isFloat(x.dtype)) return apply(NEG, [x]);
    }
    return null;
  },
};

/** (da - y db) / b, written as a product so that it stays linear in the tangents. */
const DIV: Op = {
  name: 'div',
  kind: 'smooth',
  infer: (inputs) => inferBinary('div', inputs),
  jvp(node, [da, db]) {
    const b = node.inputs[1]!,
      y = node.outputs[0]!;
    const moved = db == null ? null : apply(NEG, [apply(MUL, [db, y])]);
    return times(() => reciprocal(b), addLinear(da!, moved));
  },
  simplify: ([a, b]) => (constantOf(b!) === 1 ? a! : null),
};

const NEG: Op = {
  name: 'neg',
  kind: 'linear',
  infer: (inputs) => inferUnary('neg', inputs, false),
  transpose: ([ct]) => [apply(NEG, [ct!])],
  simplify: ([x]) => (x!.node.op === NEG ? x!.node.inputs[0]! : null),
};

/** Where both operands are equal, each gets half of the derivative; `wins` tells where the first one is the result. */
function chosen(a: Value, b: Value, [da, db]: readonly Linear[], wins: (a: Value, b: Value) => Value): Linear {
  const x = da ?? zeros(a),
    y = db ?? zeros(b);
  const half = apply(MUL, [apply(ADD, [x, y]), full(a.shape, 0.5, a.dtype)]);
  return select(eq(a, b), half, select(wins(a, b), x, y));
}

const MINIMUM: Op = {
  name: 'minimum',
  kind: 'smooth',
  infer: (inputs) => inferBinary('minimum', inputs),
  jvp: (node, tangents) => chosen(node.inputs[0]!, node.inputs[1]!, tangents, lt),
};

const MAXIMUM: Op = {
  name: 'maximum',
  kind: 'smooth',
  infer: (inputs) => inferBinary('maximum', inputs),
  jvp: (node, tangents) => chosen(node.inputs[0]!, node.inputs[1]!, tangents, gt),
};

/** d(a^b) = b a^(b-1) da + a^b log(a) db; the second term is zero where a <= 0, the first where b = 0. */
const POW: Op = {
  name: 'pow',
  kind: 'smooth',
  infer(inputs) {
    inferUnary('pow', inputs, true);
    return inferBinary('pow', inputs);
  },
  jvp(node, [da, db]) {
    const [a, b] = node.inputs as readonly [Value, Value];
    const slope = () => select(eq(b, 0), zeros(a), mul(b, pow(a, sub(b, 1))));
    const growth = () => {
      const positive = gt(a, 0);
      return select(positive, mul(node.outputs[0]!, log(select(positive, a, 1))), zeros(a));
    };
    return addLinear(times(slope, da!), times(growth, db!));
  },
  simplify: ([a, b]) => (constantOf(b!) === 1 ? a! : null),
};

const ABS: Op = {
  name: 'abs',
  kind: 'smooth',
  infer: (inputs) => inferUnary('abs', inputs, false),
  jvp: (node, [dx]) => times(() => sign(node.inputs[0]!), dx!),
};

const SIGN: Op = { name: 'sign', kind: 'constant', infer: (inputs) => inferUnary('sign', inputs, false) };

/** Op records of this file. */
export const ARITHMETIC_OPS: readonly Op[] = [ADD, SUB, MUL, DIV, MINIMUM, MAXIMUM, POW, NEG, ABS, SIGN];

/** a + b, elementwise. */
export function add(a: Operand, b: Operand): Value {
  return apply(ADD, together('add', a, b));
}

/** a - b, elementwise. */
export function sub(a: Operand, b: Operand): Value {
  return apply(SUB, together('sub', a, b));
}

/** a b, elementwise. */
export function mul(a: Operand, b: Operand): Value {
  return apply(MUL, together('mul', a, b));
}

/** a / b, elementwise; integers divide towards zero. */
export function div(a: Operand, b: Operand): Value {
  return apply(DIV, together('div', a, b));
}

/** The smaller of a and b; NaN if either is. Where they are equal, each gets half of the derivative. */
export function minimum(a: Operand, b: Operand): Value {
  return apply(MINIMUM, together('minimum', a, b));
}

/** The larger of a and b; NaN if either is. Where they are equal, each gets half of the derivative. */
export function maximum(a: Operand, b: Operand): Value {
  return apply(MAXIMUM, together('maximum', a, b));
}

/** a^b, elementwise. Exponents 2, 0.5 and -1 given as numbers become square, sqrt and reciprocal. */
export function pow(a: Operand, b: Operand): Value {
  const [x, y] = together('pow', a, b);
  const exponent = constantOf(y);
  if (exponent === 2) return square(x);
  if (exponent === 0.5) return sqrt(x);
  if (exponent === -1) return reciprocal(x);
  return apply(POW, [x, y]);
}

/** -x. */
export function neg(x: Value): Value {
  return apply(NEG, [x]);
}

/** |x|, with derivative sign(x), hence 0 at 0. */
export function abs(x: Value): Value {
  return apply(ABS, [x]);
}

/** -1, 0 or 1; NaN for NaN. Derivative zero. */
export function sign(x: Value): Value {
  return apply(SIGN, [x]);
}
