import { expected, outOfRange } from '../base/errors.js';
import { checkNames } from '../base/options.js';
import type { FloatDType } from '../graph/dtype.js';
import type { Loss } from '../losses/loss.js';
import type { Layer } from '../nn/layer.js';
import type { Optimizer } from '../optim/optimizer.js';
import type { Averaging } from './averaging.js';

/** What a trainer is made of. */
export type TrainerOptions = {
  readonly model: Layer;
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  /** Dtype of parameters and activations; scalars are float64 always. @default 'float32' */
  readonly dtype?: FloatDType;
  /** Everything random derives from it: first parameters, order of examples, layers. An integer in [0, 2^53). @default 0 */
  readonly seed?: number;
  /** Averages the parameters over the steps: evaluation, validation and prediction use the averages, training the parameters. @default none */
  readonly averaging?: Averaging;
  /** Compute threads of the process. @default the available cores */
  readonly threads?: number;
};

const NAMES = ['model', 'loss', 'optimizer', 'dtype', 'seed', 'averaging', 'threads'];

function kindOf(value: unknown): string {
  return value === null
    ? 'null'
    : typeof value === 'object'
      ? `an object with ${Object.keys(value).join(', ') || 'nothing'}`
      : typeof value;
}

/** Throws for unknown names, wrong kinds and ranges. */
export function checkTrainer(options: TrainerOptions): void {
  checkNames('Trainer', NAMES, options);
  const { model, loss, optimizer, seed = 0, dtype = 'float32', threads } = options;
  if (typeof model?.apply !== 'function')
    throw expected('Trainer', 'model to be a layer', kindOf(model), 'for example nn.mlp([784, 50, 10])');
  if (typeof loss?.value !== 'function') throw expected('Trainer', 'loss to be a loss', kindOf(loss), 'for example loss.crossEntropy()');
  if (typeof optimizer?.step !== 'function') {
    throw expected('Trainer', 'optimizer to be an optimizer', kindOf(optimizer), 'for example adamqlr(), with the parentheses');
  }
  if (!Number.isSafeInteger(seed) || seed < 0) throw outOfRange('Trainer', 'seed to be an integer in [0, 2^53)', seed);
  if (dtype !== 'float32' && dtype !== 'float64') throw expected('Trainer', "dtype 'float32' or 'float64'", `'${String(dtype)}'`);
  if (threads !== undefined && (!Number.isInteger(threads) || threads < 1))
    throw outOfRange('Trainer', 'threads to be an integer >= 1', threads);
  if (options.averaging !== undefined) checkAveraging(options.averaging);
}

function checkAveraging(averaging: Averaging): void {
  checkNames('Trainer averaging', ['decay'], averaging);
  const { decay } = averaging;
  if (typeof decay !== 'number') throw expected('Trainer averaging', 'decay to be a number', kindOf(decay));
  if (!(decay > 0 && decay < 1)) throw outOfRange('Trainer averaging', 'decay to be in (0, 1)', decay);
}
