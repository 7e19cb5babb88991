import type { Tree } from '../base/tree.js';
import * as tree from '../base/tree.js';
import type { Value } from '../graph/node.js';
import '../ops/fluent.js';
import { ggnForm, secondDerivative } from '../transforms/index.js';
import { differentiable, type Objective } from './objective.js';
import { type OutputLoss, outputFisher } from './output-curvature.js';
import { perWeight, termWeights, weightedSum } from './term-weights.js';

/** A model's forward pass on one batch: outputs[n,...,o] and the model's state after it. */
export type Forward = (params: Tree<Value>) => readonly [outputs: Value, modelState: Tree<Value>];

/**
 * The mean loss of a model on one batch: L = 1/W sum_m w_m l_m, W = sum_m w_m. The weight w_m is the product of the loss's own and of
 * `exampleWeights` (float[n], absent: 1), so that without weights L is the mean of the M terms. Its Fisher form is the one of the model's own
 * predictive distribution, d'Fd = 1/W sum_m w_m (J_m d)' F_m (J_m d), J_m the derivative of the outputs of term m.
 */
export function modelObjective(forward: Forward, loss: OutputLoss, targets: Value, exampleWeights: Value | null = null): Objective {
  const weigh = (terms: Value) => termWeights(loss.name, terms, [loss.weights?.(targets), exampleWeights]);
  /** sum_m w_m x_m / W */
  const mean = (x: Value) => {
    const weights = weigh(x);
    return weights === null ? x.mean() : perWeight(weightedSum(x, weights), x, weights);
  };
  const { evaluate, valueAndGrad } = differentiable((params) => {
    const [outputs, modelState] = forward(params);
    const terms = loss.value(outputs, targets);
    return { loss: mean(terms), terms, outputs, modelState };
  });
  return {
    evaluate,
    valueAndGrad,
    quadraticForm(curvature, params, d) {
      const { loss: value, terms, outputs } = evaluate(params);
      const [theta, along] = [tree.leaves(params), tree.leaves(d)];
      switch (curvature) {
        case 'fisher': {
          const weights = weigh(terms!);
          const scaled = (v: Value) => (weights === null ? v : v.mul(weights.expandDims(-1)));
          const total = ggnForm(outputs!, theta, along, (z, u) => scaled(outputFisher(loss, z, targets, u))); // sum_m w_m (J_m d)' F_m (J_m d)
          return perWeight(total, terms!, weights);
        }
        case 'hessian':
          return secondDerivative(value, theta, along);
        default:
          return curvature satisfies never;
      }
    },
    change: (before, after) => mean(after.terms!.cast('float64').sub(before.terms!.cast('float64'))),
  };
}
