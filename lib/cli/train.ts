import { join } from 'node:path';
import { environment } from './environment.js';
import { type Progress, progress } from './progress.js';
import type { Run } from './run.js';
import { ENVIRONMENT } from './run-config.js';
import { RUN_FILES, type RunFolder, runFolder } from './run-folder.js';
import { finalRecord, RunRecord } from './run-record.js';
import { listed, resultTable } from './table.js';
import type { TrainRequest } from './train-command.js';
import { readRun, writeReport } from './write-report.js';

/** Exit status of a run that was interrupted: 128 + SIGINT, as shells have it. */
const INTERRUPTED = 130;

const QUIET: Progress = { report() {}, note() {}, end() {} };

/** Ctrl-C: the first one stops the run at the end of its step, the second one ends the process. */
class Interrupts {
  readonly #stop = new AbortController();
  readonly #note: (text: string) => void;
  readonly #handler = () => {
    if (this.stopped) process.exit(INTERRUPTED);
    this.#note('stopping after this step; once more to quit at once');
    this.#stop.abort();
  };

  constructor(note: (text: string) => void) {
    this.#note = note;
    process.on('SIGINT', this.#handler);
  }

  get stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  [Symbol.dispose](): void {
    process.off('SIGINT', this.#handler);
  }
}

/** Feeds reports to the record and the progress until the run ends or is stopped. */
async function follow(run: Run, record: RunRecord, shown: Progress, { signal }: Interrupts): Promise<void> {
  try {
    for await (const report of run.train(signal)) {
      record.write(report);
      shown.report(report);
    }
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
  } finally {
    shown.end();
  }
}

/** Where the files of a run are. */
function savedIn(folder: string): string {
  return `saved in ${folder}: ${RUN_FILES.report}, ${RUN_FILES.history}, ${RUN_FILES.config}`;
}

/** Trains and writes down how it goes; returns the exit code. */
async function recorded(request: TrainRequest, run: Run, folder: string, machine: Record<string, string | number>): Promise<number> {
  const { json, tensorboard, config, configPath } = request;
  const resolved = { ...config, ...run.settings };
  if (configPath !== undefined) {
    const lines = listed(
      Object.entries(resolved).map(([name, value]) => [name, JSON.stringify(value)] as const),
      '  ',
    );
    process.stderr.write(`${configPath} and the command line together:\n${lines}\n`);
  }
  const record = new RunRecord(folder, { ...resolved, [ENVIRONMENT]: machine }, { stdout: json, tensorboard });
  // Lines would only repeat the JSON; a bar on a terminal does not.
  const shown = json && process.stderr.isTTY !== true ? QUIET : progress(process.stderr, run.steps, run.reports);
  using interrupts = new Interrupts((text) => shown.note(text));
  try {
    await follow(run, record, shown, interrupts);
    const result = await run.finish();
    record.write(finalRecord(result, interrupts.stopped));
    record.close();
    writePage(folder);
    if (!json) process.stdout.write(`${resultTable(run, result)}\n${savedIn(folder)}\n`);
    return interrupts.stopped ? INTERRUPTED : 0;
  } catch (error) {
    record.close();
    writeLastPage(folder, json);
    throw error;
  }
}

function writePage(folder: string): void {
  const run = readRun(folder);
  writeReport(join(folder, RUN_FILES.report), run.name, [run]);
}

/** The page of a run that failed; what failed first is what the user must hear of, not that the page could not be written either. */
function writeLastPage(folder: string, json: boolean): void {
  try {
    writePage(folder);
    if (!json) process.stderr.write(`${savedIn(folder)}\n`);
  } catch {}
}

/** Loads the data and compiles the run; one that cannot begin, or is interrupted before it does, leaves no folder. */
async function prepared({ prepare, options }: TrainRequest, folder: RunFolder): Promise<Run> {
  const quit = () => {
    folder.remove();
    process.exit(INTERRUPTED);
  };
  process.on('SIGINT', quit);
  try {
    return await prepare(options);
  } catch (error) {
    folder.remove();
    throw error;
  } finally {
    process.off('SIGINT', quit);
  }
}

/** Runs `adamqlr train`; returns the exit code. */
export async function train(request: TrainRequest): Promise<number> {
  const machine = environment(request.options.threads);
  const folder = runFolder(request.name, request.out); // before any work: a place that cannot be written is found now
  const run = await prepared(request, folder);
  try {
    return await recorded(request, run, folder.path, machine);
  } finally {
    run.dispose();
  }
}
