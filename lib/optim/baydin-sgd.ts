import { type Options, resolveOptions } from '../base/options.js';
import { noDamping } from './damping/fixed.js';
import { sgdDirection } from './directions/sgd.js';
import { type Optimizer, optimizer } from './optimizer.js';
import { hypergradientStep } from './steps/hypergradient.js';

/** Options of `baydinSgd`. */
export type BaydinSgdOptions = {
  /** Step length alpha before the first step, > 0. @default 1e-3 */
  readonly learningRate?: number;
  /** Step length kappa >= 0 of alpha's own descent. @default 1e-3 */
  readonly hyperLearningRate?: number;
};

/** The options of `baydinSgd` as data. */
export const BAYDIN_SGD_OPTIONS = {
  learningRate: { kind: 'number', description: 'Step length alpha before the first step.', range: '(0, inf)', default: 1e-3 },
  hyperLearningRate: { kind: 'number', description: "Step length kappa of alpha's own descent.", range: '[0, inf)', default: 1e-3 },
} as const satisfies Options;

/**
 * Stochastic gradient descent whose learning rate follows its hypergradient, Baydin et al. 2018 (arXiv:1703.04782), Algorithm 4.
 *
 *   alpha <- alpha + kappa g'g_before        theta <- theta - alpha g        (g_before = 0 in the first step)
 */
export function baydinSgd(options: BaydinSgdOptions = {}): Optimizer {
  const rates = resolveOptions('baydinSgd', BAYDIN_SGD_OPTIONS, options);
  return optimizer({
    name: 'baydinSgd',
    batchSize: 50,
    direction: sgdDirection(),
    stepSize: hypergradientStep(rates),
    damping: noDamping(),
  });
}
