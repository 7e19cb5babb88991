import type { Segment } from '../runtime/session.js';

/** How a stretch of training is cut into epochs, batches and reports. */
export type Course = {
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

/** Where a course begins: at its first step, or wherever it was interrupted. */
export type Start = {
  /** Steps done. */
  readonly step: number;
  /** Steps that reports have told of. */
  readonly reported: number;
  /** Whether the order of the epoch of the next step has been drawn. */
  readonly shuffled: boolean;
};

const BEGINNING: Start = { step: 0, reported: 0, shuffled: false };

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
function within({ examples, batchSize }: Course, first: number, end: number, shuffled: boolean): Segment[] {
  const segments: Segment[] = shuffled ? [] : [{ plan: 'shuffle', steps: 1, record: 'none' }];
  const full = Math.min(Math.floor(examples / batchSize), end);
  if (first < full) segments.push({ plan: 'step', steps: full - first, sizes: { n: batchSize } });
  if (end > full) segments.push({ plan: 'step', steps: 1, sizes: { n: examples % batchSize } });
  return segments;
}

/**
 * The native calls of a whole training run, or of what is left of it: stretches inside one epoch, and rounds of whole epochs. Where the
 * calls are cut does not change what is computed. A report that was due when the run was interrupted comes first, without steps.
 */
export function* calls(course: Course, start: Start = BEGINNING): Generator<Call> {
  const { examples, batchSize, epochs, reportEvery, stepsPerCall, evaluation } = course;
  const perEpoch = stepsPerEpoch(examples, batchSize);
  const total = epochs * perEpoch;
  let { step, shuffled } = start;
  if (step > start.reported && (step % reportEvery === 0 || step >= total)) {
    yield { segments: evaluation, rounds: 1, step, epoch: step / perEpoch, reports: true };
  }
  while (step < total) {
    const nextReport = Math.min(total, (Math.floor(step / reportEvery) + 1) * reportEvery);
    const inEpoch = step % perEpoch;
    const begins = inEpoch === 0 && !shuffled;
    const left = Math.min(nextReport - step, stepsPerCall);
    const rounds = begins ? Math.max(1, Math.floor(left / perEpoch)) : 1;
    const end = Math.min(perEpoch, inEpoch + left);
    const segments = within(course, inEpoch, end, !begins);
    step += rounds * (end - inEpoch);
    shuffled = false;
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
