import { outOfRange } from '../../base/errors.js';
import '../../ops/fluent.js';
import { type Schedule, share, type Transition } from './schedule.js';
import { checkTransition } from './transition.js';

/** An equal factor in every step: v(t) = from (to / from)^x with x = min(t / T, 1); both numbers > 0. */
export function exponential(options: Transition): Schedule {
  checkTransition('schedule.exponential', options);
  const { from, to } = options;
  if (!(from > 0 && to > 0)) throw outOfRange('schedule.exponential', 'from and to to be > 0', `${from} and ${to}`);
  return (step, steps) =>
    share(step, options.steps ?? steps)
      .mul(Math.log(to / from))
      .exp()
      .mul(from);
}
