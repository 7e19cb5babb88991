import { expected, outOfRange } from '../base/errors.js';
import { checkNames, showValue } from '../base/options.js';
import type { Dataset } from '../data/dataset.js';
import type { StreamedDataset } from '../data/stream.js';
import type { Augment } from '../nn/augment/augment.js';
import { stepsPerEpoch } from './calls.js';
import { type EarlyStopping, resolveStopping } from './early-stopping.js';
import type { Position } from './progress.js';
import type { Report } from './report.js';
import type { Schedules } from './scheduled.js';
import type { Trainer } from './trainer.js';

/** How `fit` goes through the data. */
export type FitOptions = {
  /** Passes over the training data, an integer >= 1. */
  readonly epochs: number;
  /** Examples per step, 1 to the number of examples. @default the optimizer's own, at most the number of examples */
  readonly batchSize?: number;
  /**
   * Scored before each report, natively and outside the clock; a stream is read once for every report, or only once where it fits in
   * 32 MiB. A number in (0, 1) is the share of the examples that the trainer holds out for it at random, the same ones for the same seed;
   * a stream cannot be dealt out like that. @default null: none
   */
  readonly validation?: Dataset | StreamedDataset | number | null;
  /**
   * Examples of a training stream that are in memory at a time, and shuffled among each other: an integer >= 1, rounded up to whole batches,
   * or to the whole stream. More of them mix a sorted stream better. @default as many whole batches as fit in 32 MiB
   */
  readonly chunkSize?: number;
  readonly report?: {
    /** Steps between reports, or 'epoch'. @default 'epoch' */
    readonly every?: 'epoch' | number;
  };
  /** Steps per native call at most; results do not depend on it. @default all steps to the next report */
  readonly stepsPerCall?: number;
  /**
   * Hyper-parameters of the optimizer that change in the course of this call, by their names, such as { learningRate: schedule.cosine({ from: 1e-3 }) }.
   * After the call they are what they were before it.
   */
  readonly schedules?: Schedules;
  /** Changes the inputs of training batches at random, such as nn.augment.gaussianNoise(0.1); not applied where the model is judged or asked. */
  readonly augment?: Augment;
  /** Ends training when reports no longer improve. */
  readonly earlyStopping?: EarlyStopping;
  /** Called with every report and the trainer, in this order, before the report is handed out. */
  readonly callbacks?: readonly Callback[];
  /**
   * Goes on with the last call of fit, which was left or aborted, here or in the trainer whose snapshot was restored: in the middle of its
   * epoch, with its reports, steps and seconds counted on, so that nothing differs from a call that was never interrupted. Epochs count from
   * the beginning of that call. The data must be the same. @default false
   */
  readonly resume?: boolean;
  /** Aborting rejects with the signal's reason at the next step boundary. */
  readonly signal?: AbortSignal;
};

/**
 * Sees a report before it is handed out, and may use the trainer, which stands still meanwhile. 'stop' ends training after this report has
 * been handed out. An error rejects the loop; the call can be resumed.
 */
export type Callback = (report: Report, trainer: Trainer) => void | 'stop' | Promise<void> | Promise<'stop' | undefined>;

/** The options of fit, checked, defaults filled in. */
export type ResolvedFit = {
  readonly epochs: number;
  readonly batchSize: number;
  /** Examples of a stream in memory at a time; null for the default. */
  readonly resident: number | null;
  readonly earlyStopping: Required<EarlyStopping> | null;
  readonly callbacks: readonly Callback[];
  readonly schedules: Schedules;
  readonly augment: Augment | undefined;
  readonly reportEvery: number;
  readonly stepsPerCall: number;
  readonly signal: AbortSignal | null;
  /** Where the call that is resumed was left, or null for a new one. */
  readonly from: Position | null;
};

const NAMES = [
  'epochs',
  'batchSize',
  'validation',
  'chunkSize',
  'report',
  'stepsPerCall',
  'schedules',
  'augment',
  'earlyStopping',
  'callbacks',
  'resume',
  'signal',
];

function integer(name: string, value: unknown, low: number, high: number): number {
  if (typeof value !== 'number') throw expected('fit', `${name} to be a number`, typeof value);
  const fits = value >= low && value <= high && (Number.isInteger(value) || value === Number.POSITIVE_INFINITY);
  if (!fits) throw outOfRange('fit', `${name} to be an integer in [${low}, ${high}]`, value);
  return value;
}

/** Throws unless there is something to go on with, and it is about as many examples in equal batches; returns it. */
function resumed(position: Position | null, count: number, batchSize: number | undefined): Position {
  if (position === null) throw expected('fit', 'an unfinished call of fit to resume', 'none', 'leave resume out to begin one');
  if (position.examples !== count) throw outOfRange('fit', `the ${position.examples} examples of the call to resume`, count);
  if (batchSize !== undefined && batchSize !== position.batchSize)
    throw outOfRange('fit', `batchSize to be ${position.batchSize}, as in the call to resume`, batchSize);
  return position;
}

/** Examples in memory at a time: those of the call to resume, or those asked for. */
function resident(chunkSize: number | undefined, batchSize: number, { count, streamed }: FitContext, from: Position | null) {
  if (!streamed) {
    if (chunkSize !== undefined) throw expected('fit', 'chunkSize beside a stream', 'a data set in memory');
    if (from !== null && from.resident !== count) throw expected('fit', 'a stream, as in the call to resume', 'a data set in memory');
    return null;
  }
  const wanted =
    chunkSize === undefined
      ? null
      : Math.min(count, batchSize * Math.ceil(integer('chunkSize', chunkSize, 1, Number.MAX_SAFE_INTEGER) / batchSize));
  if (from !== null && wanted !== null && wanted !== from.resident)
    throw outOfRange('fit', `chunks of ${from.resident} examples, as in the call to resume`, wanted);
  return from?.resident ?? wanted;
}

function checkedCallbacks(callbacks: readonly Callback[]): readonly Callback[] {
  const list = Array.isArray(callbacks) ? callbacks : [callbacks];
  const wrong = list.find((callback) => typeof callback !== 'function');
  if (list !== callbacks || wrong !== undefined)
    throw expected('fit', 'callbacks to be a list of functions', showValue(wrong ?? callbacks));
  return callbacks;
}

function checkedSchedules(schedules: Schedules): Schedules {
  if (schedules === null || typeof schedules !== 'object' || Array.isArray(schedules))
    throw expected(
      'fit',
      'schedules by hyper-parameter',
      showValue(schedules),
      'for example { learningRate: schedule.cosine({ from: 1e-3 }) }',
    );
  return schedules;
}

/** What the options of fit are checked against. */
export type FitContext = {
  /** Training examples. */
  readonly count: number;
  /** Whether they are a stream. */
  readonly streamed: boolean;
  readonly defaultBatchSize: number;
  /** Whether the loss judges classes. */
  readonly accuracy: boolean;
  /** Where the last call of fit was left. */
  readonly position: Position | null;
};

/**
 * Checks the options of fit against the number of training examples and where the last call was left; throws for unknown names, wrong
 * kinds and ranges.
 */
export function resolveFit(options: FitOptions, context: FitContext): ResolvedFit {
  const { count, defaultBatchSize, accuracy, position } = context;
  checkNames('fit', NAMES, options);
  if (options.report !== undefined) checkNames('fit report', ['every'], options.report);
  if (!Number.isSafeInteger(count) || count < 1) throw outOfRange('fit', 'a data set of at least one example', count);
  const { resume = false, earlyStopping } = options;
  const validation = (options.validation ?? null) !== null;
  if (typeof resume !== 'boolean') throw expected('fit', 'resume to be true or false', showValue(resume));
  const from = resume ? resumed(position, count, options.batchSize) : null;
  const epochs = integer('epochs', options.epochs, 1, Number.MAX_SAFE_INTEGER);
  const batchSize = integer('batchSize', options.batchSize ?? from?.batchSize ?? defaultBatchSize, 1, count);
  if (from !== null) {
    const done = from.recorded.steps / stepsPerEpoch(count, batchSize);
    const told = from.reported === from.recorded.steps;
    if (epochs < done || (epochs === done && told)) throw outOfRange('fit', `epochs above the ${done} of the call to resume`, epochs);
  }
  const every = options.report?.every ?? 'epoch';
  return {
    epochs,
    batchSize,
    resident: resident(options.chunkSize, batchSize, context, from),
    earlyStopping: earlyStopping === undefined ? null : resolveStopping(earlyStopping, { validation, accuracy }, from?.stopping ?? null),
    schedules: checkedSchedules(options.schedules ?? {}),
    augment: options.augment,
    callbacks: checkedCallbacks(options.callbacks ?? []),
    reportEvery: every === 'epoch' ? stepsPerEpoch(count, batchSize) : integer('report.every', every, 1, Number.MAX_SAFE_INTEGER),
    stepsPerCall: integer('stepsPerCall', options.stepsPerCall ?? Number.POSITIVE_INFINITY, 1, Number.POSITIVE_INFINITY),
    signal: options.signal ?? null,
    from,
  };
}
