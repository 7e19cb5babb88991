import { type Options, resolveOptions } from '../base/options.js';
import { ADAM_DIRECTION_OPTIONS, adamDirection } from './directions/adam.js';
import { type Optimizer, optimizer } from './optimizer.js';
import { modelDamping, QUADRATIC_MODEL_OPTIONS, type QuadraticModelOptions } from './quadratic-model.js';
import { quadraticStep } from './steps/quadratic.js';

/** Options of `adamqlr`. */
export type AdamQlrOptions = QuadraticModelOptions & {
  /** Decay of the first moment, beta_1 in [0, 1). @default 0.9 */
  readonly beta1?: number;
  /** Decay of the second moment, beta_2 in [0, 1). @default 0.999 */
  readonly beta2?: number;
  /** Added to the root of the second moment, epsilon > 0. @default 1e-8 */
  readonly epsilon?: number;
};

/** The options of `adamqlr` as data. */
export const ADAMQLR_OPTIONS = { ...QUADRATIC_MODEL_OPTIONS, ...ADAM_DIRECTION_OPTIONS } as const satisfies Options;

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
 */
export function adamqlr(options: AdamQlrOptions = {}): Optimizer {
  return assemble('adamqlr', options, false);
}

/** AdamQLR with the published damping rule, which may lower lambda on a step that went up. Options as for `adamqlr`. */
adamqlr.paper = (options: AdamQlrOptions = {}): Optimizer => assemble('adamqlr.paper', options, true);

function assemble(name: string, options: AdamQlrOptions, lowerOnAscent: boolean): Optimizer {
  const { beta1, beta2, epsilon, ...model } = resolveOptions(name, ADAMQLR_OPTIONS, options);
  return optimizer({
    name,
    batchSize: 3200,
    direction: adamDirection({ beta1, beta2, epsilon }), //   d
    stepSize: quadraticStep(model.curvature), //              alpha
    damping: modelDamping(model, lowerOnAscent), //           rho, lambda
  });
}
