import type { Tree } from '../base/tree.js';
import * as tree from '../base/tree.js';
import type { Spec, Value } from '../graph/node.js';
import { foldIn } from '../ops/random.js';

/** First values of a parameter: a traced function of a key int32[2], so that they are computed by a plan and depend on the key alone. */
export type Initializer = (key: Value, spec: Spec) => Value;

/** One parameter of a layer: its type, and how it starts. A leaf of parameter trees. */
export class ParameterDefinition {
  readonly spec: Spec;
  readonly initializer: Initializer;
  constructor(spec: Spec, initializer: Initializer) {
    this.spec = spec;
    this.initializer = initializer;
  }
}

/** The types of a tree of parameters. */
export function parameterSpecs(definitions: Tree<ParameterDefinition>): Tree<Spec> {
  return tree.map((definition: ParameterDefinition) => definition.spec, definitions);
}

/** The first values of all parameters, traced: each from a key of its own, derived from `key` and its place in the tree. */
export function initialize(definitions: Tree<ParameterDefinition>, key: Value): Tree<Value> {
  let index = 0;
  return tree.map(({ initializer, spec }: ParameterDefinition) => initializer(foldIn(key, index++), spec), definitions);
}
