import type { Options } from '../base/options.js';
import { noDamping } from './damping/fixed.js';
import { groupedDirection } from './directions/grouped.js';
import { momentumDirection } from './directions/momentum.js';
import { sgdDirection } from './directions/sgd.js';
import { coupledDecay } from './directions/weight-decay.js';
import { type ParameterGroups, resolveGroupedOptions } from './groups.js';
import { type Optimizer, optimizer } from './optimizer.js';
import { constantStep } from './steps/constant.js';

/** Options of `sgd`. */
export type SgdOptions = {
  /** Step length alpha, > 0. @default 0.1 */
  readonly learningRate?: number;
  /** Decay mu of the running sum of gradients, in [0, 1); 0 for none. @default 0 */
  readonly momentum?: number;
  /** Nesterov's form of momentum, which looks ahead. @default false */
  readonly nesterov?: boolean;
  /** The part delta of every gradient but the first that is left out of the running sum, in [0, 1). @default 0 */
  readonly dampening?: number;
  /** Coupled decay (L2) w >= 0: the gradient becomes g + w theta. @default 0 */
  readonly weightDecay?: number;
  /** Groups of parameters with momentum, dampening, weightDecay or learning-rate factor of their own. @default none */
  readonly groups?: ParameterGroups<{ readonly momentum: number; readonly dampening: number; readonly weightDecay: number }>;
};

/** The options of `sgd` as data. */
export const SGD_OPTIONS = {
  learningRate: { kind: 'number', description: 'Step length alpha.', range: '(0, inf)', default: 0.1 },
  momentum: { kind: 'number', description: 'Decay mu of the running sum of gradients; 0 for none.', range: '[0, 1)', default: 0 },
  nesterov: { kind: 'flag', description: "Nesterov's form of momentum, which looks ahead.", default: false },
  dampening: {
    kind: 'number',
    description: 'Part delta of every gradient but the first that is left out of the running sum.',
    range: '[0, 1)',
    default: 0,
  },
  weightDecay: { kind: 'number', description: 'Coupled decay (L2) w: the gradient becomes g + w theta.', range: '[0, inf)', default: 0 },
} as const satisfies Options;

/**
 * Stochastic gradient descent, Robbins & Monro 1951, with heavy-ball or Nesterov momentum.
 *
 *   g <- g + w theta        b <- mu b + (1 - delta) g        theta <- theta - alpha b        (Nesterov: g + mu b in place of b)
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  const { learningRate, groups, ...values } = resolveGroupedOptions('sgd', SGD_OPTIONS, ['momentum', 'dampening', 'weightDecay'], options);
  return optimizer({
    name: 'sgd',
    batchSize: 50,
    direction: groupedDirection('sgd', values, groups, ({ momentum, nesterov, dampening, weightDecay }) => {
      const direction = momentum === 0 ? sgdDirection() : momentumDirection({ momentum, nesterov, dampening });
      return weightDecay === 0 ? direction : coupledDecay(weightDecay, direction);
    }),
    stepSize: constantStep(learningRate),
    damping: noDamping(),
  });
}
