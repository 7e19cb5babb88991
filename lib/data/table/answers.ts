import { expected, outOfRange } from '../../base/errors.js';
import type { TargetSpec } from './preprocessing.js';

/** What a model says about one row, in the terms of its table: a number in the target's units, or a class and the probability of every class. */
export type Answer =
  | { readonly value: number; readonly class?: never; readonly probabilities?: never }
  | { readonly class: string; readonly probabilities: Readonly<Record<string, number>>; readonly value?: never };

/** exp(z_k) / sum_j exp(z_j) in float64; the largest logit is subtracted first, which keeps every exponential in [0, 1]. */
function softmax(logits: readonly number[]): number[] {
  const largest = Math.max(...logits);
  const shares = logits.map((logit) => Math.exp(logit - largest));
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => share / total);
}

/**
 * The answers that the outputs of a model stand for, examples first: for a regression one output each, standardized as the target was in
 * training, so value = output * scale + mean; for a classification one logit for each class, so the probabilities are their softmax and the
 * class is that of the largest logit, the first of equals.
 * @throws TypeError for outputs that are not whole examples, RangeError for outputs that are not finite.
 */
export function answersOf(target: TargetSpec, outputs: ArrayLike<number>): Answer[] {
  const width = target.kind === 'regression' ? 1 : target.classes.length;
  if (outputs.length % width !== 0) throw expected('preprocessing', `${width} outputs for each example`, `${outputs.length} in all`);
  return Array.from({ length: outputs.length / width }, (_, example) => {
    const own = Array.from({ length: width }, (_, at) => outputs[example * width + at]!);
    const bad = own.find((output) => !Number.isFinite(output));
    if (bad !== undefined) throw outOfRange('preprocessing', 'finite outputs', `${bad} for example ${example}`);
    if (target.kind === 'regression') return { value: own[0]! * target.scale + target.mean };
    const probabilities = softmax(own);
    return {
      class: target.classes[own.indexOf(Math.max(...own))]!,
      probabilities: Object.fromEntries(target.classes.map((name, at) => [name, probabilities[at]!])),
    };
  });
}
