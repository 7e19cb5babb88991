import type { TypedArray } from '../graph/dtype.js';

/** One slot of the state store as the addon wants it. dtype: index in DTYPES. kind: 0 state (double-buffered), 1 data. */
export type NativeSlot = { readonly name: string; readonly dtype: number; readonly shape: readonly number[]; readonly kind: 0 | 1 };

/** One stretch of a run: `steps` steps of one plan with its named sizes bound. record: 0 none, 1 every step, 2 the last step. */
export type NativeSegment = {
  readonly plan: number;
  readonly steps: number;
  readonly sizes: readonly number[];
  readonly record: 0 | 1 | 2;
};

/** How a native run ended. `seconds` has one entry per segment, summed over the rounds. */
export type NativeResult = { readonly reason: 'done' | 'stopped' | 'uncommitted'; readonly steps: number; readonly seconds: Float64Array };

/** How a profiled run ended, and what its last step executed: four numbers each, place, thread, start and end in nanoseconds. */
export type NativeProfile = NativeResult & { readonly timings: Float64Array };

/** Recorded stats of one plan, in step order, `width` doubles per step. */
export type NativeStats = (plan: number, rows: Float64Array, width: number) => void;

/** Several verified plans over one native state store. */
export interface NativeProgram {
  /** Loads and fully verifies a plan; throws with one sentence. Returns the plan's index. */
  addPlan(bytes: Uint8Array): number;
  write(slot: number, data: TypedArray, start?: number): void;
  read(slot: number, into: TypedArray, start?: number): void;
  /** Runs the segments in order, all of them `rounds` times. */
  run(
    segments: readonly NativeSegment[],
    onStats: NativeStats,
    onDone: (error: string | null, result: NativeResult) => void,
    rounds: number,
  ): void;
  runSync(segments: readonly NativeSegment[], onStats: NativeStats, rounds: number): NativeResult;
  /** As runSync without rows of stats, with the time of every instruction that the last step executed. */
  profile(segments: readonly NativeSegment[]): NativeProfile;
  /** Ends the run at the next step boundary. */
  stop(): void;
  /** Bytes held. */
  memory(): { readonly state: number; readonly arena: number; readonly scratch: number };
  dispose(): void;
}

/** What the addon says about itself and the machine. */
export type NativeInfo = {
  readonly napi: number;
  readonly compiler: string;
  readonly isa: string;
  readonly isaUsed: string;
  readonly blas: { readonly name: string; readonly config: string; readonly core: string; readonly threads: number };
  readonly threads: number;
  readonly version: string;
};

/** The addon's exports; docs/contracts.md section 3. */
export interface Native {
  info(): NativeInfo;
  /** Size of the compute pool of the process; an error while anything runs. */
  setThreads(threads: number): void;
  /** Stops and joins every native thread; registered for process 'exit' by the loader. */
  shutdown(): void;
  readonly Program: new (slots: readonly NativeSlot[]) => NativeProgram;
}
