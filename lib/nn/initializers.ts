import { expected } from '../base/errors.js';
import type { Spec, Value } from '../graph/node.js';
import { type Dim, format, product } from '../graph/shape.js';
import '../ops/fluent.js';
import { maximum, minimum } from '../ops/arithmetic.js';
import { foldIn, randomNormal, randomUniform } from '../ops/random.js';
import { select } from '../ops/select.js';
import { zeros as zerosLike } from '../ops/sources.js';
import type { Initializer } from './parameter.js';

function count(who: string, spec: Spec, dims: readonly Dim[]): number {
  const size = product(dims);
  if (typeof size === 'string') throw expected(who, 'a parameter of fixed size', format(spec));
  return size;
}

/** Inputs per output of a weight [...,in,out]: everything but the last axis. */
function fanIn(who: string, spec: Spec): number {
  return Math.max(1, count(who, spec, spec.shape.slice(0, -1)));
}

/** Outputs per input of a weight [...,in,out]: everything but the last but one axis. */
function fanOut(who: string, spec: Spec): number {
  return Math.max(1, count(who, spec, [...spec.shape.slice(0, -2), ...spec.shape.slice(-1)]));
}

/** Standard normal numbers outside [-2, 2] are drawn again; after five more draws a rest of 1e-8 of them is clipped. */
const REDRAWS = 5;

function truncated(key: Value, spec: Spec): Value {
  let z = randomNormal(foldIn(key, 0), spec.shape, spec.dtype);
  for (let i = 1; i <= REDRAWS; i++) {
    const again = randomNormal(foldIn(key, i), spec.shape, spec.dtype);
    z = select(z.abs().le(2), z, again);
  }
  return minimum(maximum(z, -2), 2);
}

/** Normal with standard deviation 1/sqrt(fan in), cut off at two of them: the default for weights. */
export const truncatedNormal: Initializer = (key, spec) => truncated(key, spec).mul(1 / Math.sqrt(fanIn('truncatedNormal', spec)));

/** He et al. 2015 (arXiv:1502.01852): normal with standard deviation sqrt(2 / fan in), for relu. */
export const he: Initializer = (key, spec) => randomNormal(key, spec.shape, spec.dtype).mul(Math.sqrt(2 / fanIn('he', spec)));

/** Glorot & Bengio 2010 (AISTATS): uniform in +-sqrt(6 / (fan in + fan out)), for tanh. */
export const glorot: Initializer = (key, spec) => {
  const bound = Math.sqrt(6 / (fanIn('glorot', spec) + fanOut('glorot', spec)));
  return randomUniform(key, spec.shape, spec.dtype).mul(2).sub(1).mul(bound);
};

/** All zeros: the default for biases. */
export const zeros: Initializer = (_key, spec) => zerosLike(spec);
