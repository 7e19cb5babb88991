import { SingleBar } from 'cli-progress';
import { inSeconds, percent, short } from '../report/number-format.js';
import type { RunReport } from '../report/records.js';

/** Shows how a run goes while it goes. */
export interface Progress {
  report(report: RunReport): void;
  /** A message between reports that must not be overwritten. */
  note(text: string): void;
  end(): void;
}

/** Where progress is shown. */
export type ProgressStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/** The numbers of a report in words: 'loss 0.2101, val loss 0.3, val accuracy 95.20 %, lr 0.0123, damping 1e-3'. */
export function describe(report: RunReport): string {
  const parts = [`loss ${short(report.trainLoss)}`];
  if (report.valLoss !== undefined) parts.push(`val loss ${short(report.valLoss)}`);
  if (report.valAccuracy !== undefined) parts.push(`val accuracy ${percent(report.valAccuracy)}`);
  parts.push(`lr ${short(report.learningRate)}`);
  if (report.damping !== undefined) parts.push(`damping ${short(report.damping)}`);
  return parts.join(', ');
}

/** The numbers beside a bar, the most wanted first. */
function brief({ trainLoss, valAccuracy, learningRate, damping }: RunReport): string[] {
  const accuracy = valAccuracy === undefined ? [] : [`accuracy ${(100 * valAccuracy).toFixed(1)} %`];
  return [
    `loss ${short(trainLoss)}`,
    ...accuracy,
    `lr ${short(learningRate)}`,
    ...(damping === undefined ? [] : [`damping ${short(damping)}`]),
  ];
}

/** Bounds of the bar, and the columns of all that stands beside it but the numbers: '[] 100 % ETA 59m59s '. */
const BAR_WIDTH = { least: 16, most: 30 };
const FRAME_WIDTH = 21;

/** Columns of the numbers at their longest: 'loss -1.23e-10 accuracy 99.9 % lr -1.23e-10 damping 1.23e-10'. */
const NUMBERS_WIDTH = 63;

/** As many of the numbers as fit into so many columns. */
function fitting(numbers: readonly string[], columns: number): string {
  let text = '';
  for (const number of numbers) {
    if (text.length + 1 + number.length > columns) break;
    text += ` ${number}`;
  }
  return text.slice(1);
}

/** '12s', '4m05s', '3h07m'; '?' before the first report. */
export function timeLeft(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const whole = Math.ceil(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 60) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes}m${two(whole % 60)}s` : `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`;
}

function bar(stream: ProgressStream, steps: number, now: () => number): Progress {
  const columns = stream.columns ?? 80;
  const size = Math.max(BAR_WIDTH.least, Math.min(BAR_WIDTH.most, columns - FRAME_WIDTH - NUMBERS_WIDTH));
  const single = new SingleBar({
    stream,
    format: '[{bar}] {percentage} % ETA {left} {numbers}',
    barsize: size,
    hideCursor: true,
    gracefulExit: false, // the train command handles signals itself
  });
  single.start(steps, 0, { left: '?', numbers: 'compiling' });
  let first: { readonly at: number; readonly step: number } | null = null;
  return {
    report(report) {
      const at = now();
      // Measured from the first report on: compiling and loading come but once.
      first ??= { at, step: report.step };
      const left = report.step >= steps ? 0 : ((at - first.at) / 1000 / (report.step - first.step)) * (steps - report.step);
      single.update(report.step, { left: timeLeft(left), numbers: fitting(brief(report), columns - size - FRAME_WIDTH) });
    },
    note(text) {
      stream.write(`\n${text}\n`);
    },
    end: () => single.stop(),
  };
}

/** Without a terminal: all reports of a short run, of a long one at most a line per second and the last one. */
const ALL_LINES = 50;
const SECOND = 1000;

function lines(stream: ProgressStream, reports: number, now: () => number): Progress {
  let last = Number.NEGATIVE_INFINITY;
  let held: RunReport | null = null;
  const print = (report: RunReport) => {
    held = null;
    last = now();
    const epoch = Number(report.epoch.toFixed(2));
    stream.write(`step ${report.step}/${report.steps}, epoch ${epoch}: ${describe(report)}, ${inSeconds(report.seconds)} s\n`);
  };
  return {
    report(report) {
      held = report;
      if (reports <= ALL_LINES || now() - last >= SECOND) print(report);
    },
    note(text) {
      stream.write(`${text}\n`);
    },
    end() {
      if (held !== null) print(held);
    },
  };
}

/** A bar with the time left on a terminal, plain lines elsewhere. `steps` and `reports`: how many will come; `now`: a clock in milliseconds. */
export function progress(stream: ProgressStream, steps: number, reports: number, now: () => number = () => performance.now()): Progress {
  return stream.isTTY === true ? bar(stream, steps, now) : lines(stream, reports, now);
}
