import type { Options } from '../base/options.js';
import { ADAM_OPTIONS, adam } from './adam.js';
import { ADAMQLR_OPTIONS, adamqlr, HESSIAN_OPTIONS, UNDAMPED_OPTIONS } from './adamqlr.js';
import { ADAMW_OPTIONS, adamw } from './adamw.js';
import { BAYDIN_SGD_OPTIONS, baydinSgd } from './baydin-sgd.js';
import type { Optimizer } from './optimizer.js';
import { SGD_OPTIONS, sgd } from './sgd.js';
import { SGDQLR_OPTIONS, sgdqlr } from './sgdqlr.js';

/** An optimizer by name: what it is, how to make it, and its options as data. */
export type OptimizerEntry = {
  readonly description: string;
  /** Makes the optimizer; checks the options like the factory it stands for. */
  readonly make: (options?: Readonly<Record<string, unknown>>) => Optimizer;
  readonly options: Options;
};

/** Every optimizer by the name that the command line uses. */
export const OPTIMIZERS: Readonly<Record<string, OptimizerEntry>> = {
  adamqlr: { description: "Adam's direction, learning rate and damping from a quadratic model", make: adamqlr, options: ADAMQLR_OPTIONS },
  'adamqlr-paper': { description: 'AdamQLR exactly as published', make: adamqlr.paper, options: ADAMQLR_OPTIONS },
  'adamqlr-undamped': { description: 'AdamQLR without damping', make: adamqlr.undamped, options: UNDAMPED_OPTIONS },
  'adamqlr-hessian': { description: 'AdamQLR with the Hessian as curvature', make: adamqlr.hessian, options: HESSIAN_OPTIONS },
  sgdqlr: { description: 'the gradient, learning rate and damping from a quadratic model', make: sgdqlr, options: SGDQLR_OPTIONS },
  'sgdqlr-paper': { description: 'SGD-QLR exactly as published', make: sgdqlr.paper, options: SGDQLR_OPTIONS },
  adam: { description: 'Adam with a fixed learning rate', make: adam, options: ADAM_OPTIONS },
  adamw: { description: 'Adam with decoupled weight decay', make: adamw, options: ADAMW_OPTIONS },
  sgd: { description: 'stochastic gradient descent with optional momentum', make: sgd, options: SGD_OPTIONS },
  'baydin-sgd': {
    description: 'stochastic gradient descent with a learning rate that follows its own gradient',
    make: baydinSgd,
    options: BAYDIN_SGD_OPTIONS,
  },
};
