import { expected, outOfRange } from '../base/errors.js';
import { checkNames } from '../base/options.js';
import * as tree from '../base/tree.js';
import { compileProgram } from '../compile/program.js';
import type { Dataset, Features } from '../data/dataset.js';
import type { FloatDType, TypedArray } from '../graph/dtype.js';
import type { Spec } from '../graph/node.js';
import { sameShape } from '../graph/shape.js';
import type { StateDefinition } from '../graph/state.js';
import type { Loss } from '../losses/loss.js';
import type { Layer } from '../nn/layer.js';
import type { Optimizer } from '../optim/optimizer.js';
import { Session } from '../runtime/session.js';
import { type Evaluation, evaluation, type Scores } from './evaluation.js';
import { checkDataset, checkFeatures, type Examples, inputSpec, placeExamples } from './examples.js';
import { type FitOptions, type ResolvedFit, resolveFit } from './fit-options.js';
import { type Prediction, Predictor, width } from './predictor.js';
import { LastRow, NumericalError, Recorder, type Report } from './report.js';
import { type Call, calls, stepsPerEpoch } from './schedule.js';
import { fills, type PlacedModel, placeModel, placeOptimizer, placeWeights, slotsOf } from './slots.js';
import { carriedSlots, initialProgram, keyOf, trainingProgram } from './training-program.js';

/** What a trainer is made of. */
export type TrainerOptions = {
  readonly model: Layer;
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  /** Dtype of parameters and activations; scalars are float64 always. @default 'float32' */
  readonly dtype?: FloatDType;
  /** Everything random derives from it: first parameters, order of examples, layers. An integer in [0, 2^53). @default 0 */
  readonly seed?: number;
  /** Compute threads of the process. @default the available cores */
  readonly threads?: number;
};

/** A named parameter: its path in the model, its shape and a copy of its values. */
export type Parameter = { readonly shape: readonly number[]; readonly data: TypedArray };

/**
 * Trains a model. Between reports of `fit` everything is frozen, so a trainer can be evaluated, asked for predictions or left there;
 * a later `fit` goes on where the last one ended, with other data or another batch size if wanted.
 */
export class Trainer {
  readonly #options: TrainerOptions;
  readonly #dtype: FloatDType;
  #model: PlacedModel | null = null;
  #input: Spec | null = null;
  /** Contents of the slots that outlive a run, while no session holds them. */
  #state = new Map<string, TypedArray>();
  #session: Session | null = null;
  #predictor: Predictor | null = null;
  #disposed = false;

  constructor(options: TrainerOptions) {
    checkNames('Trainer', ['model', 'loss', 'optimizer', 'dtype', 'seed', 'threads'], options);
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
    this.#options = options;
    this.#dtype = dtype;
  }

  /**
   * Trains on a data set and reports on the way. Training advances only while the consumer asks for the next report, and ends when it stops asking.
   * Throws at once for unusable options or data; an abort rejects with the signal's reason, a loss that is not finite with NumericalError.
   */
  fit(dataset: Dataset, options: FitOptions): AsyncIterableIterator<Report> {
    this.#alive();
    this.#expectIdle();
    checkDataset('fit', dataset);
    if (options?.validation !== undefined) checkDataset('fit', options.validation);
    const settings = resolveFit(options, dataset.count, this.#options.optimizer.defaultBatchSize(dataset.count));
    settings.signal?.throwIfAborted();
    return this.#training(settings, this.#placed(dataset, settings));
  }

  /** Mean loss, and the loss's metrics (such as accuracy), of the model on a data set. */
  async evaluate(dataset: Dataset): Promise<Scores> {
    this.#alive();
    checkDataset('evaluate', dataset);
    const { loss } = this.#options;
    const model = this.#place(dataset.features);
    const examples = placeExamples('evaluate', 'data', dataset, model.definition.output, loss, this.#dtype);
    const scores = evaluation(model, loss, examples, dataset.count);
    const weights = placeWeights(model);
    const program = compileProgram({
      capacity: { m: scores.chunk },
      slots: {
        ...weights,
        ...examples.slots,
        ...scores.slots,
      },
      plans: scores.plans,
    });
    using session = this.#newSession(program);
    this.#capture();
    for (const name of Object.keys(weights)) session.write(name, this.#state.get(name)!);
    examples.write(session);
    const last = new LastRow(program.plans.find((plan) => plan.name === scores.plan)!.stats);
    await session.run(scores.segments, { onStats: (_plan, rows, width) => last.add(rows, width) });
    return { loss: Number.NaN, ...last.values() };
  }

  /** The model's outputs (logits, values) for features like those it was trained on. */
  async predict(features: Features): Promise<Prediction> {
    this.#alive();
    checkFeatures('predict', features);
    const model = this.#place(features);
    if (features.data.length === 0 || features.data.length % width(features) !== 0) {
      throw expected('predict', `one or more whole examples of shape [${features.shape}]`, `${features.data.length} values`);
    }
    if (this.#predictor?.fits(features) === false) {
      this.#predictor.dispose();
      this.#predictor = null;
    }
    this.#predictor ??= new Predictor(model, features, this.#dtype);
    this.#capture();
    return this.#predictor.predict(features, this.#state);
  }

  /** Optimizer steps done in all calls of fit together. */
  get steps(): number {
    this.#alive();
    this.#capture();
    return this.#state.get('step')?.[0] ?? 0;
  }

  /** Copies of the parameters by path, such as '0.weight'. Empty before the first fit or evaluate. */
  parameters(): Record<string, Parameter> {
    this.#alive();
    if (this.#model === null) return {};
    this.#capture();
    const { prefix, specs } = this.#model.params;
    return Object.fromEntries(
      tree
        .entries<Spec>(specs)
        .map(([path, spec]) => [path, { shape: spec.shape as readonly number[], data: this.#state.get(`${prefix}.${path}`)!.slice() }]),
    );
  }

  /** Frees native memory. A training loop in progress ends at the next step boundary. */
  dispose(): void {
    this.#disposed = true;
    this.#session?.dispose();
    this.#predictor?.dispose();
    this.#session = null;
    this.#predictor = null;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  async *#training(settings: ResolvedFit, placed: Placed): AsyncGenerator<Report, void, undefined> {
    const { epochs, batchSize, reportEvery, stepsPerCall, signal } = settings;
    const { count, validation } = placed;
    this.#expectIdle(); // another loop may have begun since fit was called
    const { session, statsOf } = this.#prepare(placed, batchSize);
    this.#session = session;
    try {
      const recorder = new Recorder(statsOf('step'));
      const scores = validation === null ? null : new LastRow(statsOf(validation.plan));
      const steps = epochs * stepsPerEpoch(count, batchSize);
      let seconds = 0;
      const onStats = (plan: string, rows: Float64Array, width: number) => (plan === 'step' ? recorder : scores!).add(rows, width);
      const schedule = { examples: count, batchSize, epochs, reportEvery, stepsPerCall, evaluation: validation?.segments ?? [] };
      for (const call of calls(schedule)) {
        if (this.#disposed) return;
        const result = await session.run(call.segments, { rounds: call.rounds, onStats, ...(signal !== null && { signal }) });
        seconds += trainingSeconds(call, result.seconds);
        if (result.reason === 'uncommitted') throw new NumericalError(recorder.steps - 1);
        if (result.reason === 'stopped') return;
        if (call.reports) yield report(call, steps, seconds, recorder, scores);
      }
    } finally {
      if (this.#session === session) {
        this.#capture();
        this.#session = null;
      }
      session.dispose();
    }
  }

  /** Checks data against model and loss and gives them slots. */
  #placed(dataset: Dataset, { validation }: ResolvedFit): Placed {
    const { loss } = this.#options;
    const model = this.#place(dataset.features);
    const { output } = model.definition;
    const examples = placeExamples('fit', 'train', dataset, output, loss, this.#dtype);
    if (validation !== null) this.#place(validation.features);
    const held = validation === null ? null : placeExamples('fit', 'validation', validation, output, loss, this.#dtype);
    const scores = held === null ? null : evaluation(model, loss, held, validation!.count);
    return { model, count: dataset.count, examples, held, validation: scores };
  }

  /** Compiles the program of a run, makes its session and fills every slot. */
  #prepare({ model, count, examples, held, validation }: Placed, batchSize: number) {
    const { loss, optimizer } = this.#options;
    const training = { model, loss, optimizer, examples, count, batchSize, validation, validationSlots: held?.slots ?? {} };
    const program = compileProgram(trainingProgram(training));
    const session = this.#newSession(program);
    try {
      for (const name of carriedSlots(model, optimizer)) session.write(name, this.#state.get(name)!);
      examples.write(session);
      held?.write(session);
    } catch (error) {
      session.dispose();
      throw error;
    }
    return { session, statsOf: (name: string) => program.plans.find((plan) => plan.name === name)!.stats };
  }

  /** The model placed for these features; the first call also makes the first parameters. */
  #place(features: Features): PlacedModel {
    const input = inputSpec(features, this.#dtype);
    if (this.#model !== null) {
      if (!sameShape(input.shape, this.#input!.shape))
        throw expected('Trainer', `features of shape [${this.#input!.shape.slice(1)}]`, `[${features.shape}]`);
      return this.#model;
    }
    const model = placeModel(this.#options.model, input);
    this.#initialize(model);
    this.#model = model;
    this.#input = input;
    return model;
  }

  #initialize(model: PlacedModel): void {
    const key = keyOf(this.#options.seed ?? 0);
    const optimizer = placeOptimizer(this.#options.optimizer, model);
    this.#state = new Map<string, TypedArray>([
      ['key', key],
      ['epoch', new Int32Array(1)],
      ['step', new Int32Array(1)],
      ...fills('model', model.definition.state),
      ...fills(optimizer.prefix, optimizer.definitions as tree.Tree<StateDefinition>),
    ]);
    using session = this.#newSession(compileProgram(initialProgram(model)));
    session.write('key', key);
    session.runSync([{ plan: 'initialize', steps: 1 }]);
    for (const [name] of slotsOf(model.params)) this.#state.set(name, session.read(name));
  }

  /** Brings what a live session holds into `#state`. */
  #capture(): void {
    if (this.#session === null || this.#model === null) return;
    for (const name of carriedSlots(this.#model, this.#options.optimizer)) this.#state.set(name, this.#session.read(name));
  }

  #newSession(program: ConstructorParameters<typeof Session>[0]): Session {
    const { threads } = this.#options;
    return new Session(program, threads === undefined ? {} : { threads });
  }

  #expectIdle(): void {
    if (this.#session !== null) throw new Error('fit: expected an idle trainer, got one that is training; finish or leave the first loop');
  }

  #alive(): void {
    if (this.#disposed) throw new Error('Trainer: expected a trainer in use, got a disposed one; make a new Trainer');
  }
}

/** What a run works on, checked. */
type Placed = {
  readonly model: PlacedModel;
  readonly count: number;
  readonly examples: Examples;
  readonly held: Examples | null;
  readonly validation: Evaluation | null;
};

function kindOf(value: unknown): string {
  return value === null
    ? 'null'
    : typeof value === 'object'
      ? `an object with ${Object.keys(value).join(', ') || 'nothing'}`
      : typeof value;
}

function trainingSeconds(call: Call, seconds: readonly number[]): number {
  return call.segments.reduce((total, { plan }, i) => (plan === 'step' || plan === 'shuffle' ? total + seconds[i]! : total), 0);
}

function report(call: Call, steps: number, seconds: number, recorder: Recorder, scores: LastRow | null): Report {
  const { trainLoss, stats } = recorder.finish();
  const { loss: validationLoss, accuracy: validationAccuracy } = scores?.values() ?? {};
  return {
    epoch: call.epoch,
    step: call.step,
    steps,
    trainLoss,
    ...(validationLoss !== undefined && { validationLoss }),
    ...(validationAccuracy !== undefined && { validationAccuracy }),
    learningRate: stats.learningRate!,
    ...(stats.damping !== undefined && { damping: stats.damping }),
    ...(stats.rho !== undefined && { rho: stats.rho }),
    seconds,
    stats,
  };
}
