import type { Tree } from '../base/tree.js';
import * as tree from '../base/tree.js';
import type { Value } from '../graph/node.js';
import '../ops/fluent.js';
import { gradOf } from '../transforms/index.js';

/** Which matrix C stands for the curvature of the loss: the exact Fisher matrix of the batch under the model's own distribution, or the Hessian. */
export type Curvature = 'fisher' | 'hessian';

/** A loss at one point. */
export type Evaluation = {
  /** The mean of the terms, weighted where they have weights: a float64 scalar. */
  readonly loss: Value;
  /** The loss of every example (or token), without its weight; null for a plain function. */
  readonly terms: Value | null;
  /** What the model returned for the batch; null for a plain function. */
  readonly outputs: Value | null;
  /** The model's own state (such as running statistics) after this forward pass. */
  readonly modelState: Tree<Value>;
};

/** What an optimizer minimizes, on one batch. Evaluations at the same tree of parameters share their nodes. */
export interface Objective {
  /** One forward pass. */
  evaluate(params: Tree<Value>): Evaluation;
  /** The same pass and the gradient of its loss, a tree like the parameters. */
  valueAndGrad(params: Tree<Value>): [Evaluation, Tree<Value>];
  /** d'Cd, a float64 scalar, from tangents along d on the nodes of the forward pass: no reverse pass. */
  quadraticForm(curvature: Curvature, params: Tree<Value>, d: Tree<Value>): Value;
  /** L(after) - L(before): the (weighted) mean of the differences of the terms, which keeps the digits that a difference of means would lose. */
  change(before: Evaluation, after: Evaluation): Value;
}

/**
 * Evaluation and gradient from a forward pass. Evaluations are remembered by their tree of parameters, so that gradient, tangents and
 * loss are built on one forward pass.
 */
export function differentiable(forward: (params: Tree<Value>) => Evaluation): Pick<Objective, 'evaluate' | 'valueAndGrad'> {
  const known = new WeakMap<object, Evaluation>();
  const evaluate = (params: Tree<Value>) => {
    const found = known.get(params as object) ?? forward(params);
    known.set(params as object, found);
    return found;
  };
  return {
    evaluate,
    valueAndGrad(params) {
      const evaluation = evaluate(params);
      return [evaluation, tree.rebuild(params, gradOf(evaluation.loss, tree.leaves(params)))];
    },
  };
}
