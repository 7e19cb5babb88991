import { expected } from '../base/errors.js';
import type { Range } from '../base/options.js';
import type { SpecOptions } from '../base/spec.js';
import { isFloat } from '../graph/dtype.js';
import { Spec, type Value } from '../graph/node.js';
import { format, sameShape } from '../graph/shape.js';
import '../ops/fluent.js';

/** Which numbers a loss takes as targets; data are checked against it before any work. */
export type TargetRange = {
  /** What a target is called in an error: 'labels', 'counts'. */
  readonly noun: string;
  readonly range: Range;
  /** How to mend data that are outside of it. */
  readonly hint?: string;
};

/** A loss as plain data: its name, and the options it was made with. */
export type LossSpec = { readonly loss: string } & SpecOptions;

/**
 * A loss owns the geometry of its output space and nothing more. The training loss is the mean of its terms, one per example
 * (or token); the objective takes that mean, over the true number of terms or, where they have weights, over the sum of the weights.
 * A plain record: wrappers copy its members.
 */
export interface Loss {
  readonly name: string;
  /**
   * The loss as plain data, from which `fromSpec` makes it again; without it a loaded model cannot be evaluated. `custom` and `weighted`
   * losses have none. Not copied by `{ ...loss }`.
   */
  readonly spec?: LossSpec;
  /** The type of the targets that belong to outputs of this type; throws the user's error sentence for outputs it cannot judge. */
  target(outputs: Spec): Spec;
  /** The numbers that are valid targets next to these outputs. When absent every finite number is; int32 targets are integers in any case. */
  targetRange?(outputs: Spec): TargetRange;
  /** outputs[n,...,o] and their targets -> terms[n,...]. */
  value(outputs: Value, targets: Value): Value;
  /** B v per term, with B the Hessian of the term with respect to its outputs; v and the result are shaped like the outputs. Derived when absent. */
  hessian?(outputs: Value, targets: Value, v: Value): Value;
  /**
   * F v per term, with F the Fisher matrix of the distribution over targets that the outputs stand for, or the positive semi-definite matrix
   * that a loss without a fitting distribution documents in its place. When absent it is taken to be the
   * output Hessian: equal when the outputs are natural parameters and the term is a negative log-likelihood. A loss for which that does not
   * hold must state it.
   */
  fisher?(outputs: Value, targets: Value, v: Value): Value;
  /**
   * Weights >= 0 of the terms by their targets, float[n,...] like the terms: the training loss is then sum w l / sum w, and its gradient and
   * curvature likewise. When absent all terms count alike. `weighted` and `classWeighted` add them.
   */
  weights?(targets: Value): Value;
  /** Further judgements of the outputs, name -> terms[n,...]; means over the examples, weighted like those but not by `weights`. */
  readonly metrics?: Readonly<Record<string, (outputs: Value, targets: Value) => Value>>;
}

/** Throws unless the targets are of the type that the loss wants next to these outputs. */
export function checkTargets(loss: Loss, outputs: Value, targets: Value): void {
  const wanted = loss.target(outputs.spec);
  if (targets.dtype !== wanted.dtype || !sameShape(targets.shape, wanted.shape)) {
    throw expected(loss.name, `targets ${format(wanted)} next to outputs ${format(outputs)}`, format(targets));
  }
}

/** The type of real targets, one next to every output; throws for outputs that are not float[n,...,o]. */
export function targetsLikeOutputs(who: string, outputs: Spec): Spec {
  if (!isFloat(outputs.dtype) || outputs.shape.length < 2) throw expected(who, 'float outputs [n,...,o]', format(outputs));
  return new Spec(outputs.dtype, outputs.shape);
}

/** |guess - y| averaged over the outputs of a term: guess[n,...,o], y[n,...,o] -> [n,...]. */
export function absoluteError(guess: Value, y: Value): Value {
  return guess.sub(y).abs().mean(-1);
}
