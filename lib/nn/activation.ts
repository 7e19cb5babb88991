import { expected } from '../base/errors.js';
import { suggestion } from '../base/nearest.js';
import { withSpec } from '../base/spec.js';
import { isFloat } from '../graph/dtype.js';
import type { Value } from '../graph/node.js';
import { format } from '../graph/shape.js';
import '../ops/fluent.js';
import type { Layer } from './layer.js';

const FUNCTIONS = {
  relu: (x: Value) => x.relu(),
  tanh: (x: Value) => x.tanh(),
  sigmoid: (x: Value) => x.sigmoid(),
  gelu: (x: Value) => x.gelu(),
  silu: (x: Value) => x.silu(),
  softplus: (x: Value) => x.softplus(),
} as const satisfies Record<string, (x: Value) => Value>;

/** The activations that have a name. */
export type ActivationName = keyof typeof FUNCTIONS;

/** An elementwise function as a layer: the output is shaped like the input, and there is nothing to train. */
export function activation(name: string, f: (x: Value) => Value): Layer<number, 'same'> {
  return {
    name,
    init(input) {
      if (!isFloat(input.dtype)) throw expected(name, 'float inputs', format(input));
      return { output: input, params: {}, state: {} };
    },
    apply: (_params, state, x) => [f(x), state],
  };
}

/** The layer of a named activation; throws for an unknown name, with the nearest known one. */
export function namedActivation(who: string, name: ActivationName): Layer<number, 'same'> {
  if (typeof name !== 'string') throw expected(who, "activation to be a name such as 'tanh'", typeof name);
  if (!Object.hasOwn(FUNCTIONS, name)) throw expected(who, 'a known activation', `'${name}'`, suggestion(name, Object.keys(FUNCTIONS)));
  return withSpec(activation(name, FUNCTIONS[name]), { layer: name });
}

/** max(x, 0). */
export const relu = (): Layer<number, 'same'> => namedActivation('relu', 'relu');

/** tanh(x). */
export const tanh = (): Layer<number, 'same'> => namedActivation('tanh', 'tanh');

/** 1 / (1 + e^-x). */
export const sigmoid = (): Layer<number, 'same'> => namedActivation('sigmoid', 'sigmoid');

/** x/2 (1 + erf(x / sqrt 2)), Hendrycks & Gimpel 2016 (arXiv:1606.08415), the exact form. */
export const gelu = (): Layer<number, 'same'> => namedActivation('gelu', 'gelu');

/** x / (1 + e^-x). */
export const silu = (): Layer<number, 'same'> => namedActivation('silu', 'silu');

/** log(1 + e^x). */
export const softplus = (): Layer<number, 'same'> => namedActivation('softplus', 'softplus');
