import { outOfRange } from '../base/errors.js';
import type { Options, OptionValues } from '../base/options.js';
import type { Curvature } from '../curvature/objective.js';
import { decreasingLoss } from './damping/decreasing-loss.js';
import { everySteps } from './damping/every-steps.js';
import { noDamping } from './damping/fixed.js';
import { LEVENBERG_MARQUARDT_FACTORS, levenbergMarquardt } from './damping/levenberg-marquardt.js';
import { rejecting } from './damping/rejecting.js';
import { type Judge, judgeBatch, judgeNextBatch } from './judge.js';
import type { Damping, StepSize } from './parts.js';
import { quadraticStep } from './steps/quadratic.js';
import { quadraticMomentumStep } from './steps/quadratic-momentum.js';
import type { Rules } from './variants.js';

/** Options of the optimizers that follow a damped quadratic model. */
export type QuadraticModelOptions = {
  /** The matrix C of the model: 'fisher' (needs a model with a loss) or 'hessian' (any function). @default 'fisher' */
  readonly curvature?: Curvature;
  /** lambda before the first step, >= 0. 0 leaves the model undamped for good and saves the second evaluation of the loss. @default 1e-3 */
  readonly initialDamping?: number;
  /** Factor omega_dec in (0, 1] on lambda where the model predicted well. @default 0.5 */
  readonly dampingDecrease?: number;
  /** Factor omega_inc >= 1 on lambda where it did not. @default 2 */
  readonly dampingIncrease?: number;
  /** lambda is clipped to this interval. @default [1e-8, Infinity] */
  readonly dampingRange?: readonly [number, number];
  /** Minimize the model over the direction and the update before together, as K-FAC does: momentum without a coefficient to tune. @default false */
  readonly modelMomentum?: boolean;
};

/** What happens to damping, and to a step that raised the loss. */
export type DampingRuleOptions = {
  /** 'levenberg-marquardt' compares changes with the model's; 'decreasing-loss' only asks whether the loss fell, and takes back a step after which it did not. @default 'levenberg-marquardt' */
  readonly dampingRule?: 'levenberg-marquardt' | 'decreasing-loss';
  /** Take back a step that raised the loss, whatever the rule; damping grows. @default false */
  readonly rejectAscent?: boolean;
  /** Predict the change of the loss without lambda, as kfac-jax does. Steps are chosen with lambda all the same. @default false */
  readonly undampedPrediction?: boolean;
  /** Adapt lambda in every T-th step only, T >= 1, which saves the second evaluation of the loss in the others. @default 1 */
  readonly dampingInterval?: number;
  /**
   * The batch whose loss judges a step: its own, or the next one, of the same size, that the step was not made for. On its own batch a step
   * lowers the loss by more than on others, so small batches trust the model too much. The prediction is that of the step's batch either way.
   * @default 'same'
   */
  readonly dampingBatch?: 'same' | 'next';
};

/** The options of a damped quadratic model as data. */
export const QUADRATIC_MODEL_OPTIONS = {
  curvature: {
    kind: 'choice',
    description: 'Matrix C of the quadratic model: the exact Fisher matrix of the batch, or its Hessian.',
    choices: ['fisher', 'hessian'],
    default: 'fisher',
  },
  ...LEVENBERG_MARQUARDT_FACTORS,
  initialDamping: {
    kind: 'number',
    description: 'Damping lambda before the first step; 0 leaves the model undamped.',
    range: '[0, inf)',
    default: 1e-3,
  },
  modelMomentum: { kind: 'flag', description: 'Minimize the model over the direction and the update before together.', default: false },
} as const satisfies Options;

/** The choice of a damping rule as data. */
export const DAMPING_RULE_OPTIONS = {
  dampingRule: {
    kind: 'choice',
    description: 'Adapt lambda by the ratio of true and predicted change, or by whether the loss fell (else the step is taken back).',
    choices: ['levenberg-marquardt', 'decreasing-loss'],
    default: 'levenberg-marquardt',
  },
  rejectAscent: { kind: 'flag', description: 'Take back steps that raised the loss, whatever the rule; damping grows.', default: false },
  undampedPrediction: { kind: 'flag', description: 'Predict the change of the loss without lambda, as kfac-jax does.', default: false },
  dampingInterval: { kind: 'integer', description: 'Adapt lambda in every T-th step only.', range: '[1, inf)', default: 1 },
  dampingBatch: {
    kind: 'choice',
    description: 'Measure the true change of the loss on the batch of the step, or on the next one, which the step was not made for.',
    choices: ['same', 'next'],
    default: 'same',
  },
} as const satisfies Options;

type DampingOptions = OptionValues<typeof QUADRATIC_MODEL_OPTIONS & typeof DAMPING_RULE_OPTIONS>;

/** The step size that these options ask for: `quadraticStep`, or with momentum `quadraticMomentumStep`. */
export function modelStep({ curvature, modelMomentum }: OptionValues<typeof QUADRATIC_MODEL_OPTIONS>): StepSize {
  return modelMomentum ? quadraticMomentumStep(curvature) : quadraticStep(curvature);
}

/** The batch that these options measure the true change of the loss on. */
export function modelJudge({ dampingBatch }: OptionValues<typeof DAMPING_RULE_OPTIONS>): Judge {
  return dampingBatch === 'next' ? judgeNextBatch : judgeBatch;
}

/** The damping that these options of `who` ask for. Throws RangeError where steps are to be taken back without a damping that could grow. */
export function modelDamping(who: string, options: DampingOptions, rules: Rules): Damping {
  const { initialDamping, dampingRule, rejectAscent, dampingRange, dampingInterval } = options;
  const rejects = rejectAscent || dampingRule === 'decreasing-loss';
  if (rejects && dampingInterval > 1)
    throw outOfRange(who, 'dampingInterval 1 where steps may be taken back', dampingInterval, 'every step has to be judged');
  if (initialDamping === 0) {
    if (rejects)
      throw outOfRange(who, 'initialDamping > 0 where steps may be taken back', 0, 'without damping the next try would be the same');
    return noDamping();
  }
  if (dampingRule === 'decreasing-loss')
    return decreasingLoss({ ...options, dampingRange: rules.clipDecreasingLoss ? dampingRange : [0, Number.POSITIVE_INFINITY] });
  const { dampingDecrease, dampingIncrease } = options;
  const { lowerOnAscent, raiseAtStandstill } = rules;
  const damping = levenbergMarquardt({ initialDamping, dampingDecrease, dampingIncrease, dampingRange, lowerOnAscent, raiseAtStandstill });
  if (rejectAscent) return rejecting(damping);
  return dampingInterval > 1 ? everySteps(dampingInterval, damping) : damping;
}
