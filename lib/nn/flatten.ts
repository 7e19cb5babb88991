import { expected } from '../base/errors.js';
import { withSpec } from '../base/spec.js';
import { Spec } from '../graph/node.js';
import { format, product, type Shape } from '../graph/shape.js';
import '../ops/fluent.js';
import type { Layer } from './layer.js';

const flat = (shape: Shape): Shape => [shape[0]!, product(shape.slice(1))];

/** x[n,a,b,...] -> [n,a*b*...], row by row. */
export function flatten(): Layer<number, number> {
  const layer: Layer<number, number> = {
    name: 'flatten',
    init(input) {
      if (input.shape.length < 1) throw expected('flatten', 'inputs [n,...]', format(input));
      return { output: new Spec(input.dtype, flat(input.shape)), params: {}, state: {} };
    },
    apply: (_params, state, x) => [x.reshape(flat(x.shape)), state],
  };
  return withSpec(layer, { layer: 'flatten' });
}
