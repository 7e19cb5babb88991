import type { Tree } from '../base/tree.js';
import * as tree from '../base/tree.js';
import type { Value } from '../graph/node.js';
import '../ops/fluent.js';
import { select } from '../ops/select.js';
import type { Update } from './parts.js';

/** A quadratic model of the loss along the direction d: M(alpha) - L = alpha slope + 1/2 alpha^2 bend. */
export type LineModel = {
  /** g'd. */
  readonly slope: Value;
  /** d'(C + lambda I)d, or what stands for it. */
  readonly bend: Value;
  /** M - L at an update u that leaves the line: g'u + 1/2 u'(C + lambda I)u, at the price of one more curvature product. */
  readonly changeAt: (u: Tree<Value>) => Value;
};

/** The stationary point of the model, alpha = -slope / bend; 0 where the slope is 0. */
export function stationaryPoint({ slope, bend }: LineModel): Value {
  return select(slope.eq(0), 0, slope.neg().div(bend));
}

/** The update as a tree: u = alpha d + rest. */
export function updateTree({ alpha, rest }: Update, d: Tree<Value>): Tree<Value> {
  if (rest === null) return tree.map((d: Value) => d.mul(alpha), d);
  return tree.map((d: Value, rest: Value) => d.mul(alpha).add(rest), d, rest);
}

/** Which change of the loss the model answers for: that of the step size's choice, or that of the update taken. */
export type Prediction = (model: LineModel, chosen: Update, taken: Update, d: Tree<Value>) => Value;

/** M at the update that is added to the parameters, after decay, clips and schedules. */
export const predictTaken: Prediction = (model, _chosen, taken, d) => changeOf(model, taken, d);

/** M at the update as the step size chose it, whatever became of it later: the published rule. */
export const predictChosen: Prediction = (model, chosen, _taken, d) => changeOf(model, chosen, d);

function changeOf(model: LineModel, update: Update, d: Tree<Value>): Value {
  if (update.rest !== null) return model.changeAt(updateTree(update, d));
  const { alpha } = update;
  return alpha.mul(model.slope).add(alpha.square().mul(model.bend).mul(0.5));
}
