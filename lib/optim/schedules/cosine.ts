import '../../ops/fluent.js';
import { halfWave } from '../half-wave.js';
import { type Schedule, share, type Transition } from './schedule.js';
import { checkTransition } from './transition.js';

/**
 * Half a wave of the cosine, one cycle of Loshchilov & Hutter 2017 (arXiv:1608.03983), equation 5: v(t) = to + (from - to) (1 + cos(pi x)) / 2
 * with x = min(t / T, 1). `to` is 0 unless given.
 */
export function cosine(options: Omit<Transition, 'to'> & { readonly to?: number }): Schedule {
  const { to = 0 } = options;
  checkTransition('schedule.cosine', { ...options, to });
  const { from } = options;
  return (step, steps) =>
    halfWave(share(step, options.steps ?? steps))
      .mul(from - to)
      .add(to);
}
