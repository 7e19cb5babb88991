import type { StepProfile } from '../compile/profile.js';

/** An event of the trace event format; times in microseconds. */
type TraceEvent = {
  readonly name: string;
  readonly ph: 'X' | 'M';
  readonly pid: number;
  readonly tid: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly args: Readonly<Record<string, unknown>>;
};

/** A trace as chrome://tracing and Perfetto read it. */
export type ChromeTrace = { readonly displayTimeUnit: 'ns'; readonly traceEvents: readonly TraceEvent[] };

const PROCESS = 1;

const microseconds = (nanoseconds: number) => nanoseconds / 1e3;

/**
 * A profile in the trace event format, as JSON for chrome://tracing and https://ui.perfetto.dev: an event for the step, and one inside it for
 * every instruction executed, on its thread.
 */
export function chromeTrace({ plan, sizes, seconds, instructions, timings }: StepProfile): ChromeTrace {
  const threads = [...new Set([0, ...timings.map(({ thread }) => thread)])].sort((a, b) => a - b);
  const named = threads.map((tid): TraceEvent => ({ name: 'thread_name', ph: 'M', pid: PROCESS, tid, args: { name: `thread ${tid}` } }));
  const step: TraceEvent = { name: plan, ph: 'X', pid: PROCESS, tid: 0, ts: 0, dur: seconds * 1e6, args: sizes };
  const events = timings.map(({ place, thread, start, end }): TraceEvent => {
    const { name, kernel, text, outputs, operations, bytes } = instructions[place]!;
    return {
      name,
      ph: 'X',
      pid: PROCESS,
      tid: thread,
      ts: microseconds(start),
      dur: microseconds(end - start),
      args: { kernel, outputs, gflop: operations / 1e9, bytes, instruction: place, text },
    };
  });
  return { displayTimeUnit: 'ns', traceEvents: [...named, step, ...events] };
}
