import { expected } from '../base/errors.js';
import type { Spec, Value } from '../graph/node.js';
import { format, sameShape } from '../graph/shape.js';

/**
 * A loss owns the geometry of its output space and nothing more. The training loss is the mean of its terms, one per example
 * (or token); the objective takes that mean, over the true number of terms.
 */
export interface Loss {
  readonly name: string;
  /** The type of the targets that belong to outputs of this type; throws the user's error sentence for outputs it cannot judge. */
  target(outputs: Spec): Spec;
  /** outputs[n,...,o] and their targets -> terms[n,...]. */
  value(outputs: Value, targets: Value): Value;
  /** B v per term, with B the Hessian of the term with respect to its outputs; v and the result are shaped like the outputs. Derived when absent. */
  hessian?(outputs: Value, targets: Value, v: Value): Value;
  /**
   * F v per term, with F the Fisher matrix of the distribution over targets that the outputs stand for. When absent it is taken to be the
   * output Hessian: equal when the outputs are natural parameters and the term is a negative log-likelihood. A loss for which that does not
   * hold must state it.
   */
  fisher?(outputs: Value, targets: Value, v: Value): Value;
  /** Further judgements of the outputs, name -> terms[n,...], averaged like the loss. */
  readonly metrics?: Readonly<Record<string, (outputs: Value, targets: Value) => Value>>;
}

/** Throws unless the targets are of the type that the loss wants next to these outputs. */
export function checkTargets(loss: Loss, outputs: Value, targets: Value): void {
  const wanted = loss.target(outputs.spec);
  if (targets.dtype !== wanted.dtype || !sameShape(targets.shape, wanted.shape)) {
    throw expected(loss.name, `targets ${format(wanted)} next to outputs ${format(outputs)}`, format(targets));
  }
}
