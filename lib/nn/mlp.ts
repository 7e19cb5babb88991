import { expected } from '../base/errors.js';
import { checkNames } from '../base/options.js';
import { type ActivationName, namedActivation } from './activation.js';
import type { Layer } from './layer.js';
import { linear } from './linear.js';
import type { Initializer } from './parameter.js';
import { sequential } from './sequential.js';

/** Options of `mlp`. */
export type MlpOptions = {
  /** Between the layers, not after the last one. @default 'relu' */
  readonly activation?: ActivationName;
  /** First weights. @default truncatedNormal */
  readonly initializer?: Initializer;
};

type First<S extends readonly number[]> = S[0] & number;
type Last<S extends readonly number[]> = S extends readonly [...unknown[], infer L extends number] ? L : number;

/** A multi-layer perceptron: sizes [in, hidden..., out], linear layers with biases and an activation between them. */
export function mlp<const S extends readonly number[]>(sizes: S, options: MlpOptions = {}): Layer<First<S>, Last<S>> {
  if (!Array.isArray(sizes) || sizes.length < 2) throw expected('mlp', 'sizes such as [784, 50, 10]', `[${sizes}]`);
  checkNames('mlp', ['activation', 'initializer'], options);
  const { activation = 'relu', initializer } = options;
  const layers = sizes.slice(1).flatMap((outputs: number, i: number): Layer[] => {
    const layer = linear(sizes[i] as number, outputs, initializer === undefined ? {} : { initializer });
    return i === 0 ? [layer] : [namedActivation('mlp', activation), layer];
  });
  return sequential(...layers) as Layer<First<S>, Last<S>>;
}
