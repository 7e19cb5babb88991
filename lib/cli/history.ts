import { closeSync, openSync, writeSync } from 'node:fs';
import type { RunReport, RunResult } from './run.js';
import { usage } from './usage-error.js';

/** The last JSON line of a run. Values that a task lacks, and numbers that are not finite, are null. */
export type FinalRecord = {
  readonly final: true;
  readonly trainLoss: number | null;
  readonly valLoss: number | null;
  readonly testLoss: number | null;
  readonly testAccuracy: number | null;
  readonly steps: number;
  readonly seconds: number;
  readonly trainAccuracy: number | null;
  readonly valAccuracy: number | null;
  /** Whether the run was interrupted before its last step. */
  readonly stopped: boolean;
};

export function finalRecord(result: RunResult, stopped: boolean): FinalRecord {
  return {
    final: true,
    trainLoss: result.train.loss,
    valLoss: result.validation?.loss ?? null,
    testLoss: result.test?.loss ?? null,
    testAccuracy: result.test?.accuracy ?? null,
    steps: result.steps,
    seconds: result.seconds,
    trainAccuracy: result.train.accuracy ?? null,
    valAccuracy: result.validation?.accuracy ?? null,
    stopped,
  };
}

/** Writes one JSON object per line, as they come: to standard output, to a file, to both or to neither. */
export class History {
  readonly #stdout: boolean;
  readonly #file: number | null;

  /** @throws UsageError when the file cannot be written, before anything else happens. */
  constructor(stdout: boolean, path: string | undefined) {
    this.#stdout = stdout;
    try {
      this.#file = path === undefined ? null : openSync(path, 'w');
    } catch (error) {
      throw usage('adamqlr train', '--out to be a file that can be written', `'${path}'`, (error as NodeJS.ErrnoException).code);
    }
  }

  write(record: RunReport | FinalRecord): void {
    const line = `${JSON.stringify(record)}\n`;
    if (this.#stdout) process.stdout.write(line);
    if (this.#file !== null) writeSync(this.#file, line);
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
  }
}
