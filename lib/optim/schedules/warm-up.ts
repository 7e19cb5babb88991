import { expected } from '../../base/errors.js';
import { checkNames, showValue } from '../../base/options.js';
import { maximum } from '../../ops/arithmetic.js';
import '../../ops/fluent.js';
import { select } from '../../ops/select.js';
import { constant } from '../../ops/sources.js';
import { checkFinite, checkSteps, type Schedule } from './schedule.js';

/** How a schedule is begun. */
export type WarmUpOptions = {
  /** Steps P of the warm-up, an integer >= 1. */
  readonly steps: number;
  /** Where the line begins, one step before the first one. @default 0 */
  readonly from?: number;
};

/**
 * A straight line up to another schedule s, which then runs for the rest of the steps. No step is at `from` itself, which may be 0.
 *
 *   v(t) = from + (s(0, T - P) - from) (t + 1) / (P + 1)      t < P
 *          s(t - P, T - P)                                    t >= P
 */
export function warmUp(options: WarmUpOptions, schedule: Schedule): Schedule {
  const who = 'schedule.warmUp';
  checkNames(who, ['steps', 'from'], options);
  const { steps: rise, from = 0 } = options;
  checkSteps(who, rise);
  checkFinite(who, 'from', from);
  if (typeof schedule !== 'function')
    throw expected(who, 'a schedule to follow', showValue(schedule), 'for example schedule.constant(1e-3)');
  return (step, steps) => {
    const left = Math.max(1, steps - rise);
    const line = schedule(constant(0), left)
      .sub(from)
      .mul(step.add(1).div(rise + 1))
      .add(from);
    return select(step.lt(rise), line, schedule(maximum(step.sub(rise), 0), left));
  };
}
