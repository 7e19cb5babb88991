import type { StepProfile } from '../compile/profile.js';
import type { Optimizer } from '../optim/optimizer.js';
import type { RunReport } from '../report/records.js';
import type { EarlyStopping } from '../train/early-stopping.js';

/** Loss and, for classes, accuracy in [0, 1] on one part of the data. */
export type Score = {
  readonly loss: number;
  readonly accuracy?: number;
  /** Root mean squared and mean absolute error of a regression on a table, in units of its target. */
  readonly rmse?: number;
  readonly meanAbsoluteError?: number;
};

/** How a run ended. */
export type RunResult = {
  readonly train: Score;
  readonly validation: Score | null;
  readonly test: Score | null;
  /** Optimizer steps done. */
  readonly steps: number;
  /** Training time of all steps, or up to the last report of a run that was stopped. */
  readonly seconds: number;
  /** With early stopping: epochs of the best report, whose model this is, and of the last one; whether training ended because of it. */
  readonly early?: { readonly best: number; readonly last: number; readonly stopped: boolean };
};

/** Keeps what a run has trained in files. */
export interface Keeper {
  /** Whether there is something to keep: not before training begins. */
  readonly begun: boolean;
  /** Writes the model as predictions use it, whole or not at all. */
  saveModel(path: string): Promise<void>;
  /** Writes what training needs to go on as well. */
  saveCheckpoint(path: string): Promise<void>;
  /** Takes over a checkpoint, which `train` then goes on with; returns the reports up to it. Throws one sentence where nothing is left to do. */
  restore(path: string): Promise<readonly RunReport[]>;
}

/** One training run, ready to go. */
export interface Run {
  /** What is trained with what: names and values for the final table. */
  readonly facts: Readonly<Record<string, string | number>>;
  /** Options of the run as they came out, defaults of task and optimizer included, by the names of --config. */
  readonly settings: Readonly<Record<string, string | number>>;
  /** Optimizer steps and reports to come. */
  readonly steps: number;
  readonly reports: number;
  /** How the columns of a table were read, in a few lines. */
  readonly columns: readonly string[];
  /** Null for a run without a model. */
  readonly keeper: Keeper | null;
  /** The column that predictions are about, for a model that takes rows of a table. */
  readonly target: string | null;
  /** What a step of the training to come spends its time on; leaves no trace in it. */
  profile(): Promise<StepProfile>;
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
  /** Widths of the hidden layers. */
  readonly hidden: readonly number[] | undefined;
  readonly earlyStopping: EarlyStopping | undefined;
};
