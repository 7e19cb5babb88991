import { finalRecord, History } from './history.js';
import { type Progress, progress } from './progress.js';
import type { Run } from './run.js';
import { resultTable } from './table.js';
import { TASKS } from './tasks.js';
import type { TrainRequest } from './train-command.js';

/** Exit status of a run that was interrupted: 128 + SIGINT, as shells have it. */
const INTERRUPTED = 130;

const QUIET: Progress = { report() {}, note() {}, end() {} };

/** Feeds reports to history and progress until the run ends or is stopped; true when it was stopped. */
async function follow(run: Run, history: History, shown: Progress): Promise<boolean> {
  const stop = new AbortController();
  const interrupt = () => {
    if (stop.signal.aborted) process.exit(INTERRUPTED);
    shown.note('stopping after this step; once more to quit at once');
    stop.abort();
  };
  process.on('SIGINT', interrupt);
  try {
    for await (const report of run.train(stop.signal)) {
      history.write(report);
      shown.report(report);
    }
  } catch (error) {
    if (!stop.signal.aborted || error !== stop.signal.reason) throw error;
  } finally {
    shown.end();
    process.off('SIGINT', interrupt);
  }
  return stop.signal.aborted;
}

/** Runs `adamqlr train`; returns the exit code. */
export async function train(request: TrainRequest): Promise<number> {
  const history = new History(request.json, request.out);
  try {
    const run = await TASKS[request.task]!.prepare(request.options);
    try {
      // Lines would only repeat the JSON; a bar on a terminal does not.
      const shown = request.json && process.stderr.isTTY !== true ? QUIET : progress(process.stderr, run.steps, run.reports);
      const stopped = await follow(run, history, shown);
      const result = await run.finish();
      history.write(finalRecord(result, stopped));
      if (!request.json) process.stdout.write(`${resultTable(run, result)}\n`);
      return stopped ? INTERRUPTED : 0;
    } finally {
      run.dispose();
    }
  } finally {
    history.close();
  }
}
