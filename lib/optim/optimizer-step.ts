import type { Tree } from '../base/tree.js';
import * as tree from '../base/tree.js';
import { functionObjective } from '../curvature/function-objective.js';
import { allocate, type TypedArray } from '../graph/dtype.js';
import type { Spec, Value } from '../graph/node.js';
import { bind, product } from '../graph/shape.js';
import type { StateDefinition } from '../graph/state.js';
import type { Optimizer, OptimizerState } from './optimizer.js';

/** What a traced step of an optimizer on a plain function returns. */
export type FunctionStep<P> = {
  readonly params: P;
  readonly state: OptimizerState<Value>;
  /** Float64 scalars by name: loss, learningRate, ... */
  readonly stats: Readonly<Record<string, Value>>;
  /** False where the step is not finite and should not be kept. */
  readonly commit: Value;
};

/**
 * One step of an optimizer on any scalar function of a tree of parameters, as a traceable function of parameters and state:
 * `compile(optimizerStep(adamqlr({ curvature: 'hessian' }), f), [specs, stateSpecs(optimizer, specs)])`.
 * A function is the same on every batch, so a `dampingBatch` of 'next' is 'same' here, as it is in training on batches of all examples.
 */
export function optimizerStep<P>(
  optimizer: Optimizer,
  f: (params: P) => Value,
): (params: P, state: OptimizerState<Value>) => FunctionStep<P> {
  return (params, state) => {
    const objective = functionObjective((theta) => f(theta as P));
    const step = optimizer.step(objective, params as Tree<Value>, state, objective);
    return { params: step.params as P, state: step.state, stats: step.stats, commit: step.commit };
  };
}

/** The types of an optimizer's state for parameters of these types. */
export function stateSpecs(optimizer: Optimizer, params: Tree<Spec>): OptimizerState<Spec> {
  return tree.map(({ spec }: StateDefinition) => spec, optimizer.init(params));
}

/** An optimizer's state before the first step, as arrays. */
export function initialState(optimizer: Optimizer, params: Tree<Spec>): OptimizerState<TypedArray> {
  const array = ({ spec, value }: StateDefinition) => allocate(spec.dtype, bind(product(spec.shape), {})).fill(value);
  return tree.map(array, optimizer.init(params));
}
