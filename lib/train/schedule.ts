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
  /** How many times the segments are run. */
  readonly rounds: number;
  /** Steps done after this call. */
  readonly step: number;
  /** Epochs done after this call, with a fraction inside an epoch. */
  readonly epoch: number;
  /** Whether a report follows. */
  readonly reports: boolean;
};

/** Optimizer steps of one epoch; the last batch may be smaller than the others. */
export function stepsPerEpoch(examples: number, batchSize: number): number {
  return Math.ceil(examples / batchSize);
}

/** The steps `first` to `end` (exclusive) of one epoch, which begins with a shuffle and ends with a batch of what is left. */
function within({ examples, batchSize }: Schedule, first: number, end: number): Segment[] {
  const segments: Segment[] = first === 0 ? [{ plan: 'shuffle', steps: 1, record: 'none' }] : [];
  const full = Math.min(Math.floor(examples / batchSize), end);
  if (first < full) segments.push({ plan: 'step', steps: full - first, sizes: { n: batchSize } });
  if (end > full) segments.push({ plan: 'step', steps: 1, sizes: { n: examples % batchSize } });
  return segments;
}

/**
 * The native calls of a whole training run: stretches inside one epoch, and rounds of whole epochs. Where the calls are cut does not
 * change what is computed.
 */
export function* calls(schedule: Schedule): Generator<Call> {
  const { examples, batchSize, epochs, reportEvery, stepsPerCall, evaluation } = schedule;
  const perEpoch = stepsPerEpoch(examples, batchSize);
  const total = epochs * perEpoch;
  for (let step = 0; step < total; ) {
    const nextReport = Math.min(total, (Math.floor(step / reportEvery) + 1) * reportEvery);
    const inEpoch = step % perEpoch;
    const left = Math.min(nextReport - step, stepsPerCall);
    const rounds = inEpoch === 0 ? Math.max(1, Math.floor(left / perEpoch)) : 1;
    const end = Math.min(perEpoch, inEpoch + left);
    const segments = within(schedule, inEpoch, end);
    step += rounds * (end - inEpoch);
    const reports = step === nextReport;
    const position = { step, epoch: step / perEpoch, reports };
    if (reports && rounds > 1 && evaluation.length > 0) {
      yield { segments, rounds, ...position, reports: false };
      yield { segments: evaluation, rounds: 1, ...position };
    } else {
      yield { segments: reports ? [...segments, ...evaluation] : segments, rounds, ...position };
    }
  }
}
