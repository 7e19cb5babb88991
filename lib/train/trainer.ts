import { expected } from '../base/errors.js';
import * as tree from '../base/tree.js';
import type { StepProfile } from '../compile/profile.js';
import type { Dataset, Features } from '../data/dataset.js';
import { holdOut } from '../data/hold-out.js';
import type { StreamedDataset } from '../data/stream.js';
import type { Answer } from '../data/table/answers.js';
import type { Row, RowOf } from '../data/table/preprocessing.js';
import type { TypedArray } from '../graph/dtype.js';
import type { Spec } from '../graph/node.js';
import { checkAugment } from './augmentation.js';
import { stepsPerEpoch } from './calls.js';
import { evaluation, type Scores } from './evaluation.js';
import { checkFeatures } from './examples.js';
import { chunkSize } from './feed.js';
import { type Callback, type FitOptions, type ResolvedFit, resolveFit } from './fit-options.js';
import { FitRun, type Placed, type Validation } from './fit-run.js';
import { Inference, isRows } from './inference.js';
import type { Source } from './model-description.js';
import { readModelFile, writeModelFile } from './model-file.js';
import { checkedData, isStream, placeData } from './placed-data.js';
import type { Prediction } from './predictor.js';
import { profileFit } from './profile-fit.js';
import { NumericalError, type Report } from './report.js';
import { checkSchedules } from './scheduled.js';
import type { Snapshot } from './snapshot.js';
import { type SaveOptions, snapshotOf, trainerFile } from './trainer-file.js';
import { checkTrainer, type TrainerOptions } from './trainer-options.js';
import { STEP } from './training-program.js';
import { TrainingState } from './training-state.js';

/** Features without their data. */
function kindOf({ data: _, ...kind }: Omit<Features, 'data'> & { readonly data?: TypedArray }): Omit<Features, 'data'> {
  return kind;
}

/** A named parameter: its path in the model, its shape and a copy of its values. */
export type Parameter = { readonly shape: readonly number[]; readonly data: TypedArray };

/**
 * Trains a model. Between reports of `fit` everything is frozen, so a trainer can be evaluated, asked for predictions or left there;
 * a later `fit` goes on where the last one ended, with other data or another batch size if wanted, or with `resume` inside the one that was left.
 */
export class Trainer {
  readonly #options: TrainerOptions;
  readonly #state: TrainingState;
  #run: FitRun | null = null;
  readonly #inference: Inference;
  readonly #weights = (name: string) => this.#state.used(name);
  #disposed = false;

  constructor(options: TrainerOptions) {
    checkTrainer(options);
    this.#options = options;
    this.#state = new TrainingState(options);
    this.#inference = new Inference(this.#state.dtype, options.threads);
  }

  /**
   * Trains on a data set, in memory or streamed, and reports on the way. Training advances only while the consumer asks for the next report, and ends when it stops asking.
   * Throws at once for unusable options or data; an abort rejects with the signal's reason, a loss that is not finite with NumericalError.
   *
   * Of a stream, which is read once per epoch in its own order, a chunk of about 32 MiB (`chunkSize`) is in memory while the next one is read,
   * whatever the length of the stream: about twice that in all. Every epoch shuffles the examples of each chunk among each other, and not the
   * chunks, so examples that are sorted, by class for instance, should be mixed before they are streamed. A stream of one chunk is read
   * once and trained on as a data set in memory is, to the same bits. What a stream throws, and a pass that is too short, reject the loop
   * when the chunk concerned is due, and the call can be resumed; its iterator is closed however the loop ends.
   */
  fit(dataset: Dataset | StreamedDataset, options: FitOptions): AsyncIterableIterator<Report> {
    this.#alive();
    this.#expectIdle();
    const { train, validation } = this.#parts(checkedData('fit', dataset), options?.validation);
    const settings = () => this.#settings(train, options);
    const resolved = settings();
    const { signal, schedules, augment, epochs, batchSize } = resolved;
    signal?.throwIfAborted();
    const placed = this.#placed(train, validation, resolved);
    checkSchedules(schedules, this.#options.optimizer, placed.model, epochs * stepsPerEpoch(train.count, batchSize));
    if (augment !== undefined) checkAugment(augment, this.#state.input);
    const { features, preprocessing = null } = dataset;
    return this.#training(settings, placed, { features: kindOf(features), preprocessing });
  }

  /** `fit` to its end: trains, and resolves to the reports of this call. Rejects as `fit` does. */
  async train(dataset: Dataset | StreamedDataset, options: FitOptions): Promise<readonly Report[]> {
    const reports: Report[] = [];
    for await (const report of this.fit(dataset, options)) reports.push(report);
    return reports;
  }

  /**
   * What a step of `fit` on these data with these options spends its time on: the fastest of several, after some to warm up. They are taken
   * on copies, so that the trainer stays as it is; they block the thread for about a second, or for eight steps where those take longer.
   * `costsOf` sums the profile up, `chromeTrace` shows it. Throws and rejects as `fit` does.
   */
  async profile(dataset: Dataset | StreamedDataset, options: FitOptions): Promise<StepProfile> {
    this.#alive();
    this.#expectIdle();
    const { train } = this.#parts(checkedData('fit', dataset), options?.validation);
    const resolved = this.#settings(train, options);
    return profileFit(resolved, this.#placed(train, null, resolved), this.#state);
  }

  /**
   * Mean loss, and the loss's metrics (such as accuracy), of the model on a data set in memory or, in one pass of chunks of about 32 MiB, on
   * a stream. Rejects with what the stream throws.
   */
  async evaluate(dataset: Dataset | StreamedDataset): Promise<Scores> {
    this.#alive();
    const data = checkedData('evaluate', dataset);
    this.#state.place(data.features);
    this.#run?.capture();
    return this.#inference.evaluate(this.#state.usedModel, this.#weights, this.#options.loss, data);
  }

  /** The answers for raw rows of the table that the trainer was fitted to: target units, or a class and the probabilities of all. */
  predict<R extends RowOf<R>>(rows: readonly R[]): Promise<Answer[]>;
  /** The model's outputs (logits, values) for features like those it was trained on. */
  predict(features: Features): Promise<Prediction>;
  async predict(input: readonly Row[] | Features): Promise<Answer[] | Prediction> {
    this.#alive();
    this.#run?.capture();
    if (isRows(input)) {
      const { source } = this.#state;
      if (source?.preprocessing == null)
        throw expected('predict', 'features { data, shape, dtype }', 'rows for a trainer not fitted to a table');
      return this.#inference.answers(this.#state.usedModel, this.#weights, source.preprocessing, input);
    }
    checkFeatures('predict', input);
    this.#state.place(input);
    return this.#inference.predict(this.#state.usedModel, this.#weights, input);
  }

  /** Optimizer steps done in all calls of fit together. */
  get steps(): number {
    this.#alive();
    this.#run?.capture();
    return this.#state.number(STEP);
  }

  /**
   * Copies of the parameters by path, such as '0.weight': those that evaluation and prediction use, or with `raw` those that are trained, where
   * there are averages. Empty before the first fit or evaluate.
   */
  parameters({ raw = false }: { readonly raw?: boolean } = {}): Record<string, Parameter> {
    this.#alive();
    const { model, usedModel } = this.#state;
    if (model === null) return {};
    this.#run?.capture();
    const { prefix, specs } = (raw ? model : usedModel).params;
    return Object.fromEntries(
      tree
        .entries<Spec>(specs)
        .map(([path, spec]) => [path, { shape: spec.shape as readonly number[], data: this.#state.used(`${prefix}.${path}`).slice() }]),
    );
  }

  /** The reports of all calls of fit, the oldest first: about half a KiB of memory for each, which is all that grows in training. */
  get history(): readonly Report[] {
    return this.#state.history;
  }

  /**
   * The best report of the last call of fit with early stopping, else null. When that call has ended, other than by an error, the trainer
   * evaluates and predicts with the parameters of that report, and the next call of fit begins with them; one that resumes goes on with the
   * last ones.
   */
  get best(): Report | null {
    const stopping = this.#run === null ? this.#state.position?.stopping : this.#run.stopping;
    return stopping?.best ?? null;
  }

  /** A copy of everything that training has reached, between reports of `fit` or after it. Throws before the first data set. */
  snapshot(): Snapshot {
    this.#alive();
    this.#run?.capture();
    return this.#state.snapshot();
  }

  /**
   * Writes the model to a safetensors file that `loadModel` reads: parameters, spec, preprocessing; with `checkpoint` also what `restore`
   * needs. It is what the trainer was at the time of the call, and appears whole or not at all.
   * @throws TypeError for a file that cannot be written, and for a model with a layer that has no spec unless it is a checkpoint; Error before the first fit.
   */
  async save(path: string, options: SaveOptions = {}): Promise<void> {
    this.#alive();
    if (typeof path !== 'string') throw expected('save', 'the path of a file', typeof path);
    this.#run?.capture();
    await writeModelFile(path, trainerFile(this.#options, this.#state, options));
  }

  /** The same from a checkpoint that `save` wrote, checked in name, dtype and shape of every tensor. */
  restore(path: string): Promise<void>;
  /**
   * Takes over what another trainer of the same model, loss and optimizer was: parameters, optimizer state, random key, history, and the call
   * of fit it was in, for `fit` with `resume`. Throws, and changes nothing, for a snapshot that does not fit.
   */
  restore(snapshot: Snapshot): void;
  restore(from: string | Snapshot): Promise<void> | void {
    this.#alive();
    this.#expectIdle();
    if (typeof from === 'string') return this.#restoreFile(from);
    this.#state.restore(from);
  }

  /** Frees native memory. A training loop in progress ends at the next step boundary. */
  dispose(): void {
    this.#disposed = true;
    this.#run?.dispose();
    this.#inference.dispose();
    this.#run = null;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  async #restoreFile(path: string): Promise<void> {
    const file = await readModelFile(path);
    this.#alive(); // while the file was read
    this.#expectIdle();
    this.#state.restore(snapshotOf(path, this.#options, this.#state.dtype, file), path);
    const { features, preprocessing } = file.description;
    this.#state.source = { features, preprocessing };
  }

  async *#training(settings: () => ResolvedFit, placed: Placed, source: Source): AsyncGenerator<Report, void, undefined> {
    this.#expectIdle(); // another loop may have begun since fit was called, or ended elsewhere
    const resolved = settings();
    const { signal, callbacks } = resolved;
    const run = new FitRun(resolved, placed, this.#state);
    this.#run = run;
    this.#state.source = source;
    let ended = false;
    let lost = false;
    try {
      for await (const report of run.reports()) {
        this.#state.history.push(report);
        const stops = await this.#called(callbacks, report);
        ended = true; // leaving the loop resumes after yield, and ends there
        yield report;
        ended = false;
        if (this.#disposed) return;
        if (stops) break;
      }
      ended = true;
    } catch (error) {
      lost = error instanceof NumericalError;
      ended = signal?.aborted === true && error === signal.reason;
      throw error;
    } finally {
      if (this.#run === run) {
        run.capture(ended);
        if (lost) this.#state.forgetCall();
        this.#run = null;
      }
      run.dispose();
    }
  }

  async #called(callbacks: readonly Callback[], report: Report): Promise<boolean> {
    let stops = false;
    for (const callback of callbacks) stops = (await callback(report, this)) === 'stop' || stops;
    return stops;
  }

  /** The data to train on, and those to validate with. */
  #parts<Data extends Dataset | StreamedDataset>(dataset: Data, validation: FitOptions['validation']) {
    if (typeof validation === 'number') {
      if (isStream(dataset))
        throw expected('fit', 'validation to be a data set beside a stream', validation, 'a stream cannot be dealt out');
      return holdOut('fit', dataset, validation, this.#state.seed);
    }
    return { train: dataset, validation: validation === undefined || validation === null ? null : checkedData('fit', validation) };
  }

  #settings(data: Dataset | StreamedDataset, options: FitOptions): ResolvedFit {
    const { count } = data;
    const { optimizer, loss } = this.#options;
    const accuracy = loss.metrics?.['accuracy'] !== undefined;
    const { position } = this.#state;
    return resolveFit(options, {
      count,
      streamed: isStream(data),
      defaultBatchSize: optimizer.defaultBatchSize(count),
      accuracy,
      position,
    });
  }

  /** Checks data against model and loss and gives them slots. */
  #placed(
    dataset: Dataset | StreamedDataset,
    validation: Dataset | StreamedDataset | null,
    { batchSize, resident }: Pick<ResolvedFit, 'batchSize' | 'resident'>,
  ): Placed {
    const { loss, optimizer, averaging } = this.#options;
    const { dtype } = this.#state;
    const model = this.#state.place(dataset.features);
    const { output } = model.definition;
    const placed = placeData('fit', 'train', dataset, (stream) => resident ?? chunkSize(stream, batchSize), output, loss, dtype);
    return { model, loss, optimizer, averaging, count: dataset.count, ...placed, validation: this.#validation(validation, output) };
  }

  #validation(data: Dataset | StreamedDataset | null, output: Spec): Validation | null {
    if (data === null) return null;
    const { loss } = this.#options;
    this.#state.place(data.features);
    const { examples, resident, feed } = placeData('fit', 'validation', data, chunkSize, output, loss, this.#state.dtype);
    return { count: data.count, examples, feed, evaluation: evaluation(this.#state.usedModel, loss, examples, resident) };
  }

  #expectIdle(): void {
    if (this.#run !== null) throw new Error('fit: expected an idle trainer, got one that is training; finish or leave the first loop');
  }

  #alive(): void {
    if (this.#disposed) throw new Error('Trainer: expected a trainer in use, got a disposed one; make a new Trainer');
  }
}
