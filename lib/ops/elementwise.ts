import type { Node, Value } from '../graph/node.js';
import { add, inferUnary, mul, neg, sub } from './arithmetic.js';
import { gt } from './comparison.js';
import { apply, type Op } from './op.js';
import { select } from './select.js';
import { zeros } from './sources.js';

/** A smooth function of one float: dy = slope dx, with slope written in terms of x and y, whichever is cheaper to keep. */
function smooth(name: string, slope: (x: Value, y: Value, node: Node) => Value): Op {
  return {
    name,
    kind: 'smooth',
    infer: (inputs) => inferUnary(name, inputs, true),
    jvp: (node, [dx]) => mul(dx!, slope(node.inputs[0]!, node.outputs[0]!, node)),
  };
}

const EXP = smooth('exp', (_x, y) => y);
const LOG = smooth('log', (x) => reciprocal(x));
const LOG1P = smooth('log1p', (x) => reciprocal(add(x, 1)));
const EXPM1 = smooth('expm1', (_x, y) => add(y, 1));
const SQRT = smooth('sqrt', (_x, y) => mul(reciprocal(y), 0.5));
const RSQRT = smooth('rsqrt', (_x, y) => mul(mul(square(y), y), -0.5));
const SQUARE = smooth('square', (x) => mul(x, 2));
const RECIPROCAL = smooth('reciprocal', (_x, y) => neg(square(y)));
const TANH = smooth('tanh', (_x, y) => sub(1, square(y)));
const SIGMOID = smooth('sigmoid', (_x, y) => mul(y, sub(1, y)));
const SOFTPLUS = smooth('softplus', (x) => sigmoid(x));
const ERF = smooth('erf', (x) => mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI)));

/** The derivative reads y, not x (y > 0 where x > 0), so that x need not be kept. */
const RELU: Op = {
  name: 'relu',
  kind: 'smooth',
  infer: (inputs) => inferUnary('relu', inputs, false),
  jvp: (node, [dx]) => select(gt(node.outputs[0]!, 0), dx!, zeros(dx!)),
};

/** Op records of this file. */
export const ELEMENTWISE_OPS: readonly Op[] = [EXP, LOG, LOG1P, EXPM1, SQRT, RSQRT, SQUARE, RECIPROCAL, TANH, SIGMOID, SOFTPLUS, ERF, RELU];

/** e^x. */
export const exp = (x: Value): Value => apply(EXP, [x]);

/** Natural logarithm. */
export const log = (x: Value): Value => apply(LOG, [x]);

/** log(1 + x), exact for small x. */
export const log1p = (x: Value): Value => apply(LOG1P, [x]);

/** e^x - 1, exact for small x. */
export const expm1 = (x: Value): Value => apply(EXPM1, [x]);

/** Square root. */
export const sqrt = (x: Value): Value => apply(SQRT, [x]);

/** 1 / sqrt(x). */
export const rsqrt = (x: Value): Value => apply(RSQRT, [x]);

/** x^2. */
export const square = (x: Value): Value => apply(SQUARE, [x]);

/** 1 / x. */
export const reciprocal = (x: Value): Value => apply(RECIPROCAL, [x]);

/** Hyperbolic tangent; y' = 1 - y^2. */
export const tanh = (x: Value): Value => apply(TANH, [x]);

/** 1 / (1 + e^-x); y' = y (1 - y). */
export const sigmoid = (x: Value): Value => apply(SIGMOID, [x]);

/** log(1 + e^x), without overflow. */
export const softplus = (x: Value): Value => apply(SOFTPLUS, [x]);

/** The error function, 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x. */
export const erf = (x: Value): Value => apply(ERF, [x]);

/** max(x, 0), with derivative 0 at 0 and second derivative 0 everywhere. */
export const relu = (x: Value): Value => apply(RELU, [x]);
