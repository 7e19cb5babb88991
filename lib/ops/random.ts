import { expected } from '../base/errors.js';
import { type DType, isFloat } from '../graph/dtype.js';
import { Spec, type Value } from '../graph/node.js';
import { type Dim, dim, format, type Shape, sameShape } from '../graph/shape.js';
import { apply, type Op } from './op.js';
import { constant } from './sources.js';

type DrawAttrs = { readonly shape: Shape; readonly dtype: DType };

function requireKey(who: string, key: Spec): void {
  if (key.dtype !== 'int32' || !sameShape(key.shape, [2])) throw expected(who, 'a key int32[2]', format(key));
}

const FOLD_IN: Op = {
  name: 'foldIn',
  kind: 'constant',
  infer([key, data]) {
    requireKey('foldIn', key!);
    if (data!.dtype !== 'int32' || data!.shape.length > 0) throw expected('foldIn', 'data int32[]', format(data!));
    return [new Spec('int32', [2])];
  },
};

const RANDOM_BITS: Op = {
  name: 'randomBits',
  kind: 'constant',
  infer([key], { shape }: { shape: Shape }) {
    requireKey('randomBits', key!);
    return [new Spec('int32', shape)];
  },
};

function draw(name: string): Op {
  return {
    name,
    kind: 'constant',
    infer([key], { shape, dtype }: DrawAttrs) {
      requireKey(name, key!);
      if (!isFloat(dtype)) throw expected(name, 'float32 or float64', dtype);
      return [new Spec(dtype, shape)];
    },
  };
}

const RANDOM_UNIFORM = draw('randomUniform');
const RANDOM_NORMAL = draw('randomNormal');

const PERMUTATION: Op = {
  name: 'permutation',
  kind: 'constant',
  infer([key], { length }: { length: Dim }) {
    requireKey('permutation', key!);
    return [new Spec('int32', [length])];
  },
};

/** Op records of this file. */
export const RANDOM_OPS: readonly Op[] = [FOLD_IN, RANDOM_BITS, RANDOM_UNIFORM, RANDOM_NORMAL, PERMUTATION];

/** A new key from a key int32[2] and an integer: keys for steps, layers, examples. Philox4x32-10, Salmon et al. 2011. */
export function foldIn(key: Value, data: Value | number): Value {
  return apply(FOLD_IN, [key, typeof data === 'number' ? constant(data, 'int32') : data]);
}

/** 32 random bits per element, as int32. The bits of an element depend on the key and its index alone. */
export function randomBits(key: Value, shape: Shape): Value {
  return apply(RANDOM_BITS, [key], { shape });
}

/** Uniform in [0, 1): 24 bits for float32, 53 for float64. */
export function randomUniform(key: Value, shape: Shape, dtype: DType = 'float32'): Value {
  return apply(RANDOM_UNIFORM, [key], { shape, dtype });
}

/** Standard normal, by Box and Muller's transform of pairs of uniforms. */
export function randomNormal(key: Value, shape: Shape, dtype: DType = 'float32'): Value {
  return apply(RANDOM_NORMAL, [key], { shape, dtype });
}

/** A random order of 0 .. length - 1, as int32. */
export function permutation(key: Value, length: Dim): Value {
  return apply(PERMUTATION, [key], { length: dim('permutation', length) });
}
