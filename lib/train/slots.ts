import type { Tree } from '../base/tree.js';
import * as tree from '../base/tree.js';
import type { SlotDefinition } from '../compile/program.js';
import { allocate, type TypedArray } from '../graph/dtype.js';
import type { Spec, Value } from '../graph/node.js';
import { sizeOf } from '../graph/shape.js';
import type { StateDefinition } from '../graph/state.js';
import type { Layer, LayerDefinition } from '../nn/layer.js';
import { parameterSpecs } from '../nn/parameter.js';
import type { Optimizer } from '../optim/optimizer.js';

/** Slot values as a plan sees them, or results for them, by name. */
export type SlotValues = Readonly<Record<string, Value>>;

/** A tree of state slots: its leaves are slots named `prefix.path`. */
export type StateTree = { readonly prefix: string; readonly specs: Tree<Spec> };

function nameOf({ prefix }: StateTree, path: string): string {
  return path === '' ? prefix : `${prefix}.${path}`;
}

/** Names and types of the slots of a state tree. */
export function slotsOf(state: StateTree): [name: string, spec: Spec][] {
  return tree.entries<Spec>(state.specs).map(([path, spec]) => [nameOf(state, path), spec]);
}

/** The values of a state tree's slots, as a tree. */
export function take(state: StateTree, slots: SlotValues): Tree<Value> {
  return tree.mapWithPath((path: string) => slots[nameOf(state, path)]!, state.specs);
}

/** The leaves of a tree like `state.specs` by slot name: what a plan returns to have them committed. */
export function put(state: StateTree, values: Tree<Value>): Record<string, Value> {
  return Object.fromEntries(tree.entries<Value>(values).map(([path, value]) => [nameOf(state, path), value]));
}

/** First contents of a tree of slots that start as plain numbers. */
export function fills(prefix: string, definitions: Tree<StateDefinition>): [name: string, data: TypedArray][] {
  return tree.entries<StateDefinition>(definitions).map(([path, { spec, value }]) => {
    const count = sizeOf(spec.shape as readonly number[]);
    return [path === '' ? prefix : `${prefix}.${path}`, allocate(spec.dtype, count).fill(value)];
  });
}

/** A model for inputs of one type, and the slots its parameters and its own state live in. */
export type PlacedModel = {
  readonly layer: Layer;
  readonly definition: LayerDefinition;
  readonly params: StateTree;
  readonly state: StateTree;
};

/** Places a model for inputs of one type (examples first, named 'n'); throws the layer's own error for inputs it cannot take. */
export function placeModel(layer: Layer, input: Spec): PlacedModel {
  const definition = layer.init(input);
  const stateSpecs = tree.map((leaf: StateDefinition) => leaf.spec, definition.state);
  return {
    layer,
    definition,
    params: { prefix: 'params', specs: parameterSpecs(definition.params) },
    state: { prefix: 'model', specs: stateSpecs },
  };
}

/** The slots of a model that is used and not trained: parameters and state as data, written before a run. */
export function placeWeights({ params, state }: PlacedModel): Readonly<Record<string, SlotDefinition>> {
  return Object.fromEntries([params, state].flatMap(slotsOf).map(([name, spec]) => [name, { spec, kind: 'data' }]));
}

/** The slots of an optimizer's state next to these parameters. */
export function placeOptimizer(optimizer: Optimizer, model: PlacedModel): StateTree & { readonly definitions: Tree<StateDefinition> } {
  const definitions = optimizer.init(model.params.specs) as unknown as Tree<StateDefinition>;
  return { prefix: 'optimizer', definitions, specs: tree.map((leaf: StateDefinition) => leaf.spec, definitions) };
}
