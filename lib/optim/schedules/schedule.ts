import { expected, outOfRange } from '../../base/errors.js';
import { showValue } from '../../base/options.js';
import type { Value } from '../../graph/node.js';
import { minimum } from '../../ops/arithmetic.js';
import '../../ops/fluent.js';

/**
 * A hyper-parameter in the course of one call of fit: a traced function of the step t = 0 .. T - 1, a float64 scalar, and the number of steps
 * T. It becomes part of the training step, so that many steps remain one native call.
 */
export type Schedule = (step: Value, steps: number) => Value;

/** Where a schedule goes from and to, and how long it takes. */
export type Transition = {
  /** Value of step 0. */
  readonly from: number;
  /** Value from step `steps` on. */
  readonly to: number;
  /** Steps it takes, an integer >= 1. @default all steps of the call */
  readonly steps?: number;
};

/** x = min(t / T, 1), the share of the transition that is done. */
export function share(step: Value, steps: number): Value {
  return minimum(step.div(steps), 1);
}

/** Throws unless this is a finite number. */
export function checkFinite(who: string, name: string, value: unknown): void {
  if (typeof value !== 'number') throw expected(who, `${name} to be a number`, showValue(value));
  if (!Number.isFinite(value)) throw outOfRange(who, `${name} to be finite`, showValue(value));
}

/** Throws unless this is an integer >= 1. */
export function checkSteps(who: string, steps: unknown): void {
  if (typeof steps !== 'number') throw expected(who, 'steps to be a number', showValue(steps));
  if (!Number.isSafeInteger(steps) || steps < 1) throw outOfRange(who, 'steps to be an integer >= 1', steps);
}
