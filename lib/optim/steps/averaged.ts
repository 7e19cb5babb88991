import '../../ops/fluent.js';
import { internal } from '../../base/errors.js';
import { stationaryPoint } from '../line-model.js';
import type { StepSize } from '../parts.js';
import { runningAverage } from '../running-average.js';

/** A running average's decay e in [0, 1) and its start; null starts from the first value. */
export type AverageOptions = { readonly decay: number; readonly start: number | null };

/** alpha <- e alpha_before + (1 - e) alpha. AdamQLR's code starts from 0, which shortens the first 1 / (1 - e) steps. */
export function averagedStep({ decay, start }: AverageOptions, inner: StepSize): StepSize {
  const average = runningAverage('averageLearningRate', start);
  return {
    hyper: { ...inner.hyper, learningRateAverage: decay },
    init: (params) => ({ ...inner.init(params), ...average.init() }),
    choose(point, state, hyper) {
      const choice = inner.choose(point, state, hyper);
      const [alpha, next] = average.take(choice.alpha, hyper.learningRateAverage!, choice.state);
      return { ...choice, alpha, state: next };
    },
  };
}

/**
 * The inner model with an averaged curvature, Q <- e Q_before + (1 - e) Q where Q = d'(C + lambda I)d, and its minimizer.
 * AdamQLR's code starts from 1e7, so that dozens of steps are next to nothing.
 */
export function averagedCurvature({ decay, start }: AverageOptions, inner: StepSize): StepSize {
  const average = runningAverage('averageCurvature', start);
  return {
    hyper: { ...inner.hyper, curvatureAverage: decay },
    init: (params) => ({ ...inner.init(params), ...average.init() }),
    choose(point, state, hyper) {
      const choice = inner.choose(point, state, hyper);
      if (choice.model === null) throw internal('averagedCurvature needs a step size with a model');
      const [bend, next] = average.take(choice.model.bend, hyper.curvatureAverage!, choice.state);
      const model = { ...choice.model, bend };
      return { alpha: stationaryPoint(model), model, state: next, stats: { ...choice.stats, curvature: bend } };
    },
  };
}
