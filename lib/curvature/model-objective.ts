import type { Tree } from '../base/tree.js';
import * as tree from '../base/tree.js';
import type { Value } from '../graph/node.js';
import '../ops/fluent.js';
import { ggnForm, gradOf, secondDerivative } from '../transforms/index.js';
import { type Objective, remembered } from './objective.js';
import { type OutputLoss, outputFisher } from './output-curvature.js';

/** A model's forward pass on one batch: outputs[n,...,o] and the model's state after it. */
export type Forward = (params: Tree<Value>) => readonly [outputs: Value, modelState: Tree<Value>];

/**
 * The mean loss of a model on one batch: L = 1/M sum over the M terms. Its Fisher form is the one of the model's own predictive
 * distribution, d'Fd = 1/M sum_m (J_m d)' F_m (J_m d), J_m the derivative of the outputs of term m.
 */
export function modelObjective(forward: Forward, loss: OutputLoss, targets: Value): Objective {
  const evaluate = remembered((params) => {
    const [outputs, modelState] = forward(params);
    const terms = loss.value(outputs, targets);
    return { loss: terms.mean(), terms, outputs, modelState };
  });
  return {
    evaluate,
    valueAndGrad(params) {
      const evaluation = evaluate(params);
      return [evaluation, tree.rebuild(params, gradOf(evaluation.loss, tree.leaves(params)))];
    },
    quadraticForm(curvature, params, d) {
      const { loss: mean, terms, outputs } = evaluate(params);
      const [theta, along] = [tree.leaves(params), tree.leaves(d)];
      switch (curvature) {
        case 'fisher': {
          const total = ggnForm(outputs!, theta, along, (z, u) => outputFisher(loss, z, targets, u)); // sum_m (J_m d)' F_m (J_m d)
          return total.div(terms!.size());
        }
        case 'hessian':
          return secondDerivative(mean, theta, along);
        default:
          return curvature satisfies never;
      }
    },
    change: (before, after) => after.terms!.cast('float64').sub(before.terms!.cast('float64')).mean(),
  };
}
