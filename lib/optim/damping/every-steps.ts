import { internal } from '../../base/errors.js';
import { SCALAR, StateDefinition } from '../../graph/state.js';
import '../../ops/fluent.js';
import { select } from '../../ops/select.js';
import type { Damping } from '../parts.js';

/**
 * Judges and adapts the inner damping in every T-th step only, T = `interval` >= 1, starting with the T-th. In between lambda stays, the loss is
 * not evaluated a second time, and trueChange and rho are NaN.
 */
export function everySteps(interval: number, inner: Damping): Damping {
  const { adapt } = inner;
  if (adapt === undefined) throw internal('everySteps needs a damping that adapts');
  return {
    ...inner,
    hyper: { ...inner.hyper, dampingInterval: interval },
    init: () => ({ ...inner.init(), count: new StateDefinition(SCALAR, 1) }),
    due: ({ count }, hyper) => count!.ge(hyper.dampingInterval!),
    adapt(state, outcome, hyper) {
      const { count, ...own } = state;
      const due = count!.ge(hyper.dampingInterval!);
      const { state: next, stats } = adapt(own, outcome, hyper);
      const lambda = select(due, next.lambda!, own.lambda!);
      return { state: { ...next, lambda, count: select(due, 1, count!.add(1)) }, stats: { ...stats, damping: lambda } };
    },
  };
}
