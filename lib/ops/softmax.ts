import type { Value } from '../graph/node.js';
import { sub } from './arithmetic.js';
import { exp } from './elementwise.js';
import { logSumExp } from './reduce.js';

/** log softmax(x) = x - log sum e^x along an axis. */
export function logSoftmax(x: Value, axis = -1): Value {
  return sub(x, logSumExp(x, axis, { keepDims: true }));
}

/** softmax(x) = e^x / sum e^x along an axis. */
export function softmax(x: Value, axis = -1): Value {
  return exp(logSoftmax(x, axis));
}
