import type { Segment } from '../runtime/session.js';

/** How a stretch of training is cut into epochs, batches and reports. */
export type Course = {
  readonly examples: number;
  /** Examples that are in memory at a time, and shuffled among each other: all of them, or a multiple of the batch size. */
  readonly resident: number;
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
  /** Whether the order of the examples of the next step has been drawn. */
  readonly shuffled: boolean;
};

const BEGINNING: Start = { step: 0, reported: 0, shuffled: false };

/** One native call: what to run, and where training stands after it. */
export type Call = {
  readonly segments: readonly Segment[];
  /** Which examples of a pass it needs: 0 for the first that are in memory together, 1 for the next, ...; null where it trains on none. */
  readonly chunk: number | null;
  /** Which ones come after those, or null where no others will be needed. */
  readonly nextChunk: number | null;
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

/** How an epoch is cut: steps of an epoch and of a chunk (the last chunk of an epoch may have fewer), chunks of an epoch. */
function cutOf({ examples, resident, batchSize }: Course) {
  return {
    perEpoch: stepsPerEpoch(examples, batchSize),
    perChunk: Math.ceil(resident / batchSize),
    chunks: Math.ceil(examples / resident),
  };
}

/** How many orders have been drawn, one for every chunk, before the order for the next step is. */
export function ordersBefore(course: Course, step: number): number {
  const { perEpoch, perChunk, chunks } = cutOf(course);
  return Math.floor(step / perEpoch) * chunks + Math.floor((step % perEpoch) / perChunk);
}

/** The steps `first` to `end` (exclusive) of one chunk, which begins with a shuffle and ends with a batch of what is left. */
function within(course: Course, chunk: number, first: number, end: number, shuffled: boolean): Segment[] {
  const { resident, batchSize } = course;
  const examples = Math.min(resident, course.examples - chunk * resident);
  const shuffle = examples === resident ? 'shuffle' : 'shuffleRest';
  const segments: Segment[] = shuffled ? [] : [{ plan: shuffle, steps: 1, record: 'none' }];
  const full = Math.min(Math.floor(examples / batchSize), end);
  if (first < full) segments.push({ plan: 'step', steps: full - first, sizes: { n: batchSize } });
  if (end > full) segments.push({ plan: 'step', steps: 1, sizes: { n: examples % batchSize } });
  return segments;
}

/**
 * The native calls of a whole training run, or of what is left of it: stretches inside one chunk, and rounds of whole epochs where all
 * examples are in memory. Where the calls are cut does not change what is computed. A report that was due when the run was interrupted
 * comes first, without steps.
 */
export function* calls(course: Course, start: Start = BEGINNING): Generator<Call> {
  const { epochs, reportEvery, stepsPerCall, evaluation } = course;
  const { perEpoch, perChunk, chunks } = cutOf(course);
  const total = epochs * perEpoch;
  let { step, shuffled } = start;
  if (step > start.reported && (step % reportEvery === 0 || step >= total)) {
    yield { segments: evaluation, chunk: null, nextChunk: null, rounds: 1, step, epoch: step / perEpoch, reports: true };
  }
  while (step < total) {
    const nextReport = Math.min(total, (Math.floor(step / reportEvery) + 1) * reportEvery);
    const inEpoch = step % perEpoch;
    const chunk = Math.floor(inEpoch / perChunk),
      inChunk = inEpoch % perChunk;
    const begins = inChunk === 0 && !shuffled;
    const left = Math.min(nextReport - step, stepsPerCall);
    const rounds = begins && chunks === 1 ? Math.max(1, Math.floor(left / perEpoch)) : 1;
    const end = Math.min(perChunk, perEpoch - chunk * perChunk, inChunk + left);
    const segments = within(course, chunk, inChunk, end, !begins);
    const last = chunk === chunks - 1;
    const nextChunk = chunks === 1 || (last && step - inEpoch + perEpoch >= total) ? null : (chunk + 1) % chunks;
    step += rounds * (end - inChunk);
    shuffled = false;
    const reports = step === nextReport;
    const position = { chunk, nextChunk, step, epoch: step / perEpoch, reports };
    if (reports && rounds > 1 && evaluation.length > 0) {
      yield { segments, rounds, ...position, reports: false };
      yield { segments: evaluation, rounds: 1, ...position, chunk: null };
    } else {
      yield { segments: reports ? [...segments, ...evaluation] : segments, rounds, ...position };
    }
  }
}
