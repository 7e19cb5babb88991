import type { Options } from '../base/options.js';
import { noDamping } from './damping/fixed.js';
import { ADAM_DIRECTION_OPTIONS, type AdamDirectionOptions, adamDirection } from './directions/adam.js';
import { groupedDirection } from './directions/grouped.js';
import { type ParameterGroups, resolveGroupedOptions } from './groups.js';
import { type Optimizer, optimizer } from './optimizer.js';
import { constantStep } from './steps/constant.js';

/** Options of `adam`. */
export type AdamOptions = {
  /** Step length alpha, > 0. @default 1e-3 */
  readonly learningRate?: number;
  /** Decay of the first moment, beta_1 in [0, 1). @default 0.9 */
  readonly beta1?: number;
  /** Decay of the second moment, beta_2 in [0, 1). @default 0.999 */
  readonly beta2?: number;
  /** Added to the root of the second moment, epsilon > 0. @default 1e-8 */
  readonly epsilon?: number;
  /** Groups of parameters with beta1, beta2, epsilon or learning-rate factor of their own. @default none */
  readonly groups?: ParameterGroups<AdamDirectionOptions>;
};

/** The options of `adam` as data. */
export const ADAM_OPTIONS = {
  learningRate: { kind: 'number', description: 'Step length alpha.', range: '(0, inf)', default: 1e-3 },
  ...ADAM_DIRECTION_OPTIONS,
} as const satisfies Options;

/**
 * Adam, Kingma & Ba 2015 (arXiv:1412.6980), Algorithm 1.
 *
 *   m <- beta1 m + (1 - beta1) g        v <- beta2 v + (1 - beta2) g^2
 *   theta <- theta - alpha (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
 */
export function adam(options: AdamOptions = {}): Optimizer {
  const { learningRate, groups, ...moments } = resolveGroupedOptions('adam', ADAM_OPTIONS, ['beta1', 'beta2', 'epsilon'], options);
  return optimizer({
    name: 'adam',
    batchSize: 50,
    direction: groupedDirection('adam', moments, groups, adamDirection),
    stepSize: constantStep(learningRate),
    damping: noDamping(),
  });
}
