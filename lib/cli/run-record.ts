import { closeSync, openSync, readdirSync, writeFileSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { FinalRecord, RunReport } from '../report/records.js';
import { openingEvents, recordEvent } from '../report/tensorboard/run-events.js';
import { fileError } from './file-error.js';
import type { RunResult } from './run.js';
import { RUN_FILES } from './run-folder.js';

/** Errors in units of the target, where it has some. */
function unitErrors({ train, validation, test }: RunResult): Partial<FinalRecord> {
  if (train.rmse === undefined) return {};
  return {
    trainRmse: train.rmse,
    valRmse: validation?.rmse ?? null,
    testRmse: test?.rmse ?? null,
    trainMeanAbsoluteError: train.meanAbsoluteError!,
    valMeanAbsoluteError: validation?.meanAbsoluteError ?? null,
    testMeanAbsoluteError: test?.meanAbsoluteError ?? null,
  };
}

/** How a run ended, as the last line of its history. */
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
    ...unitErrors(result),
    ...(result.early !== undefined && { bestEpoch: result.early.best }),
    stopped,
  };
}

/** A file that is written as things happen, so that a process that is killed leaves all of it up to then. */
class OpenFile {
  readonly #path: string;
  readonly #descriptor: number;

  constructor(path: string) {
    this.#path = path;
    this.#descriptor = this.#guarded(() => openSync(path, 'w'));
  }

  append(data: string | Uint8Array): void {
    const bytes = Buffer.from(data);
    this.#guarded(() => {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#descriptor, bytes, at);
    });
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw fileError(this.#path, 'a file that can be written', error);
    }
  }
}

/** TensorBoard finds files of events by these words. */
const EVENTS = 'events.out.tfevents.';

const seconds = () => Date.now() / 1000;

/** What a run leaves behind while it goes on: its configuration, a JSON line per report, and events for TensorBoard if wanted. */
export class RunRecord {
  readonly #stdout: boolean;
  readonly #history: OpenFile;
  readonly #events: OpenFile | null;

  /** `stdout`: whether the lines go to standard output too. `before`: the reports of a run that goes on, which are written first. */
  constructor(
    folder: string,
    config: Readonly<Record<string, unknown>>,
    { stdout, tensorboard, before = [] }: { stdout: boolean; tensorboard: boolean; before?: readonly RunReport[] },
  ) {
    this.#stdout = stdout;
    const configPath = join(folder, RUN_FILES.config);
    try {
      writeFileSync(configPath, `${JSON.stringify(config, null, 2)}\n`);
    } catch (error) {
      throw fileError(configPath, 'a file that can be written', error);
    }
    this.#history = new OpenFile(join(folder, RUN_FILES.history));
    for (const report of before) this.#history.append(`${JSON.stringify(report)}\n`);
    // TensorBoard orders files by the number. A run that goes on adds a file to those it has.
    const goesOn = readdirSync(folder).some((name) => name.startsWith(EVENTS));
    this.#events =
      tensorboard || goesOn ? new OpenFile(join(folder, `${EVENTS}${Math.floor(seconds())}.${hostname()}.${process.pid}`)) : null;
    this.#events?.append(openingEvents(seconds(), config));
  }

  write(record: RunReport | FinalRecord): void {
    const line = `${JSON.stringify(record)}\n`;
    if (this.#stdout) process.stdout.write(line);
    this.#history.append(line);
    this.#events?.append(recordEvent(seconds(), record));
  }

  close(): void {
    this.#history.close();
    this.#events?.close();
  }
}
