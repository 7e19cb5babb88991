import { expected } from '../base/errors.js';
import { showUnknown } from '../base/plain-data.js';
import { fromRows, type SpecRow } from '../base/spec.js';
import { gelu, relu, sigmoid, silu, softplus, tanh } from './activation.js';
import { flatten } from './flatten.js';
import type { Layer } from './layer.js';
import { linear } from './linear.js';
import { sequential } from './sequential.js';

/** How every layer is made from its spec, by the name that the spec has. */
export const LAYERS: Readonly<Record<string, SpecRow<Layer>>> = {
  flatten: { options: [], make: flatten },
  gelu: { options: [], make: gelu },
  linear: {
    options: ['inputs', 'outputs', 'bias'],
    make: ({ inputs, outputs, ...options }: { inputs: number; outputs: number; bias?: boolean }) => linear(inputs, outputs, options),
  },
  relu: { options: [], make: relu },
  sequential: {
    options: ['layers'],
    make({ layers }: { layers: unknown }) {
      if (!Array.isArray(layers)) throw expected('sequential', 'layers to be a list of specs', showUnknown(layers));
      return (sequential as (...layers: Layer[]) => Layer)(...layers.map(fromSpec));
    },
  },
  sigmoid: { options: [], make: sigmoid },
  silu: { options: [], make: silu },
  softplus: { options: [], make: softplus },
  tanh: { options: [], make: tanh },
};

/**
 * The layer that a spec such as { layer: 'linear', inputs: 4, outputs: 3, bias: true } describes: plain data, of any origin. Given the same
 * parameters it computes the same bits as the layer that the spec was taken from; initializers are not part of a spec.
 * @throws TypeError for other data and unknown names, with the nearest known one; and what the layer throws for its options.
 */
export function fromSpec(spec: unknown): Layer {
  return fromRows('fromSpec', 'layer', LAYERS, spec);
}
