import { outOfRange } from '../base/errors.js';
import type { Options, OptionValues } from '../base/options.js';
import { clipGradient } from './clip-gradient.js';
import { clippedDirection } from './directions/clipped.js';
import type { Group } from './groups.js';
import { type Prediction, predictChosen, predictTaken } from './line-model.js';
import { type Optimizer, type OptimizerParts, optimizer } from './optimizer.js';
import { type AdamCurvature, judgedByAdam } from './steps/adam-curvature.js';
import { amplifiedStep } from './steps/amplified.js';
import { averagedCurvature, averagedStep } from './steps/averaged.js';
import { clippedStep } from './steps/clipped.js';
import { judgedUndamped } from './steps/judged-undamped.js';
import { saddleFreeStep } from './steps/saddle-free.js';
import { clippedUpdate } from './updates/clip.js';
import { unscaledDecay } from './updates/decay.js';
import { envelope } from './updates/envelope.js';

/** How a learning rate from a quadratic model may be changed. */
export type StepVariantOptions = {
  /** The learning rate is clipped to this interval; negative rates go up the slope. @default [-Infinity, Infinity] */
  readonly learningRateRange?: readonly [number, number];
  /** Factor k > 0 on the learning rate, after the clip. @default 1 */
  readonly amplification?: number;
  /** Decay e in [0, 1) of a running average of the learning rate; 0 for none. @default 0 */
  readonly learningRateAverage?: number;
  /** Decay e in [0, 1) of a running average of d'(C + lambda I)d; 0 for none. @default 0 */
  readonly curvatureAverage?: number;
  /** Divide by |d'(C + lambda I)d|, so that negative curvature does not turn the step around. @default false */
  readonly saddleFree?: boolean;
};

/** How gradient, direction and update may be changed. */
export type UpdateVariantOptions = {
  /** Longest gradient, > 0. @default Infinity */
  readonly gradientClip?: number;
  /** Largest entry of the direction, > 0. @default Infinity */
  readonly directionClip?: number;
  /** Longest update, > 0. @default Infinity */
  readonly updateClip?: number;
  /** Decoupled decay w >= 0, not multiplied by the learning rate: theta' = (1 - w) theta + alpha d. @default 0 */
  readonly weightDecay?: number;
  /** Steps over which updates grow from nothing to full length; 0 for none. @default 0 */
  readonly warmupSteps?: number;
  /** Steps after which updates have faded to nothing along a cosine; 0 for never. @default 0 */
  readonly totalSteps?: number;
};

const LENGTH = { kind: 'number', range: '(0, inf]', default: Number.POSITIVE_INFINITY } as const;
const DECAY = { kind: 'number', range: '[0, 1)', default: 0 } as const;
const STEPS = { kind: 'integer', range: '[0, inf)', default: 0 } as const;

/** The variants of an optimizer with a quadratic model as data. */
export const VARIANT_OPTIONS = {
  learningRateRange: {
    kind: 'interval',
    description: 'Interval that the learning rate is clipped to; negative rates go up the slope.',
    range: '[-inf, inf]',
    default: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  },
  amplification: { kind: 'number', description: 'Factor k on the learning rate, after the clip.', range: '(0, inf)', default: 1 },
  learningRateAverage: { ...DECAY, description: 'Decay of a running average of the learning rate; 0 for none.' },
  curvatureAverage: { ...DECAY, description: "Decay of a running average of the model's curvature along d; 0 for none." },
  saddleFree: {
    kind: 'flag',
    description: 'Divide by the absolute curvature along d, so that steps go down at saddles too.',
    default: false,
  },
  gradientClip: { ...LENGTH, description: 'Longest gradient, by its Euclidean norm.' },
  directionClip: { ...LENGTH, description: 'Largest entry of the direction.' },
  updateClip: { ...LENGTH, description: 'Longest update, by its Euclidean norm.' },
  weightDecay: {
    kind: 'number',
    description: "Decoupled decay w, not multiplied by the learning rate: theta' = (1 - w) theta + alpha d.",
    range: '[0, inf)',
    default: 0,
  },
  warmupSteps: { ...STEPS, description: 'Steps over which updates grow from nothing to full length; 0 for none.' },
  totalSteps: { ...STEPS, description: 'Steps after which updates have faded to nothing along a cosine; 0 for never.' },
} as const satisfies Options;

/** Where the published code and this one differ. */
export type Rules = {
  /** Whether a step that raised the loss may lower lambda. */
  readonly lowerOnAscent: boolean;
  /** Whether a step that left the loss exactly as it was raises lambda. */
  readonly raiseAtStandstill: boolean;
  /** Where the averages start; null: from the first value. */
  readonly learningRateStart: number | null;
  readonly curvatureStart: number | null;
  /** Which step rho compares with the model. */
  readonly prediction: Prediction;
  /** Whether 'decreasing-loss' keeps lambda in its range. */
  readonly clipDecreasingLoss: boolean;
};

/** The rules of the published code, defects included. */
export const PUBLISHED: Rules = {
  lowerOnAscent: true,
  raiseAtStandstill: true,
  learningRateStart: 0,
  curvatureStart: 1e7,
  prediction: predictChosen,
  clipDecreasingLoss: false,
};

/** The rules of this package. */
export const REPAIRED: Rules = {
  lowerOnAscent: false,
  raiseAtStandstill: false,
  learningRateStart: null,
  curvatureStart: null,
  prediction: predictTaken,
  clipDecreasingLoss: true,
};

type Variants = OptionValues<typeof VARIANT_OPTIONS> & {
  readonly dampingModel?: 'same' | AdamCurvature;
  readonly undampedPrediction: boolean;
  readonly modelMomentum: boolean;
  readonly groups: readonly Group[];
};

/** Assembles an optimizer from its parts, wrapped in the variants asked for, in the order of the published code. */
export function optimizerWithVariants(options: Variants, rules: Rules, parts: OptimizerParts): Optimizer {
  const { learningRateRange, amplification, curvatureAverage, learningRateAverage, dampingModel = 'same' } = options;
  if (options.modelMomentum && (curvatureAverage > 0 || options.saddleFree))
    throw outOfRange(parts.name, 'modelMomentum without curvatureAverage and saddleFree', true, 'those change the curvature along d alone');
  const { weightDecay, groups, updateClip, warmupSteps, totalSteps, directionClip, gradientClip } = options;
  const assembled = optimizer({
    ...parts,
    direction: wrapped(parts.direction, [directionClip < Infinity && ((inner) => clippedDirection(directionClip, inner))]),
    stepSize: wrapped(parts.stepSize, [
      curvatureAverage > 0 && ((inner) => averagedCurvature({ decay: curvatureAverage, start: rules.curvatureStart }, inner)),
      options.saddleFree && saddleFreeStep,
      learningRateRange.some(Number.isFinite) && ((inner) => clippedStep(learningRateRange, inner)),
      amplification !== 1 && ((inner) => amplifiedStep(amplification, inner)),
      learningRateAverage > 0 && ((inner) => averagedStep({ decay: learningRateAverage, start: rules.learningRateStart }, inner)),
      dampingModel !== 'same' && ((inner) => judgedByAdam(dampingModel, inner)),
      options.undampedPrediction && judgedUndamped,
    ]),
    updates: [
      [weightDecay, ...groups.map(({ own }) => own.weightDecay ?? 0)].some((w) => w > 0) && unscaledDecay(weightDecay, groups),
      updateClip < Infinity && clippedUpdate(updateClip),
      warmupSteps + totalSteps > 0 && envelope({ warmupSteps, totalSteps }),
    ].filter((rule) => rule !== false),
    prediction: rules.prediction,
  });
  return wrapped(assembled, [gradientClip < Infinity && ((inner) => clipGradient(gradientClip, inner))]);
}

/** A part inside the wrappers that are asked for, the first one innermost. */
function wrapped<T>(part: T, wrappers: readonly (false | ((inner: T) => T))[]): T {
  return wrappers.reduce((inner: T, wrapper) => (wrapper === false ? inner : wrapper(inner)), part);
}
