import { expected, outOfRange } from '../base/errors.js';
import { suggestion } from '../base/nearest.js';
import { allocate, DTYPES, type TypedArray } from '../graph/dtype.js';
import { format } from '../graph/shape.js';
import type { ProgramImage, SlotImage } from './image.js';
import { native } from './load.js';
import type { NativeProgram, NativeResult, NativeStats } from './native.js';
import { lowerScript, type Segment } from './segment.js';

export type { Segment } from './segment.js';

/** Rows of recorded scalars of one plan, in step order, `width` per step. */
export type OnStats = (plan: string, rows: Float64Array, width: number) => void;

/** What a run may be given besides its script. */
export type RunOptions = {
  /** Receives recorded stats, coalesced: one call may bring the rows of many steps. All calls come before the run ends. */
  readonly onStats?: OnStats;
  /** How many times the whole script is run, an integer >= 0. @default 1 */
  readonly rounds?: number;
  /** Aborting ends the run at the next step boundary; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
};

/** How a run ended. */
export type RunResult = {
  /** 'done', 'stopped' by stop(), or 'uncommitted': a step's commit predicate was false and nothing of it was kept. */
  readonly reason: 'done' | 'stopped' | 'uncommitted';
  /** Steps that ran to their end, over all segments. */
  readonly steps: number;
  /** Wall time of each segment, summed over the rounds. */
  readonly seconds: readonly number[];
};

/** One execution of an instruction. */
export type Timing = {
  /** Among all instructions of the plan in the order of its text, those of a region after the one they belong to. */
  readonly place: number;
  /** Of the compute pool; 0 is the one that runs the plan. */
  readonly thread: number;
  /** Nanoseconds since the step began. */
  readonly start: number;
  readonly end: number;
};

/** What a session may be given besides its program. */
export type SessionOptions = {
  /** Size of the compute pool, shared by all sessions of the process. @default left as it is */
  readonly threads?: number;
};

function roundsOf({ rounds = 1 }: Pick<RunOptions, 'rounds'>): number {
  if (!Number.isSafeInteger(rounds) || rounds < 0) throw outOfRange('session', 'rounds to be an integer >= 0', rounds);
  return rounds;
}

function publish(result: NativeResult): RunResult {
  return { reason: result.reason, steps: result.steps, seconds: [...result.seconds] };
}

/**
 * A running program: its state lives in native memory, its plans run on a thread of its own. One run at a time; slots are
 * read and written between runs.
 */
export class Session {
  readonly #image: ProgramImage;
  readonly #slots: ReadonlyMap<string, number>;
  readonly #program: NativeProgram;
  #running = false;
  #disposed = false;

  constructor(program: ProgramImage, options: SessionOptions = {}) {
    const { threads } = options;
    if (threads !== undefined && (!Number.isInteger(threads) || threads < 1))
      throw outOfRange('session', 'threads to be an integer >= 1', threads);
    this.#image = program;
    this.#slots = new Map(program.slots.map((slot, index) => [slot.name, index]));
    const addon = native();
    if (threads !== undefined && threads !== addon.info().threads) addon.setThreads(threads);
    this.#program = new addon.Program(
      program.slots.map(({ name, dtype, capacityShape, kind }) => ({
        name,
        dtype: DTYPES.indexOf(dtype),
        shape: capacityShape,
        kind: kind === 'state' ? 0 : 1,
      })),
    );
    try {
      for (const plan of program.plans) this.#program.addPlan(plan.bytes);
    } catch (error) {
      this.#program.dispose();
      throw error;
    }
  }

  /** Copies data into the current value of a slot, from its first element on; a number fills a slot of one element. */
  write(slot: string, data: TypedArray | number): void {
    const index = this.#ready(slot);
    const image = this.#image.slots[index]!;
    if (typeof data === 'number' && image.capacity !== 1) {
      throw expected('session', `an array for slot '${slot}' ${format(image)}`, 'a number');
    }
    const array = typeof data === 'number' ? allocate(image.dtype, 1).fill(data) : data;
    this.#check(image, array, 'data');
    this.#program.write(index, array);
  }

  /** Copies the current value of a slot, or as many of its first elements as `into` holds. */
  read(slot: string, into?: TypedArray): TypedArray {
    const index = this.#ready(slot);
    const image = this.#image.slots[index]!;
    const array = into ?? allocate(image.dtype, image.capacity);
    this.#check(image, array, 'an array');
    this.#program.read(index, array);
    return array;
  }

  /** Runs segments one after the other on the session's thread. Rejects with the native error, or the signal's reason. */
  run(script: readonly Segment[], options: RunOptions = {}): Promise<RunResult> {
    return new Promise((resolve, reject) => {
      this.#idle();
      const segments = lowerScript(this.#image, script);
      const { signal } = options;
      const rounds = roundsOf(options);
      signal?.throwIfAborted();
      let thrown: { readonly error: unknown } | undefined;
      const abort = () => this.#program.stop();
      const finish = (error: string | null, result: NativeResult) => {
        signal?.removeEventListener('abort', abort);
        this.#running = false;
        if (this.#disposed) this.#program.dispose();
        if (thrown !== undefined) reject(thrown.error);
        else if (error !== null) reject(new Error(error));
        else if (signal?.aborted === true) reject(signal.reason);
        else resolve(publish(result));
      };
      // An exception inside the callback must end the run, not the process.
      const onStats = this.#named(options.onStats, (error) => {
        thrown ??= { error };
        this.#program.stop();
      });
      this.#program.run(segments, onStats, finish, rounds);
      this.#running = true;
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** The same on the calling thread, which it blocks; meant for worker threads and short plans. */
  runSync(script: readonly Segment[], options: Pick<RunOptions, 'onStats' | 'rounds'> = {}): RunResult {
    this.#idle();
    let thrown: { readonly error: unknown } | undefined;
    const onStats = this.#named(options.onStats, (error) => {
      thrown ??= { error };
      this.#program.stop();
    });
    const result = this.#program.runSync(lowerScript(this.#image, script), onStats, roundsOf(options));
    if (thrown !== undefined) throw thrown.error;
    return publish(result);
  }

  /**
   * Steps of a plan on the calling thread, with the time of every instruction that the last one executes; up to 2^20 of them on each thread.
   * After a few steps the threads are awake and the caches full, as in a long run.
   */
  profile(plan: string, sizes: Readonly<Record<string, number>> = {}, steps = 1): RunResult & { readonly timings: readonly Timing[] } {
    this.#idle();
    const result = this.#program.profile(lowerScript(this.#image, [{ plan, steps, sizes, record: 'none' }]));
    const { timings } = result;
    const timing = (_: unknown, i: number): Timing => {
      const [place, thread, start, end] = timings.subarray(4 * i, 4 * i + 4);
      return { place: place!, thread: thread!, start: start!, end: end! };
    };
    return { ...publish(result), timings: Array.from({ length: timings.length / 4 }, timing) };
  }

  /** Ends the current run at the next step boundary; without a run it does nothing. */
  stop(): void {
    if (this.#running) this.#program.stop();
  }

  /** Bytes of native memory held by state, arena and kernel scratch. */
  memory(): { readonly state: number; readonly arena: number; readonly scratch: number } {
    this.#alive();
    return this.#program.memory();
  }

  /** Frees native memory; a run in progress is stopped first. The session cannot be used afterwards. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    if (this.#running) this.#program.stop();
    else this.#program.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #named(onStats: OnStats | undefined, failed: (error: unknown) => void): NativeStats {
    if (onStats !== undefined && typeof onStats !== 'function') throw expected('session', 'onStats to be a function', typeof onStats);
    return (plan, rows, width) => {
      try {
        onStats?.(this.#image.plans[plan]!.name, rows, width);
      } catch (error) {
        failed(error);
      }
    };
  }

  #alive(): void {
    if (this.#disposed) throw new Error('session: expected a session in use, got a disposed one; make a new Session');
  }

  #idle(): void {
    this.#alive();
    if (this.#running) throw new Error('session: expected an idle session, got one that is running; wait for the run to end or stop it');
  }

  #ready(slot: string): number {
    this.#idle();
    const index = this.#slots.get(slot);
    if (index === undefined) throw expected('session', 'a slot of the program', `'${slot}'`, suggestion(slot, [...this.#slots.keys()]));
    return index;
  }

  #check(image: SlotImage, array: TypedArray, what: string): void {
    const type = allocate(image.dtype, 0).constructor as new () => TypedArray;
    if (!(array instanceof type)) {
      throw expected(
        'session',
        `${what} for slot '${image.name}' to be of type ${type.name}`,
        (array as object | null)?.constructor?.name ?? typeof array,
      );
    }
    if (array.length > image.capacity) {
      throw outOfRange('session', `at most ${image.capacity} elements for slot '${image.name}' ${format(image)}`, array.length);
    }
  }
}
