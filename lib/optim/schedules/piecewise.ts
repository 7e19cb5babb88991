import { expected, outOfRange } from '../../base/errors.js';
import { checkNames } from '../../base/options.js';
import type { Value } from '../../graph/node.js';
import '../../ops/fluent.js';
import { select } from '../../ops/select.js';
import { constant } from '../../ops/sources.js';
import { checkFinite, type Schedule } from './schedule.js';

/** Steps at which the value changes, and the values: one more than steps. */
export type PiecewiseOptions = {
  /** Steps >= 1 in ascending order. */
  readonly at: readonly number[];
  readonly values: readonly number[];
};

/** A staircase: v(t) = values[i] for at[i - 1] <= t < at[i]. */
export function piecewise(options: PiecewiseOptions): Schedule {
  const who = 'schedule.piecewise';
  checkNames(who, ['at', 'values'], options);
  const { at, values } = options;
  if (!Array.isArray(at) || !Array.isArray(values) || values.length !== at.length + 1)
    throw expected(who, 'a list of steps and a list of one value more', `${at?.length} and ${values?.length}`);
  for (const value of values) checkFinite(who, 'a value', value);
  if (at.some((step, i) => !Number.isSafeInteger(step) || step <= (at[i - 1] ?? 0)))
    throw outOfRange(who, 'steps to be ascending integers >= 1', `[${at.join(', ')}]`);
  return (step) => at.reduce<Value>((before, from, i) => select(step.ge(from), values[i + 1]!, before), constant(values[0]!));
}
