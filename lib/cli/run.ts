import type { Optimizer } from '../optim/optimizer.js';
import type { RunReport } from '../report/records.js';

/** Loss and, for classes, accuracy in [0, 1] on one part of the data. */
export type Score = { readonly loss: number; readonly accuracy?: number };

/** How a run ended. */
export type RunResult = {
  readonly train: Score;
  readonly validation: Score | null;
  readonly test: Score | null;
  /** Optimizer steps done. */
  readonly steps: number;
  /** Training time of all steps, or up to the last report of a run that was stopped. */
  readonly seconds: number;
};

/** One training run, ready to go. */
export interface Run {
  /** What is trained with what: names and values for the final table. */
  readonly facts: Readonly<Record<string, string | number>>;
  /** Options of the run as they came out, defaults of task and optimizer included, by the names of --config. */
  readonly settings: Readonly<Record<string, string | number>>;
  /** Optimizer steps and reports to come. */
  readonly steps: number;
  readonly reports: number;
  /** Trains; rejects with the signal's reason at the next step boundary after an abort. */
  train(signal: AbortSignal): AsyncIterable<RunReport>;
  /** Scores what has been reached. */
  finish(): Promise<RunResult>;
  dispose(): void;
}

/** What the command line chose, checked; the task fills in what is undefined. */
export type RunOptions = {
  readonly optimizerName: string;
  /** Makes the optimizer, with the task's own defaults under the options that the user gave. */
  readonly makeOptimizer: (taskDefaults?: Readonly<Record<string, unknown>>) => Optimizer;
  readonly epochs: number | undefined;
  readonly batchSize: number | undefined;
  readonly seed: number;
  readonly threads: number | undefined;
  readonly dtype: 'float32' | 'float64' | undefined;
  readonly dataDir: string | undefined;
};
