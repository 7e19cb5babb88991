import { maximum, minimum } from '../../ops/arithmetic.js';
import type { StepSize } from '../parts.js';

/** alpha <- min(max(alpha, low), high): the inner step size kept in [low, high]. The first AdamQLR paper clips to [-c, c]. */
export function clippedStep([low, high]: readonly [number, number], inner: StepSize): StepSize {
  return {
    ...inner,
    hyper: { ...inner.hyper, learningRateLow: low, learningRateHigh: high },
    choose(point, state, hyper) {
      const choice = inner.choose(point, state, hyper);
      return { ...choice, alpha: minimum(maximum(choice.alpha, hyper.learningRateLow!), hyper.learningRateHigh!) };
    },
  };
}
