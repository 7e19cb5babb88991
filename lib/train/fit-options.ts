import { expected, outOfRange } from '../base/errors.js';
import { checkNames } from '../base/options.js';
import type { Dataset } from '../data/dataset.js';

/** How `fit` goes through the data. */
export type FitOptions = {
  /** Passes over the training data, an integer >= 1. */
  readonly epochs: number;
  /** Examples per step, 1 to the number of examples. @default the optimizer's own, at most the number of examples */
  readonly batchSize?: number;
  /** Scored before each report, natively and outside the clock. */
  readonly validation?: Dataset;
  readonly report?: {
    /** Steps between reports, or 'epoch'. @default 'epoch' */
    readonly every?: 'epoch' | number;
  };
  /** Steps per native call at most; results do not depend on it. @default all steps to the next report */
  readonly stepsPerCall?: number;
  /** Aborting rejects with the signal's reason at the next step boundary. */
  readonly signal?: AbortSignal;
};

/** The options of fit, checked, defaults filled in. */
export type ResolvedFit = {
  readonly epochs: number;
  readonly batchSize: number;
  readonly validation: Dataset | null;
  readonly reportEvery: number;
  readonly stepsPerCall: number;
  readonly signal: AbortSignal | null;
};

const NAMES = ['epochs', 'batchSize', 'validation', 'report', 'stepsPerCall', 'signal'];

function integer(name: string, value: unknown, low: number, high: number): number {
  if (typeof value !== 'number') throw expected('fit', `${name} to be a number`, typeof value);
  const fits = value >= low && value <= high && (Number.isInteger(value) || value === Number.POSITIVE_INFINITY);
  if (!fits) throw outOfRange('fit', `${name} to be an integer in [${low}, ${high}]`, value);
  return value;
}

/** Checks the options of fit against the number of training examples; throws for unknown names, wrong kinds and ranges. */
export function resolveFit(options: FitOptions, count: number, defaultBatchSize: number): ResolvedFit {
  checkNames('fit', NAMES, options);
  if (options.report !== undefined) checkNames('fit report', ['every'], options.report);
  if (!Number.isSafeInteger(count) || count < 1) throw outOfRange('fit', 'a data set of at least one example', count);
  const epochs = integer('epochs', options.epochs, 1, Number.MAX_SAFE_INTEGER);
  const batchSize = integer('batchSize', options.batchSize ?? defaultBatchSize, 1, count);
  const every = options.report?.every ?? 'epoch';
  return {
    epochs,
    batchSize,
    validation: options.validation ?? null,
    reportEvery: every === 'epoch' ? Math.ceil(count / batchSize) : integer('report.every', every, 1, Number.MAX_SAFE_INTEGER),
    stepsPerCall: integer('stepsPerCall', options.stepsPerCall ?? Number.POSITIVE_INFINITY, 1, Number.POSITIVE_INFINITY),
    signal: options.signal ?? null,
  };
}
