import { internal } from '../../base/errors.js';
import { maximum, minimum } from '../../ops/arithmetic.js';
import '../../ops/fluent.js';
import { select } from '../../ops/select.js';
import type { Damping } from '../parts.js';

/**
 * Takes back every step that raised the loss or left the numbers; the inner rule (Levenberg-Marquardt) sets lambda, which after a
 * rejection is at least omega_inc times what it was, so that the next try is another one. Records kept (1 or 0).
 */
export function rejecting(inner: Damping): Damping {
  const { adapt } = inner;
  if (adapt === undefined) throw internal('rejecting needs a damping that adapts');
  return {
    ...inner,
    adapt(state, outcome, hyper) {
      const judged = adapt(state, outcome, hyper);
      const keep = outcome.trueChange.le(0);
      const grown = minimum(maximum(judged.state.lambda!, state.lambda!.mul(hyper.dampingIncrease!)), hyper.dampingHigh!);
      const lambda = select(keep, judged.state.lambda!, grown);
      return { state: { ...judged.state, lambda }, stats: { ...judged.stats, kept: keep.cast('float64'), damping: lambda }, keep };
    },
  };
}
