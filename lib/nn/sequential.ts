import { expected } from '../base/errors.js';
import { withSpec } from '../base/spec.js';
import type { Tree } from '../base/tree.js';
import type { Spec, Value } from '../graph/node.js';
import { foldIn } from '../ops/random.js';
import type { Layer, LayerDefinition } from './layer.js';

type In<L> = L extends Layer<infer I, number | 'same'> ? I : never;
type Out<L, Before> = L extends Layer<number, infer O> ? (O extends number ? O : Before) : never;

/** Whether a size known to the compiler fits another one; a size it does not know fits any. */
type Fits<A, B> = number extends A ? true : number extends B ? true : A extends B ? true : false;

/** The layers, each one whose inputs do not fit the outputs before it replaced by a sentence. */
type Chained<L extends readonly unknown[], Before> = L extends readonly [infer First, ...infer Rest]
  ? [
      Fits<Before, In<First>> extends true ? First : `expected a layer with ${Before & number} inputs, got one with ${In<First> & number}`,
      ...Chained<Rest, Out<First, Before>>,
    ]
  : L;

type LastOut<L extends readonly unknown[], Before> = L extends readonly [infer First, ...infer Rest]
  ? LastOut<Rest, Out<First, Before>>
  : Before;
type FirstIn<L extends readonly unknown[]> = L extends readonly [infer First, ...unknown[]] ? In<First> : number;

/**
 * One layer after the other. Parameters and states are arrays in the order of the layers. Sizes that the compiler knows must fit: a
 * mismatch is a compile error there, and one sentence when `init` meets it.
 */
export function sequential<const L extends readonly Layer[]>(
  ...layers: L & Chained<L, number>
): Layer<FirstIn<L>, LastOut<L, number> & number> {
  const chain: readonly Layer[] = layers;
  if (chain.length === 0) throw expected('sequential', 'at least one layer', 'none');
  const whole: Layer<FirstIn<L>, LastOut<L, number> & number> = {
    name: 'sequential',
    layers: chain,
    init(input) {
      let output: Spec = input;
      const definitions: LayerDefinition[] = [];
      for (const layer of chain) {
        const definition = layer.init(output);
        definitions.push(definition);
        output = definition.output;
      }
      return { output, params: definitions.map((d) => d.params), state: definitions.map((d) => d.state) };
    },
    apply(params, state, x, { mode, key }) {
      const layerParams = params as readonly Tree<Value>[];
      const layerStates = state as readonly Tree<Value>[];
      let y = x;
      const states = chain.map((layer, i) => {
        const ownKey = key === null ? null : foldIn(key, i);
        const [output, next] = layer.apply(layerParams[i]!, layerStates[i]!, y, { mode, key: ownKey });
        y = output;
        return next;
      });
      return [y, states];
    },
  };
  const specs = chain.flatMap(({ spec }) => spec ?? []);
  return specs.length === chain.length ? withSpec(whole, { layer: 'sequential', layers: specs }) : whole;
}
