import '../../ops/fluent.js';
import { type Schedule, share, type Transition } from './schedule.js';
import { checkTransition } from './transition.js';

/** A straight line: v(t) = from + (to - from) x with x = min(t / T, 1). */
export function linear(options: Transition): Schedule {
  checkTransition('schedule.linear', options);
  const { from, to } = options;
  return (step, steps) =>
    share(step, options.steps ?? steps)
      .mul(to - from)
      .add(from);
}
