import type { Options } from '../base/options.js';
import { ADAM_OPTIONS, type AdamOptions } from './adam.js';
import { noDamping } from './damping/fixed.js';
import { type AdamDirectionOptions, adamDirection } from './directions/adam.js';
import { groupedDirection } from './directions/grouped.js';
import { decoupledDecay } from './directions/weight-decay.js';
import { type ParameterGroups, resolveGroupedOptions } from './groups.js';
import { type Optimizer, optimizer } from './optimizer.js';
import { constantStep } from './steps/constant.js';

/** Options of `adamw`. */
export type AdamWOptions = Omit<AdamOptions, 'groups'> & {
  /** Decoupled decay w >= 0, multiplied by the learning rate: theta <- (1 - alpha w) theta. @default 0.01 */
  readonly weightDecay?: number;
  /** Groups of parameters with beta1, beta2, epsilon, weightDecay or learning-rate factor of their own. @default none */
  readonly groups?: ParameterGroups<AdamDirectionOptions & { readonly weightDecay: number }>;
};

/** The options of `adamw` as data. */
export const ADAMW_OPTIONS = {
  ...ADAM_OPTIONS,
  weightDecay: {
    kind: 'number',
    description: 'Decoupled decay w: theta <- (1 - alpha w) theta before the step.',
    range: '[0, inf)',
    default: 0.01,
  },
} as const satisfies Options;

/**
 * AdamW, Loshchilov & Hutter 2019 (arXiv:1711.05101), Algorithm 2: Adam's direction d with decoupled decay.
 *
 *   theta <- (1 - alpha w) theta + alpha d
 *
 * No decay of biases: `adamw({ groups: { bias: { match: (path) => path.endsWith('bias'), weightDecay: 0 } } })`.
 */
export function adamw(options: AdamWOptions = {}): Optimizer {
  const grouped = ['beta1', 'beta2', 'epsilon', 'weightDecay'] as const;
  const { learningRate, groups, ...values } = resolveGroupedOptions('adamw', ADAMW_OPTIONS, grouped, options);
  return optimizer({
    name: 'adamw',
    batchSize: 50,
    direction: groupedDirection('adamw', values, groups, ({ weightDecay, ...moments }) =>
      decoupledDecay(weightDecay, adamDirection(moments)),
    ),
    stepSize: constantStep(learningRate),
    damping: noDamping(),
  });
}
