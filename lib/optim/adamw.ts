import { type Options, resolveOptions } from '../base/options.js';
import { ADAM_OPTIONS, type AdamOptions } from './adam.js';
import { noDamping } from './damping/fixed.js';
import { adamDirection } from './directions/adam.js';
import { decoupledDecay } from './directions/weight-decay.js';
import { type Optimizer, optimizer } from './optimizer.js';
import { constantStep } from './steps/constant.js';

/** Options of `adamw`. */
export type AdamWOptions = AdamOptions & {
  /** Decoupled decay w >= 0, multiplied by the learning rate: theta <- (1 - alpha w) theta. @default 0.01 */
  readonly weightDecay?: number;
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
 */
export function adamw(options: AdamWOptions = {}): Optimizer {
  const { learningRate, weightDecay, ...moments } = resolveOptions('adamw', ADAMW_OPTIONS, options);
  return optimizer({
    name: 'adamw',
    batchSize: 50,
    direction: decoupledDecay(weightDecay, adamDirection(moments)),
    stepSize: constantStep(learningRate),
    damping: noDamping(),
  });
}
