import type { Segment } from '../runtime/session.js';

/** How a stretch of training is cut into epochs, batches and reports. */
export type Schedule = {
  readonly examples: number;
  readonly batchSize: number;
  readonly epochs: number;
  /** Steps between reports; the end of training is always reported. */
  readonly reportEvery: number;
  /** Steps per native call at most. */
  readonly stepsPerCall: number;
  /** Run after the steps before each report, natively and outside the clock. */
  readonly evaluation: readonly Segment[];
};

/** One native call: what to run, and where training stands after it. */
export type Call = {
  readonly segments: readonly Segment[];
  /** Steps done after this call. */
  readonly step: number;
  /** Epochs done after this call, with a fraction inside an epoch. */
  readonly epoch: number;
  /** Whether a report follows. */
  readonly reports: boolean;
};

/** Segments per native call at most, so that a report after millions of epochs is not one endless list. */
const SEGMENTS = 4096;

/** Optimizer steps of one epoch; the last batch may be smaller than the others. */
export function stepsPerEpoch(examples: number, batchSize: number): number {
  return Math.ceil(examples / batchSize);
}

/**
 * The native calls of a whole training run. Each epoch begins with a shuffle; batches follow in the shuffled order, the last
 * one with what is left. Where the calls are cut does not change what is computed.
 */
export function* calls(schedule: Schedule): Generator<Call> {
  const { examples, batchSize, epochs, reportEvery, stepsPerCall, evaluation } = schedule;
  const perEpoch = stepsPerEpoch(examples, batchSize);
  const total = epochs * perEpoch;
  let step = 0;
  while (step < total) {
    const nextReport = Math.min(total, (Math.floor(step / reportEvery) + 1) * reportEvery);
    const end = Math.min(nextReport, step + stepsPerCall);
    const segments: Segment[] = [];
    while (step < end && segments.length < SEGMENTS) {
      const inEpoch = step % perEpoch;
      if (inEpoch === 0) segments.push({ plan: 'shuffle', steps: 1, record: 'none' });
      const full = Math.floor(examples / batchSize);
      const size = inEpoch < full ? batchSize : examples % batchSize;
      const steps = inEpoch < full ? Math.min(full - inEpoch, end - step) : 1;
      segments.push({ plan: 'step', steps, sizes: { n: size } });
      step += steps;
    }
    const reports = step === nextReport;
    yield { segments: reports ? [...segments, ...evaluation] : segments, step, epoch: step / perEpoch, reports };
  }
}
