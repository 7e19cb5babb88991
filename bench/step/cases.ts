import { crossEntropy } from '../../lib/losses/cross-entropy.js';
import type { Loss } from '../../lib/losses/loss.js';
import { squaredError } from '../../lib/losses/squared-error.js';
import { adam } from '../../lib/optim/adam.js';
import { adamqlr } from '../../lib/optim/adamqlr.js';
import type { Optimizer } from '../../lib/optim/optimizer.js';

/** One training step to time: a multi-layer perceptron with ReLU, a batch size and a loss. */
export type StepCase = {
  readonly name: string;
  readonly sizes: readonly number[];
  readonly batch: number;
  readonly loss: 'crossEntropy' | 'squaredError';
};

export const CASES: readonly StepCase[] = [
  { name: 'energy-b588', sizes: [8, 50, 1], batch: 588, loss: 'squaredError' },
  { name: 'protein-b1000', sizes: [9, 100, 1], batch: 1000, loss: 'squaredError' },
  { name: 'fashion-b50', sizes: [784, 50, 10], batch: 50, loss: 'crossEntropy' },
  { name: 'fashion-b3200', sizes: [784, 50, 10], batch: 3200, loss: 'crossEntropy' },
  { name: 'wide-b512', sizes: [784, 1024, 1024, 10], batch: 512, loss: 'crossEntropy' },
];

/** The cases that are also timed end to end from uint8 images. */
export const IMAGE_CASES: readonly string[] = ['fashion-b50', 'fashion-b3200'];

/** Images in memory of the end-to-end cases, as many as the data set has. */
export const IMAGES = 60_000;

export const OPTIMIZERS = ['adam', 'adamqlr'] as const;
export type OptimizerName = (typeof OPTIMIZERS)[number];

/** Where a step finds its batch: the same one in memory every time, or rows of uint8 images in a shuffled order. */
export const SOURCES = ['resident', 'images'] as const;
export type Source = (typeof SOURCES)[number];

export function caseNamed(name: string): StepCase {
  const found = CASES.find((c) => c.name === name);
  if (found === undefined) throw new Error(`bench: expected one of the cases ${CASES.map((c) => c.name).join(', ')}, got '${name}'`);
  return found;
}

export function optimizerNamed(name: OptimizerName): Optimizer {
  return name === 'adam' ? adam() : adamqlr();
}

export function lossOf({ loss }: StepCase): Loss {
  return loss === 'crossEntropy' ? crossEntropy() : squaredError();
}

/**
 * Floating-point operations of the products that a step cannot do without: per layer forward, weight gradient and, but for the first layer,
 * input gradient. AdamQLR adds the tangent of every layer (twice where the input has a tangent too) and the new loss, whose first product
 * is a combination of two that are there already. Everything that is not a product counts as nothing.
 */
export function operations({ sizes, batch }: StepCase, optimizer: OptimizerName): number {
  const passes = optimizer === 'adam' ? { first: 2, other: 3 } : { first: 3, other: 6 };
  return sizes
    .slice(1)
    .reduce((total, to, layer) => total + 2 * batch * sizes[layer]! * to * (layer === 0 ? passes.first : passes.other), 0);
}
