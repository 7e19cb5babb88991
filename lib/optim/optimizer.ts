import { internal } from '../base/errors.js';
import type { Tree } from '../base/tree.js';
import * as tree from '../base/tree.js';
import type { Objective } from '../curvature/objective.js';
import type { Spec, Value } from '../graph/node.js';
import { SCALAR, StateDefinition } from '../graph/state.js';
import '../ops/fluent.js';
import { innerProduct } from './inner-product.js';
import type { Damping, Direction, Hyper, StepSize } from './parts.js';

/** An optimizer's state: a tree of one structure from the first step to the last. */
export type OptimizerState<T> = {
  /** Hyper-parameters by option name, float64 scalars. A step passes them on unchanged. */
  readonly hyper: Readonly<Record<string, T>>;
  /** The direction's own state, such as moments. */
  readonly direction: Tree<T>;
  /** lambda, where there is one. */
  readonly damping: Readonly<Record<string, T>>;
};

/** What one step computes. */
export type OptimizerStep = {
  readonly params: Tree<Value>;
  readonly state: OptimizerState<Value>;
  /** The model's state after the forward pass at the old parameters. */
  readonly modelState: Tree<Value>;
  /**
   * Float64 scalars to record: loss (before the step), learningRate (alpha), gradientNorm, updateNorm, and what the parts add:
   * gradDirection (g'd) and curvature (d'(C + lambda I)d, lambda of this step) of a quadratic step;
   * modelChange, trueChange, rho and damping (lambda after the step) where damping adapts.
   */
  readonly stats: Readonly<Record<string, Value>>;
  /** False where the loss before or after the step, the update or the damping is not finite: such a step must not be kept. */
  readonly commit: Value;
};

/** Two pure functions and a plain state tree. */
export interface Optimizer {
  readonly name: string;
  /** The batch size used when the user names none, for n training examples. */
  defaultBatchSize(n: number): number;
  init(params: Tree<Spec>): OptimizerState<StateDefinition>;
  /** One step on one batch. Deterministic: the same inputs give the same outputs. */
  step(objective: Objective, params: Tree<Value>, state: OptimizerState<Value>): OptimizerStep;
}

/** The three parts of an optimizer, its name, and the batch size it is meant for. */
export type OptimizerParts = {
  readonly name: string;
  readonly batchSize: number;
  readonly direction: Direction;
  readonly stepSize: StepSize;
  readonly damping: Damping;
};

/**
 * Assembles an optimizer = direction (which way) x step size (how far) x damping (how much to trust the model):
 *
 *   g = gradient, d = direction(g), alpha = step size(g, d, lambda), theta' = theta + alpha d, lambda' = damping(outcome)
 */
export function optimizer({ name, batchSize, direction, stepSize, damping }: OptimizerParts): Optimizer {
  const hyperParameters = mergedHyper(name, [direction.hyper, stepSize.hyper, damping.hyper]);
  return {
    name,
    defaultBatchSize: (n) => Math.min(batchSize, n),
    init: (params) => ({
      hyper: tree.map((value: number) => new StateDefinition(SCALAR, value), hyperParameters),
      direction: direction.init(params),
      damping: damping.init(),
    }),
    step(objective, params, state) {
      const hyper: Hyper = state.hyper;
      const [before, g] = objective.valueAndGrad(params);
      const [d, directionState] = direction.update(g, params, state.direction, hyper);
      const lambda = damping.lambda(state.damping);
      const { alpha, modelChange, stats: choice } = stepSize.choose({ objective, params, g, d, lambda }, hyper);
      const next = tree.map((theta: Value, d: Value) => theta.add(d.mul(alpha)), params, d);

      let dampingState = state.damping;
      let judgement: Readonly<Record<string, Value>> = {};
      const outcome: Value[] = [];
      if (damping.adapt !== undefined) {
        if (modelChange === null) throw internal(`${name}: adaptive damping needs a step size with a model`);
        const trueChange = objective.change(before, objective.evaluate(next));
        const adapted = damping.adapt(state.damping, { trueChange, modelChange }, hyper);
        dampingState = adapted.state;
        outcome.push(trueChange, damping.lambda(dampingState)!);
        judgement = { trueChange, modelChange, ...adapted.stats };
      }

      const updateNorm = alpha.abs().mul(innerProduct(d, d).sqrt());
      return {
        params: next,
        state: { hyper: state.hyper, direction: directionState, damping: dampingState },
        modelState: before.modelState,
        stats: { loss: before.loss, learningRate: alpha, gradientNorm: innerProduct(g, g).sqrt(), updateNorm, ...choice, ...judgement },
        commit: finite([before.loss, updateNorm, ...outcome]),
      };
    },
  };
}

/** Whether all of these scalars are finite: then so is the sum of their sizes, unless they are absurd. */
function finite(values: readonly Value[]): Value {
  return values
    .map((v) => v.abs())
    .reduce((total, v) => total.add(v))
    .le(Number.MAX_VALUE);
}

function mergedHyper(name: string, parts: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const merged: Record<string, number> = {};
  for (const [key, value] of parts.flatMap(Object.entries) as [string, number][]) {
    if (key in merged) throw internal(`${name}: two parts have a hyper-parameter '${key}'`);
    merged[key] = value;
  }
  return merged;
}
