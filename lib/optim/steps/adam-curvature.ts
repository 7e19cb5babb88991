import { internal } from '../../base/errors.js';
import type { Options } from '../../base/options.js';
import type { Tree } from '../../base/tree.js';
import * as tree from '../../base/tree.js';
import type { Value } from '../../graph/node.js';
import '../../ops/fluent.js';
import { innerProduct } from '../inner-product.js';
import type { StepSize } from '../parts.js';

/** Which estimate of the curvature Adam's second moment stands for. */
export type AdamCurvature = 'adam-no-sqrt' | 'adam-sqrt';

/** Options of the model that damping is judged by. */
export type AdamCurvatureOptions = {
  /** Which curvature the predicted change is computed with: that of the step, or Adam's second moment, plain or by its root. @default 'same' */
  readonly dampingModel?: 'same' | AdamCurvature;
};

/** The choice of the model that damping is judged by as data. */
export const ADAM_CURVATURE_OPTIONS = {
  dampingModel: {
    kind: 'choice',
    description: "Curvature of the model that damping is judged by: the step's own, or Adam's second moment, plain or by its root.",
    choices: ['same', 'adam-no-sqrt', 'adam-sqrt'],
    default: 'same',
  },
} as const satisfies Options;

const DIAGONAL = {
  'adam-no-sqrt': (v: Value) => v,
  'adam-sqrt': (v: Value) => v.sqrt(),
} satisfies Record<AdamCurvature, (v: Value) => Value>;

/**
 * Keeps the inner step and judges it by another model, whose curvature is Adam's own:
 *
 *   M(alpha) - L = alpha g'd + 1/2 alpha^2 d'(lambda + h) d        h = v ('adam-no-sqrt') or sqrt(v) ('adam-sqrt'), elementwise
 *
 * v is the second moment before this step, not bias-corrected: zeros in the first step.
 */
export function judgedByAdam(curvature: AdamCurvature, inner: StepSize): StepSize {
  return {
    ...inner,
    choose(point, state, hyper) {
      const choice = inner.choose(point, state, hyper);
      const { g, d, lambda, secondMoment } = point;
      if (choice.model === null || secondMoment === null) throw internal('judgedByAdam needs a model and a direction with a second moment');
      const bendOf = (u: Tree<Value>) => {
        const scaled = tree.map((u: Value, v: Value) => u.mul(DIAGONAL[curvature](v)), u, secondMoment);
        const raw = innerProduct(u, scaled);
        return lambda === null ? raw : raw.add(lambda.mul(innerProduct(u, u)));
      };
      const changeAt = (u: Tree<Value>) => innerProduct(g, u).add(bendOf(u).mul(0.5));
      return { ...choice, model: { slope: choice.model.slope, bend: bendOf(d), changeAt } };
    },
  };
}
