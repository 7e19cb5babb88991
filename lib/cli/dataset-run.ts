import type { StepProfile } from '../compile/profile.js';
import type { Dataset, Task } from '../data/dataset.js';
import type { StreamedDataset } from '../data/stream.js';
import { crossEntropy } from '../losses/cross-entropy.js';
import { squaredError } from '../losses/squared-error.js';
import { flatten } from '../nn/flatten.js';
import type { Layer } from '../nn/layer.js';
import { mlp } from '../nn/mlp.js';
import { sequential } from '../nn/sequential.js';
import type { RunReport } from '../report/records.js';
import { stepsPerEpoch } from '../train/calls.js';
import type { EarlyStopping } from '../train/early-stopping.js';
import type { FitOptions } from '../train/fit-options.js';
import type { Report } from '../train/report.js';
import { Trainer } from '../train/trainer.js';
import { describedColumns } from './column-lines.js';
import { checkRemaining, checkSameTable } from './resumable.js';
import type { Keeper, Run, RunOptions, RunResult, Score } from './run.js';
import { TRAIN, usage } from './usage-error.js';

const LOSSES = { crossEntropy, squaredError } as const;

/** A task in memory or streamed. */
export type DataTask = Task<Dataset | StreamedDataset>;

function toRunReport(report: Report): RunReport {
  const { epoch, step, steps, trainLoss, validationLoss, validationAccuracy, learningRate, damping, rho, seconds } = report;
  return {
    epoch,
    step,
    steps,
    trainLoss,
    ...(validationLoss === undefined ? {} : { valLoss: validationLoss }),
    ...(validationAccuracy === undefined ? {} : { valAccuracy: validationAccuracy }),
    learningRate,
    ...(damping === undefined ? {} : { damping }),
    ...(rho === undefined ? {} : { rho }),
    seconds,
  };
}

/** The widths of the perceptron that a task names, with other hidden layers if wanted. */
function widthsOf({ layers }: DataTask, hidden: RunOptions['hidden']): readonly number[] {
  return hidden === undefined ? layers : [layers[0]!, ...hidden, layers.at(-1)!];
}

/** The perceptron of these widths, on flattened examples where they have several axes. */
function modelOf({ train }: DataTask, widths: readonly number[]): Layer {
  return train.features.shape.length > 1 ? sequential(flatten(), mlp(widths)) : mlp(widths);
}

/** Throws unless early stopping can watch what it is told to. */
function checkStopping({ validation, loss }: DataTask, earlyStopping: EarlyStopping | undefined): void {
  const { monitor = 'validationLoss' } = earlyStopping ?? {};
  if (earlyStopping === undefined || monitor === 'trainLoss') return;
  if (validation === null)
    throw usage(TRAIN, `validation data to watch the ${monitor}`, 'none', 'give --val a share, or --monitor trainLoss');
  if (monitor === 'validationAccuracy' && loss !== 'crossEntropy')
    throw usage(TRAIN, '--monitor to be validationLoss or trainLoss for a regression', `'${monitor}'`);
}

/** A multi-layer perceptron on a task's data. */
class DatasetRun implements Run, Keeper {
  readonly facts: Run['facts'];
  readonly settings: Run['settings'];
  readonly steps: number;
  readonly reports: number;
  readonly target: string | null;
  readonly columns: readonly string[];
  readonly keeper = this;
  readonly #task: DataTask;
  readonly #trainer: Trainer;
  readonly #epochs: number;
  readonly #batchSize: number;
  readonly #earlyStopping: EarlyStopping | undefined;
  #begun = false;
  #resumes = false;
  #stoppedEarly = false;
  #last: Report | null = null;

  constructor(task: DataTask, options: RunOptions, told: Run['facts']) {
    const { dtype = 'float32', epochs = task.epochs, seed, threads, hidden, earlyStopping } = options;
    const optimizer = options.makeOptimizer();
    const { count, preprocessing } = task.train;
    if (options.batchSize !== undefined && options.batchSize > count) {
      throw usage(TRAIN, `--batch-size to be at most the ${count} training examples of ${task.name}`, String(options.batchSize));
    }
    checkStopping(task, earlyStopping);
    const batchSize = options.batchSize ?? Math.min(count, Math.max(task.batchSize, optimizer.defaultBatchSize(count)));
    const widths = widthsOf(task, hidden);
    const model = modelOf(task, widths);
    this.facts = {
      task: task.name,
      ...told,
      ...(preprocessing !== undefined || hidden !== undefined ? { mlp: widths.join('-') } : {}),
      optimizer: options.optimizerName,
      batch: batchSize,
      epochs,
      seed,
      dtype,
    };
    this.settings = { epochs, batchSize, seed, dtype, ...(earlyStopping !== undefined && { patience: earlyStopping.patience }) };
    this.steps = epochs * stepsPerEpoch(count, batchSize);
    this.reports = epochs;
    this.target = preprocessing?.target.name ?? null;
    this.columns = preprocessing === undefined ? [] : describedColumns(preprocessing, task.train);
    this.#task = task;
    this.#trainer = new Trainer({
      model,
      loss: LOSSES[task.loss](),
      optimizer,
      dtype,
      seed,
      ...(threads === undefined ? {} : { threads }),
    });
    this.#epochs = epochs;
    this.#batchSize = batchSize;
    this.#earlyStopping = earlyStopping;
  }

  async *train(signal: AbortSignal): AsyncGenerator<RunReport> {
    const reports = this.#trainer.fit(this.#task.train, { ...this.#fitOptions(), signal });
    this.#begun = true;
    for await (const report of reports) {
      this.#last = report;
      yield toRunReport(report);
    }
    this.#stoppedEarly = (this.#last?.epoch ?? this.#epochs) < this.#epochs;
  }

  profile(): Promise<StepProfile> {
    return this.#trainer.profile(this.#task.train, this.#fitOptions());
  }

  async finish(): Promise<RunResult> {
    const { train, validation, test } = this.#task;
    const trainer = this.#trainer;
    const { best } = trainer;
    return {
      train: await this.#score(train),
      validation: validation === null ? null : await this.#score(validation),
      test: await this.#score(test),
      steps: trainer.steps,
      seconds: this.#last?.seconds ?? 0,
      ...(best !== null && { early: { best: best.epoch, last: this.#last!.epoch, stopped: this.#stoppedEarly } }),
    };
  }

  get begun(): boolean {
    return this.#begun || this.#resumes;
  }

  saveModel(path: string): Promise<void> {
    return this.#trainer.save(path);
  }

  saveCheckpoint(path: string): Promise<void> {
    return this.#trainer.save(path, { checkpoint: true });
  }

  async restore(path: string): Promise<readonly RunReport[]> {
    await checkSameTable(path, this.#task);
    await this.#trainer.restore(path);
    checkRemaining(path, this.#trainer, this.#epochs, this.#earlyStopping);
    const { history } = this.#trainer;
    this.#resumes = true;
    this.#last = history.at(-1) ?? null;
    return history.map(toRunReport);
  }

  dispose(): void {
    this.#trainer.dispose();
  }

  #fitOptions(): FitOptions {
    const { validation } = this.#task;
    return {
      epochs: this.#epochs,
      batchSize: this.#batchSize,
      resume: this.#resumes,
      report: { every: 'epoch' },
      ...(validation !== null && { validation }),
      ...(this.#earlyStopping !== undefined && { earlyStopping: this.#earlyStopping }),
    };
  }

  /** Scores on one part of the data; of a regression on a table also in units of its target. */
  async #score(data: Dataset | StreamedDataset): Promise<Score> {
    const { loss, accuracy, meanAbsoluteError } = await this.#trainer.evaluate(data);
    const target = data.preprocessing?.target;
    if (target?.kind !== 'regression') return { loss, ...(accuracy !== undefined && { accuracy }) };
    // The loss is half the squared error of the standardized target.
    return { loss, rmse: Math.sqrt(2 * loss) * target.scale, meanAbsoluteError: meanAbsoluteError! * target.scale };
  }
}

/**
 * A multi-layer perceptron on a task's data. Without a batch size: the larger of the task's and the optimizer's own, at most n.
 * `told`: further facts about the data.
 */
export function datasetRun(task: DataTask, options: RunOptions, told: Run['facts'] = {}): Run {
  return new DatasetRun(task, options, told);
}
