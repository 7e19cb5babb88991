import { internal } from '../../base/errors.js';
import '../../ops/fluent.js';
import { stationaryPoint } from '../line-model.js';
import type { StepSize } from '../parts.js';

/**
 * alpha = -g'd / |Q| with the curvature Q = d'(C + lambda I)d of the inner model, after the saddle-free Newton method of
 * Dauphin et al. 2014 (arXiv:1406.2572): where Q < 0 the step goes down the slope instead of up to the model's maximum.
 * The model keeps the sign of Q.
 */
export function saddleFreeStep(inner: StepSize): StepSize {
  return {
    ...inner,
    choose(point, state, hyper) {
      const choice = inner.choose(point, state, hyper);
      if (choice.model === null) throw internal('saddleFreeStep needs a step size with a model');
      return { ...choice, alpha: stationaryPoint({ ...choice.model, bend: choice.model.bend.abs() }) };
    },
  };
}
