import type { Value } from '../graph/node.js';
import { add, mul } from './arithmetic.js';
import { erf, sigmoid } from './elementwise.js';

/** Gaussian error linear unit, x Phi(x) = x (1 + erf(x / sqrt 2)) / 2, exact. Hendrycks & Gimpel 2016, arXiv:1606.08415. */
export function gelu(x: Value): Value {
  return mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1));
}

/** x sigmoid(x), also called swish. */
export function silu(x: Value): Value {
  return mul(x, sigmoid(x));
}
