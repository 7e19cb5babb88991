import { SingleBar } from 'cli-progress';
import { percent, short } from '../report/number-format.js';
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

/** Columns that everything but the bar itself needs, and the bounds of the bar. */
const NUMBERS_WIDTH = 76;
const BAR_WIDTH = { least: 4, most: 30 };

/** The numbers that fit beside a bar on a terminal of 80 columns. */
function brief({ trainLoss, valAccuracy, learningRate, damping }: RunReport): string {
  const accuracy = valAccuracy === undefined ? '' : ` accuracy ${percent(valAccuracy)}`;
  return `loss ${short(trainLoss)}${accuracy} lr ${short(learningRate)}${damping === undefined ? '' : ` damping ${short(damping)}`}`;
}

function bar(stream: ProgressStream, steps: number): Progress {
  const room = (stream.columns ?? 80) - NUMBERS_WIDTH;
  const single = new SingleBar({
    stream,
    format: '[{bar}] {percentage}% ETA {eta_formatted} {numbers}',
    barsize: Math.max(BAR_WIDTH.least, Math.min(BAR_WIDTH.most, room)),
    hideCursor: true,
    gracefulExit: false, // the train command handles signals itself
    etaBuffer: 5,
  });
  single.start(steps, 0, { numbers: 'compiling' });
  return {
    report: (report) => single.update(report.step, { numbers: brief(report) }),
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
    stream.write(`step ${report.step}/${report.steps}, epoch ${epoch}: ${describe(report)}, ${report.seconds.toFixed(2)} s\n`);
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
  return stream.isTTY === true ? bar(stream, steps) : lines(stream, reports, now);
}
