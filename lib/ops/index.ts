import { ARITHMETIC_OPS } from './arithmetic.js';
import { COMPARISON_OPS } from './comparison.js';
import { COND_OPS } from './cond.js';
import { ELEMENTWISE_OPS } from './elementwise.js';
import { GATHER_OPS } from './gather.js';
import { IDENTITY_OPS } from './identity.js';
import { MATMUL_OPS } from './matmul.js';
import { MOVEMENT_OPS } from './movement.js';
import type { Op } from './op.js';
import { RANDOM_OPS } from './random.js';
import { REDUCE_OPS } from './reduce.js';
import { SCAN_OPS } from './scan.js';
import { SELECT_OPS } from './select.js';
import { SLICING_OPS } from './slicing.js';
import { SOURCE_OPS } from './sources.js';
import './fluent.js';

export { gelu, silu } from './activations.js';
export { abs, add, div, maximum, minimum, mul, neg, pow, sign, sub } from './arithmetic.js';
export { and, eq, ge, gt, le, lt, ne, not, or } from './comparison.js';
export { cond } from './cond.js';
export { erf, exp, expm1, log, log1p, reciprocal, relu, rsqrt, sigmoid, softplus, sqrt, square, tanh } from './elementwise.js';
export { gather, scatterAdd } from './gather.js';
export { cast, stopGradient, tap } from './identity.js';
export { type MatmulOptions, matmul } from './matmul.js';
export { broadcast, expandDims, reshape, transpose } from './movement.js';
export { oneHot } from './one-hot.js';
export { apply, applyAll, type Linear, type Op, type Passes } from './op.js';
export type { Operand } from './operand.js';
export { foldIn, permutation, randomBits, randomNormal, randomUniform } from './random.js';
export { type Axes, argmax, type KeepDims, logSumExp, max, mean, sum } from './reduce.js';
export { type ScanOptions, scan, type Traceable } from './scan.js';
export { select } from './select.js';
export { concat, type Padding, pad, type Range, slice } from './slicing.js';
export { logSoftmax, softmax } from './softmax.js';
export { constant, full, iota, literal, ones, size, zeros } from './sources.js';
export { stack } from './stack.js';

/** Every op record but the graph's own `input`, for tests that must cover them all. */
export const ALL_OPS: readonly Op[] = [
  ...ARITHMETIC_OPS,
  ...ELEMENTWISE_OPS,
  ...COMPARISON_OPS,
  ...SELECT_OPS,
  ...IDENTITY_OPS,
  ...REDUCE_OPS,
  ...MOVEMENT_OPS,
  ...SLICING_OPS,
  ...GATHER_OPS,
  ...MATMUL_OPS,
  ...SOURCE_OPS,
  ...RANDOM_OPS,
  ...SCAN_OPS,
  ...COND_OPS,
];
