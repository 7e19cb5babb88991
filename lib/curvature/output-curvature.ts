import type { Value } from '../graph/node.js';
import { sum } from '../ops/reduce.js';
import { hvpOf } from '../transforms/index.js';

/** The part of a loss that curvature needs; `Loss` of the losses folder explains the members. */
export interface OutputLoss {
  readonly name: string;
  value(outputs: Value, targets: Value): Value;
  hessian?(outputs: Value, targets: Value, v: Value): Value;
  fisher?(outputs: Value, targets: Value, v: Value): Value;
  weights?(targets: Value): Value;
}

/** B v per term, B the Hessian of the terms in output space: stated by the loss, or the derivative along v of the gradient of the summed terms. */
export function outputHessian(loss: OutputLoss, outputs: Value, targets: Value, v: Value): Value {
  if (loss.hessian !== undefined) return loss.hessian(outputs, targets, v);
  return hvpOf(sum(loss.value(outputs, targets)), [outputs], [v])[0]!;
}

/** F v per term: stated by the loss, or its output Hessian. */
export function outputFisher(loss: OutputLoss, outputs: Value, targets: Value, v: Value): Value {
  return loss.fisher === undefined ? outputHessian(loss, outputs, targets, v) : loss.fisher(outputs, targets, v);
}
