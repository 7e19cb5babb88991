import { type CompiledProgram, compileProgram } from '../compile/program.js';
import type { Loss } from '../losses/loss.js';
import type { Optimizer } from '../optim/optimizer.js';
import type { Session } from '../runtime/session.js';
import type { Averaging } from './averaging.js';
import { type Call, type Course, calls, ordersBefore, stepsPerEpoch } from './calls.js';
import { judged, type Stopping } from './early-stopping.js';
import { type Evaluation, evaluateStream } from './evaluation.js';
import type { Examples } from './examples.js';
import type { Feed } from './feed.js';
import type { ResolvedFit } from './fit-options.js';
import type { Position } from './progress.js';
import { LastRow, Recorder } from './recorder.js';
import { NumericalError, type Report } from './report.js';
import type { PlacedModel } from './slots.js';
import { ORDERS, STEP, trainingProgram } from './training-program.js';
import type { TrainingState } from './training-state.js';

/** What a call of fit works on, checked. */
export type Placed = {
  readonly model: PlacedModel;
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  readonly averaging: Averaging | undefined;
  /** Training examples, and how many of them are in memory at a time. */
  readonly count: number;
  readonly resident: number;
  readonly examples: Examples;
  /** Brings the examples of a stream; null where all are in memory. */
  readonly feed: Feed | null;
  readonly validation: Validation | null;
};

/** The data to validate with: their slots, how they are scored, and what brings them where they are streamed. */
export type Validation = {
  readonly count: number;
  readonly examples: Examples;
  readonly evaluation: Evaluation;
  readonly feed: Feed | null;
};

/** The running of one call of fit: its session, and where it stands. */
export class FitRun {
  readonly #settings: ResolvedFit;
  readonly #placed: Placed;
  readonly #state: TrainingState;
  readonly #recorder: Recorder;
  readonly #scores: LastRow | null;
  readonly #firstOrder: number;
  #reported: number;
  #stopping: Stopping | null;
  #seconds: number;
  readonly session: Session;
  #disposed = false;

  /** Compiles the program of the run, makes its session and fills every slot. */
  constructor(settings: ResolvedFit, placed: Placed, state: TrainingState) {
    const { from, batchSize, earlyStopping } = settings;
    if (from === null) state.begin();
    if (earlyStopping === null) state.forgetBest();
    const first = state.number(STEP) - (from?.recorded.steps ?? 0);
    const scheduling = { schedules: settings.schedules, first, steps: settings.epochs * stepsPerEpoch(placed.count, batchSize) };
    const { validation } = placed;
    const training = { ...placed, validation: validation?.evaluation ?? null, validationSlots: validation?.examples.slots ?? {} };
    const program = compileProgram(trainingProgram({ ...training, batchSize, augment: settings.augment, scheduling }));
    this.#settings = settings;
    this.#placed = placed;
    this.#state = state;
    this.#recorder = new Recorder(statsOf(program, 'step'), from?.recorded);
    this.#scores = validation === null ? null : new LastRow(statsOf(program, validation.evaluation.plan));
    this.#firstOrder = from?.firstOrder ?? state.number(ORDERS);
    this.#reported = from?.reported ?? 0;
    this.#seconds = from?.seconds ?? 0;
    this.#stopping = earlyStopping === null ? null : (from?.stopping ?? null);
    this.session = state.newSession(program);
    try {
      state.hand(this.session, from !== null);
      placed.examples.write(this.session);
      validation?.examples.write(this.session);
    } catch (error) {
      this.session.dispose();
      throw error;
    }
  }

  /** Ends the run: frees its memory and leaves its streams. */
  dispose(): void {
    this.#disposed = true;
    this.#placed.feed?.close();
    this.#placed.validation?.feed?.close();
    this.session.dispose();
  }

  /** Brings what the run has reached into the trainer's state; `putBack`: so that the best model is used from now on, if there is one. */
  capture(putBack = false): void {
    this.#state.capture(this.session);
    this.#state.position = this.#position(putBack);
  }

  /** How far early stopping is; null without it. */
  get stopping(): Stopping | null {
    return this.#stopping;
  }

  /**
   * Trains from report to report. Ends early where the run is disposed; rejects with the signal's reason after an abort, and with
   * NumericalError where a step was not finite, after which there is nothing to resume.
   */
  async *reports(): AsyncGenerator<Report, void, undefined> {
    try {
      yield* this.#trained();
    } catch (error) {
      if (!this.#disposed) throw error; // what was under way when everything was taken away
    }
  }

  async *#trained(): AsyncGenerator<Report, void, undefined> {
    const { signal } = this.#settings;
    for (const call of calls(this.#course(), this.#start())) {
      signal?.throwIfAborted();
      if (call.segments.length > 0) {
        if (call.chunk !== null) await this.#placed.feed?.load(this.session, call.chunk, call.nextChunk, signal);
        const reason = await this.#run(call);
        if (reason === 'uncommitted') throw new NumericalError(this.#recorder.steps - 1);
        signal?.throwIfAborted();
        if (reason === 'stopped') return;
      }
      if (!call.reports) continue;
      await this.#validateStream();
      const report = this.#report(call);
      const exhausted = this.#judge(report);
      yield report;
      if (exhausted) return;
    }
  }

  /** A stop in place of the session's own abort, which would not tell how long the part before it took. */
  async #run(call: Call) {
    const { signal } = this.#settings;
    const stop = () => this.session.stop();
    const onStats = (plan: string, rows: Float64Array, width: number) =>
      (plan === 'step' ? this.#recorder : this.#scores!).add(rows, width);
    signal?.addEventListener('abort', stop, { once: true });
    try {
      const { reason, seconds } = await this.session.run(call.segments, { rounds: call.rounds, onStats });
      this.#seconds += trainingSeconds(call, seconds);
      return reason;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  /** Scores the validation data where they are a stream; others are scored by the calls. */
  async #validateStream(): Promise<void> {
    const { validation } = this.#placed;
    if (!validation?.feed) return;
    const { signal } = this.#settings;
    const onStats = (_plan: string, rows: Float64Array, width: number) => this.#scores!.add(rows, width);
    await evaluateStream(this.session, validation.evaluation, validation.feed, { onStats, ...(signal !== null && { signal }) });
  }

  /** Whether early stopping has waited long enough. */
  #judge(report: Report): boolean {
    const { earlyStopping } = this.#settings;
    if (earlyStopping === null) return false;
    this.#stopping = judged(earlyStopping, this.#stopping, report);
    if (this.#stopping.best === report) this.#state.keepBest(this.session);
    return this.#stopping.waited >= earlyStopping.patience;
  }

  #course(): Course {
    const { epochs, batchSize, reportEvery, stepsPerCall } = this.#settings;
    const { count, resident, validation } = this.#placed;
    const evaluation = validation === null || validation.feed !== null ? [] : validation.evaluation.part(validation.count, true);
    return { examples: count, resident, batchSize, epochs, reportEvery, stepsPerCall, evaluation };
  }

  #start() {
    const step = this.#recorder.steps;
    const drawn = this.#state.number(ORDERS) - this.#firstOrder;
    return { step, reported: this.#reported, shuffled: drawn > ordersBefore(this.#course(), step) };
  }

  #position(putBack: boolean): Position {
    return {
      examples: this.#placed.count,
      resident: this.#placed.resident,
      batchSize: this.#settings.batchSize,
      firstOrder: this.#firstOrder,
      reported: this.#reported,
      seconds: this.#seconds,
      recorded: this.#recorder.recorded(),
      stopping: this.#stopping,
      putBack: putBack && this.#stopping !== null && this.#stopping.best !== null,
    };
  }

  #report({ epoch, step }: Call): Report {
    const { epochs, batchSize } = this.#settings;
    const { trainLoss, stats } = this.#recorder.finish();
    const { loss: validationLoss, accuracy: validationAccuracy } = this.#scores?.values() ?? {};
    this.#reported = step;
    return {
      epoch,
      step,
      steps: epochs * stepsPerEpoch(this.#placed.count, batchSize),
      trainLoss,
      ...(validationLoss !== undefined && { validationLoss }),
      ...(validationAccuracy !== undefined && { validationAccuracy }),
      learningRate: stats.learningRate!,
      ...(stats.damping !== undefined && { damping: stats.damping }),
      ...(stats.rho !== undefined && { rho: stats.rho }),
      seconds: this.#seconds,
      stats,
    };
  }
}

function statsOf(program: CompiledProgram, name: string): readonly string[] {
  return program.plans.find((plan) => plan.name === name)!.stats;
}

function trainingSeconds(call: Call, seconds: readonly number[]): number {
  return call.segments.reduce(
    (total, { plan }, i) => (plan === 'step' || plan === 'shuffle' || plan === 'shuffleRest' ? total + seconds[i]! : total),
    0,
  );
}
