import * as tree from '../../base/tree.js';
import type { Value } from '../../graph/node.js';
import '../../ops/fluent.js';
import type { StepSize } from '../parts.js';

/** alpha <- k alpha: steps longer (k > 1) or shorter than the inner step size asks for. */
export function amplifiedStep(amplification: number, inner: StepSize): StepSize {
  return {
    ...inner,
    hyper: { ...inner.hyper, amplification },
    choose(point, state, hyper) {
      const choice = inner.choose(point, state, hyper);
      const k = hyper.amplification!;
      const rest = choice.rest && tree.map((u: Value) => u.mul(k), choice.rest);
      return { ...choice, alpha: choice.alpha.mul(k), ...(rest && { rest }) };
    },
  };
}
