import { finalRecord, History } from './history.js';
import { type Progress, progress } from './progress.js';
import type { Run } from './run.js';
import { resultTable } from './table.js';
import type { TrainRequest } from './train-command.js';

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

/** Feeds reports to history and progress until the run ends or is stopped. */
async function follow(run: Run, history: History, shown: Progress, { signal }: Interrupts): Promise<void> {
  try {
    for await (const report of run.train(signal)) {
      history.write(report);
      shown.report(report);
    }
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
  } finally {
    shown.end();
  }
}

/** Runs `adamqlr train`; returns the exit code. */
export async function train(request: TrainRequest): Promise<number> {
  const history = new History(request.json, request.out);
  try {
    const run = await request.prepare(request.options);
    try {
      // Lines would only repeat the JSON; a bar on a terminal does not.
      const shown = request.json && process.stderr.isTTY !== true ? QUIET : progress(process.stderr, run.steps, run.reports);
      using interrupts = new Interrupts((text) => shown.note(text));
      await follow(run, history, shown, interrupts);
      const result = await run.finish();
      history.write(finalRecord(result, interrupts.stopped));
      if (!request.json) process.stdout.write(`${resultTable(run, result)}\n`);
      return interrupts.stopped ? INTERRUPTED : 0;
    } finally {
      run.dispose();
    }
  } finally {
    history.close();
  }
}
