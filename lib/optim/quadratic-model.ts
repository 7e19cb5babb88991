import type { Options, OptionValues } from '../base/options.js';
import type { Curvature } from '../curvature/objective.js';
import { noDamping } from './damping/fixed.js';
import { levenbergMarquardt } from './damping/levenberg-marquardt.js';
import type { Damping } from './parts.js';

/** Options of the optimizers that follow a damped quadratic model; all of `sgdqlr`. */
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
};

/** The options of a damped quadratic model as data. */
export const QUADRATIC_MODEL_OPTIONS = {
  curvature: {
    kind: 'choice',
    description: 'Matrix C of the quadratic model: the exact Fisher matrix of the batch, or its Hessian.',
    choices: ['fisher', 'hessian'],
    default: 'fisher',
  },
  initialDamping: {
    kind: 'number',
    description: 'Damping lambda before the first step; 0 leaves the model undamped.',
    range: '[0, inf)',
    default: 1e-3,
  },
  dampingDecrease: { kind: 'number', description: 'Factor on lambda where the model predicted well.', range: '(0, 1]', default: 0.5 },
  dampingIncrease: { kind: 'number', description: 'Factor on lambda where it did not.', range: '[1, inf)', default: 2 },
  dampingRange: {
    kind: 'interval',
    description: 'Interval that lambda is clipped to.',
    range: '[0, inf]',
    default: [1e-8, Number.POSITIVE_INFINITY],
  },
} as const satisfies Options;

/** The damping that these options ask for. */
export function modelDamping(options: OptionValues<typeof QUADRATIC_MODEL_OPTIONS>, lowerOnAscent: boolean): Damping {
  return options.initialDamping === 0 ? noDamping() : levenbergMarquardt({ ...options, lowerOnAscent });
}
