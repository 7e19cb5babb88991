import { internal } from '../base/errors.js';
import type { Tree } from '../base/tree.js';
import * as tree from '../base/tree.js';
import type { Objective } from '../curvature/objective.js';
import type { Spec, Value } from '../graph/node.js';
import { SCALAR, StateDefinition } from '../graph/state.js';
import '../ops/fluent.js';
import { cond } from '../ops/cond.js';
import { select } from '../ops/select.js';
import { constant } from '../ops/sources.js';
import { innerProduct } from './inner-product.js';
import { type Judge, judgeBatch } from './judge.js';
import { type Prediction, predictTaken, updateTree } from './line-model.js';
import type { Damping, DampingUpdate, Direction, Part, PartState, Point, StepSize, Update, UpdateRule } from './parts.js';
import { updateNorm } from './updates/clip.js';

/** An optimizer's state: a tree of one structure from the first step to the last. */
export type OptimizerState<T> = {
  /** Hyper-parameters by option name, float64 scalars. A step passes them on unchanged. */
  readonly hyper: Readonly<Record<string, T>>;
  /** The direction's own state, such as moments. */
  readonly direction: Tree<T>;
  /** The step size's own state, such as averages. */
  readonly stepSize: PartState<T>;
  /** The state of the rules that change updates, such as a count of steps. */
  readonly updates: PartState<T>;
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
   * modelChange, trueChange, rho and damping (lambda after the step) where damping adapts; kept (1 or 0) where it may reject a step.
   * learningRate is alpha as the step size chose it, updateNorm the length of the update after decay, clips and schedules.
   */
  readonly stats: Readonly<Record<string, Value>>;
  /** False where the loss before or after the step, the norm of gradient or update, or the damping is not finite: such a step must not be kept. */
  readonly commit: Value;
};

/** Two pure functions and a plain state tree. */
export interface Optimizer {
  readonly name: string;
  /** The batch size used when the user names none, for n training examples. */
  defaultBatchSize(n: number): number;
  init(params: Tree<Spec>): OptimizerState<StateDefinition>;
  /**
   * One step on one batch. Deterministic: the same inputs give the same outputs. `next` is the objective on a second batch, for optimizers
   * that judge their steps by another batch than they made them for; the others do not look at it.
   */
  step(objective: Objective, params: Tree<Value>, state: OptimizerState<Value>, next?: Objective): OptimizerStep;
}

/** The parts of an optimizer, its name, and the batch size it is meant for. */
export type OptimizerParts = {
  readonly name: string;
  readonly batchSize: number;
  readonly direction: Direction;
  readonly stepSize: StepSize;
  readonly damping: Damping;
  /** Rules that change the update alpha d, in this order. @default none */
  readonly updates?: readonly UpdateRule[];
  /** Which step damping asks the model about. @default predictTaken */
  readonly prediction?: Prediction;
  /** Which batch damping measures the true change of the loss on. The model stays that of the step's batch. @default judgeBatch */
  readonly judge?: Judge;
};

/**
 * Assembles an optimizer = direction (which way) x step size (how far) x damping (how much to trust the model):
 *
 *   g = gradient, d = direction(g), alpha = step size(g, d, lambda), u = updates(alpha d), theta' = theta + u, lambda' = damping(outcome)
 *
 * Where damping rejects the step, theta and all state but lambda stay.
 */
export function optimizer(parts: OptimizerParts): Optimizer {
  const { name, batchSize, direction, stepSize, damping, updates = [], prediction = predictTaken, judge = judgeBatch } = parts;
  const hyperParameters = mergedHyper(name, [direction, stepSize, ...updates, damping]);
  return {
    name,
    defaultBatchSize: (n) => Math.min(batchSize, n),
    init: (params) => ({
      hyper: tree.map((value: number) => new StateDefinition(SCALAR, value), hyperParameters),
      direction: direction.init(params),
      stepSize: stepSize.init(params),
      updates: Object.assign({}, ...updates.map((rule) => rule.init())),
      damping: damping.init(),
    }),
    step(objective, params, state, nextBatch) {
      const { hyper } = state;
      const [before, g] = objective.valueAndGrad(params);
      const [d, directionState] = direction.update(g, params, state.direction, hyper);
      const lambda = damping.lambda(state.damping);
      const point: Point = { objective, params, g, d, lambda, secondMoment: direction.secondMoment?.(state.direction, params) ?? null };
      const { alpha, rest = null, model, state: stepState, stats: choice } = stepSize.choose(point, state.stepSize, hyper);
      const chosen: Update = { alpha, rest };
      const [update, updateState] = applyUpdates(updates, chosen, point, state);
      const next = tree.map((theta: Value, u: Value) => theta.add(u), params, updateTree(update, d));

      let judged: DampingUpdate = { state: state.damping, stats: {} };
      const outcome: Value[] = [];
      if (damping.adapt !== undefined) {
        if (model === null) throw internal(`${name}: adaptive damping needs a step size with a model`);
        const on = judge(name, objective, nextBatch);
        const measure = () => on.change(on.evaluate(params), on.evaluate(next));
        const due = damping.due?.(state.damping, hyper);
        const trueChange = due === undefined ? measure() : cond(due, measure, () => constant(Number.NaN), {});
        const modelChange = prediction(model, chosen, update, d);
        const adapted = damping.adapt(state.damping, { trueChange, modelChange }, hyper);
        judged = { ...adapted, stats: { trueChange, modelChange, ...adapted.stats } };
        outcome.push(damping.lambda(judged.state)!, where(due, where(judged.keep, trueChange)));
      }

      const length = updateNorm(update, d);
      const gradientNorm = innerProduct(g, g).sqrt();
      const stats = { loss: before.loss, learningRate: alpha, gradientNorm, updateNorm: length };
      return {
        params: kept(judged.keep, next, params),
        state: {
          hyper,
          direction: kept(judged.keep, directionState, state.direction),
          stepSize: kept(judged.keep, stepState, state.stepSize),
          updates: kept(judged.keep, updateState, state.updates),
          damping: judged.state,
        },
        modelState: before.modelState,
        stats: { ...stats, ...choice, ...judged.stats },
        // theta' itself is not looked at: with a finite update it overflows only from beyond 1e38 on, and another pass would cost every step.
        // Where g'g overflows so do Adam's second moments: the direction would be 0 from then on, and training a silent standstill.
        commit: finite([before.loss, gradientNorm, where(judged.keep, length), ...outcome]),
      };
    },
  };
}

/** A scalar where it matters, 0 where `matters` says that it does not. */
function where(matters: Value | undefined, value: Value): Value {
  return matters === undefined ? value : select(matters, value, 0);
}

/** Whether all of these scalars are finite: then so is the sum of their sizes, unless they are absurd. */
function finite(values: readonly Value[]): Value {
  return values
    .map((v) => v.abs())
    .reduce((total, v) => total.add(v))
    .le(Number.MAX_VALUE);
}

function applyUpdates(
  rules: readonly UpdateRule[],
  first: Update,
  point: Point,
  { updates, hyper }: OptimizerState<Value>,
): [Update, PartState<Value>] {
  let update = first;
  let state = updates;
  for (const rule of rules) {
    const [changed, next] = rule.apply(update, point, updates, hyper);
    update = changed;
    state = { ...state, ...next };
  }
  return [update, state];
}

/** The new tree where a step is kept, else the old one. */
function kept<T extends Tree<Value>>(keep: Value | undefined, next: T, old: T): T {
  return keep === undefined ? next : tree.map((next: Value, old: Value) => select(keep, next, old), next, old);
}

function mergedHyper(name: string, parts: readonly Part[]): Readonly<Record<string, number>> {
  const merged: Record<string, number> = {};
  for (const [key, value] of parts.flatMap(({ hyper }) => Object.entries(hyper))) {
    if (key in merged) throw internal(`${name}: two parts have a hyper-parameter '${key}'`);
    merged[key] = value;
  }
  return merged;
}
