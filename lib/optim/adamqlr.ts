import type { Options } from '../base/options.js';
import { ADAM_DIRECTION_OPTIONS, type AdamDirectionOptions, adamDirection } from './directions/adam.js';
import { groupedDirection } from './directions/grouped.js';
import { type ParameterGroups, resolveGroupedOptions } from './groups.js';
import type { Optimizer } from './optimizer.js';
import { modelDamping, modelJudge, modelStep } from './quadratic-model.js';
import { type QlrOptions, SGDQLR_OPTIONS } from './sgdqlr.js';
import { ADAM_CURVATURE_OPTIONS, type AdamCurvatureOptions } from './steps/adam-curvature.js';
import { optimizerWithVariants, PUBLISHED, REPAIRED, type Rules } from './variants.js';

/** Options of `adamqlr`. */
export type AdamQlrOptions = QlrOptions &
  AdamCurvatureOptions & {
    /** Decay of the first moment, beta_1 in [0, 1). @default 0.9 */
    readonly beta1?: number;
    /** Decay of the second moment, beta_2 in [0, 1). @default 0.999 */
    readonly beta2?: number;
    /** Added to the root of the second moment, epsilon > 0. @default 1e-8 */
    readonly epsilon?: number;
    /** Groups of parameters with beta1, beta2, epsilon, weightDecay or a factor on the direction of their own; step size and damping are those of the joint direction. @default none */
    readonly groups?: ParameterGroups<AdamDirectionOptions & { readonly weightDecay: number }>;
  };

/** The options of `adamqlr` as data. */
export const ADAMQLR_OPTIONS = { ...SGDQLR_OPTIONS, ...ADAM_DIRECTION_OPTIONS, ...ADAM_CURVATURE_OPTIONS } as const satisfies Options;

/** The options of `adamqlr.undamped` as data: no damping by default. */
export const UNDAMPED_OPTIONS = {
  ...ADAMQLR_OPTIONS,
  initialDamping: { ...ADAMQLR_OPTIONS.initialDamping, default: 0 },
} as const satisfies Options;

/** The options of `adamqlr.hessian` as data: the Hessian by default. */
export const HESSIAN_OPTIONS = {
  ...ADAMQLR_OPTIONS,
  curvature: { ...ADAMQLR_OPTIONS.curvature, default: 'hessian' },
} as const satisfies Options;

/**
 * AdamQLR, Clarke, Su & Hernandez-Lobato 2023 (arXiv:2310.14963): Adam's direction, a learning rate from a damped quadratic model of the
 * loss, damping by the Levenberg-Marquardt rule. With no options it is the paper's untuned setting, batches of min(3200, n).
 *
 *   g      = gradient of L at theta
 *   d      = -(m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)     Adam, moments m and v of g         -> adamDirection
 *   alpha  = -g'd / d'(C + lambda I)d                                       minimum of M along d, equation 3   -> quadraticStep
 *   theta' = theta + alpha d                                                                                   -> optimizer
 *   rho    = (L(theta') - L(theta)) / (M(theta') - M(theta))                equation 2                         -> levenbergMarquardt
 *   lambda <- omega_dec lambda if rho > 3/4, omega_inc lambda if rho < 1/4
 *
 * `adamqlr` never lowers lambda on a step that raised the loss (see `levenbergMarquardt`); `adamqlr.paper` is the published rule.
 * Options beyond the model's wrap these parts (see `variants.ts`); where they change the step, rho is about the step taken.
 */
export function adamqlr(options: AdamQlrOptions = {}): Optimizer {
  return assemble('adamqlr', ADAMQLR_OPTIONS, options, REPAIRED);
}

/**
 * AdamQLR exactly as published: lambda may fall on a step that went up; averages start from 0 and 1e7; rho compares the step taken with
 * the model at the step before decay, clip and envelope. Options as for `adamqlr`.
 */
adamqlr.paper = (options: AdamQlrOptions = {}): Optimizer => assemble('adamqlr.paper', ADAMQLR_OPTIONS, options, PUBLISHED);

/** The paper's undamped setting: the model is C itself, and the loss is evaluated once per step. Options as for `adamqlr`. */
adamqlr.undamped = (options: AdamQlrOptions = {}): Optimizer => assemble('adamqlr.undamped', UNDAMPED_OPTIONS, options, REPAIRED);

/** The paper's Hessian setting: C is the Hessian of the batch. Options as for `adamqlr`. */
adamqlr.hessian = (options: AdamQlrOptions = {}): Optimizer => assemble('adamqlr.hessian', HESSIAN_OPTIONS, options, REPAIRED);

type Table = typeof ADAMQLR_OPTIONS | typeof UNDAMPED_OPTIONS | typeof HESSIAN_OPTIONS;

function assemble(name: string, table: Table, options: AdamQlrOptions, rules: Rules): Optimizer {
  const grouped = ['beta1', 'beta2', 'epsilon', 'weightDecay'] as const;
  const { beta1, beta2, epsilon, ...model } = resolveGroupedOptions(name, table, grouped, options);
  return optimizerWithVariants(model, rules, {
    name,
    batchSize: 3200,
    direction: groupedDirection(name, { beta1, beta2, epsilon }, model.groups, adamDirection), // d
    stepSize: modelStep(model), //                            alpha
    damping: modelDamping(name, model, rules), //             rho, lambda
    judge: modelJudge(model),
  });
}
