import { existsSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { inSeconds, inUnits, percent, short } from '../report/number-format.js';
import type { ReportedRun } from '../report/reported-run.js';
import { type Summary, summarize } from '../report/summary.js';
import { RUN_FILES } from './run-folder.js';
import { aligned } from './text-table.js';
import { usage } from './usage-error.js';
import { readRun, writeReport } from './write-report.js';

const REPORT = 'adamqlr report';

const COLUMNS: readonly (readonly [head: string, text: (run: Summary) => string | null])[] = [
  ['train loss', ({ trainLoss }) => (trainLoss === null ? null : short(trainLoss))],
  ['val loss', ({ valLoss }) => (valLoss === null ? null : short(valLoss))],
  ['test loss', ({ testLoss }) => (testLoss === null ? null : short(testLoss))],
  ['test accuracy', ({ testAccuracy }) => (testAccuracy === null ? null : percent(testAccuracy))],
  ['test RMSE', ({ testRmse }) => (testRmse === null ? null : inUnits(testRmse))],
  ['test mean absolute error', ({ testMeanAbsoluteError: error }) => (error === null ? null : inUnits(error))],
  ['best epoch', ({ bestEpoch }) => (bestEpoch === null ? null : short(bestEpoch))],
  ['steps', ({ steps }) => String(steps)],
  ['seconds', ({ seconds }) => inSeconds(seconds)],
  ['ended', ({ ended }) => ended],
];

/** One row per run: how it ended. Columns that no run has are left out. */
function comparisonTable(runs: readonly ReportedRun[]): string {
  const summaries = runs.map(summarize);
  const columns = COLUMNS.filter(([, text]) => summaries.some((run) => text(run) !== null));
  const rows = summaries.map((run) => [run.name, ...columns.map(([, text]) => text(run) ?? '-')]);
  return aligned([['', ...columns.map(([head]) => head)], ...rows]);
}

/** Names that tell the runs apart: where two are the same, their paths; with the optimizers where those differ. */
function named(paths: readonly string[], runs: readonly ReportedRun[]): ReportedRun[] {
  const twice = (name: string) => runs.filter((run) => run.name === name).length > 1;
  const optimizers = new Set(runs.map(({ config }) => config['optimizer']));
  return runs.map((run, i) => {
    const name = twice(run.name) ? paths[i]! : run.name;
    const optimizer = run.config['optimizer'];
    return { ...run, name: optimizers.size > 1 && typeof optimizer === 'string' ? `${name} ${optimizer}` : name };
  });
}

/** Runs `adamqlr report`: writes the page and prints a table of all runs; returns the exit code. */
export function report(paths: readonly string[], out: string | undefined): number {
  const same = paths.find((path, i) => paths.findIndex((other) => resolve(other) === resolve(path)) < i);
  if (same !== undefined) throw usage(REPORT, 'every run once', `'${same}' twice`);
  const runs = named(paths, paths.map(readRun));
  const empty = runs.findIndex(({ history }) => history.reports === 0);
  if (empty >= 0)
    throw usage(REPORT, `at least one report in the history of ${paths[empty]}`, 'none', 'was it ended before its first one?');
  const alone = runs.length === 1 && statSync(paths[0]!).isDirectory();
  const page = out ?? (alone ? join(paths[0]!, RUN_FILES.report) : RUN_FILES.report);
  if (existsSync(page) && statSync(page).isDirectory())
    throw usage(REPORT, '--out to be a file', `the folder '${page}'`, `for example ${join(page, RUN_FILES.report)}`);
  const task = commonTask(runs);
  writeReport(page, runs.length === 1 ? runs[0]!.name : `${runs.length} runs${task === undefined ? '' : `: ${task}`}`, runs);
  process.stdout.write(`${comparisonTable(runs)}\nreport in ${page}\n`);
  return 0;
}

/** The task of all runs, where it is the same. */
function commonTask(runs: readonly ReportedRun[]): string | undefined {
  const tasks = new Set(runs.map(({ config }) => config['task']));
  const [task] = tasks;
  return tasks.size === 1 && typeof task === 'string' ? basename(task) : undefined;
}
