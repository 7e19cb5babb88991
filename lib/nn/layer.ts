import type { Tree } from '../base/tree.js';
import type { Spec, Value } from '../graph/node.js';
import type { StateDefinition } from '../graph/state.js';
import type { LayerSpec } from './layer-spec.js';
import type { ParameterDefinition } from './parameter.js';

/** 'train' uses the batch's own statistics and randomness, 'predict' neither. */
export type Mode = 'train' | 'predict';

/** What a forward pass gets besides its input. */
export type Context = {
  readonly mode: Mode;
  /** Random key int32[2] of this pass, or null where nothing random is wanted. */
  readonly key: Value | null;
};

/** What a layer is for inputs of one type. */
export type LayerDefinition = {
  readonly output: Spec;
  readonly params: Tree<ParameterDefinition>;
  /** State that a forward pass in 'train' mode moves and that is not trained. */
  readonly state: Tree<StateDefinition>;
};

/**
 * A piece of a model: pure functions and no data of its own. `In` and `Out` are the sizes of the last axis of input and output where the
 * TypeScript compiler knows them; 'same' is an output of the size of the input.
 */
export interface Layer<In extends number = number, Out extends number | 'same' = number | 'same'> {
  readonly name: string;
  /**
   * The layer as plain data, from which `fromSpec` makes it again. All layers of the package have one (a `sequential` where all of its layers
   * do); without it a model cannot be saved for `loadModel`. Not copied by `{ ...layer }`.
   */
  readonly spec?: LayerSpec;
  /** The layers that this one consists of, for errors that name one of them. */
  readonly layers?: readonly Layer[];
  /** Output type, parameters and state for inputs of a type; throws the user's error sentence for inputs the layer cannot take. */
  init(input: Spec): LayerDefinition;
  /** The outputs for x, and the state after this pass. */
  apply(params: Tree<Value>, state: Tree<Value>, x: Value, context: Context): readonly [outputs: Value, state: Tree<Value>];
  /** Exists for the compiler only: carries `In` and `Out`. */
  readonly sizes?: { readonly in: In; readonly out: Out };
}
