import { existsSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { showValue } from '../base/options.js';
import { readHistory } from '../report/history.js';
import { reportPage } from '../report/page.js';
import type { ReportedRun } from '../report/reported-run.js';
import { fileError } from './file-error.js';
import { ENVIRONMENT, readConfig } from './run-config.js';
import { RUN_FILES } from './run-folder.js';

/** Reads a run: a folder as `adamqlr train` leaves it, or a history by itself. Throws one sentence naming file and line for what cannot be read. */
export function readRun(path: string): ReportedRun {
  let folder: string | null;
  try {
    folder = statSync(path).isDirectory() ? path : null;
  } catch (error) {
    throw fileError(path, 'a folder of a run or a history.jsonl', error);
  }
  const historyPath = folder === null ? path : join(folder, RUN_FILES.history);
  try {
    const history = readHistory(historyPath);
    const configPath = join(folder ?? dirname(path), RUN_FILES.config);
    const ownConfig = folder !== null || basename(path) === RUN_FILES.history;
    const { [ENVIRONMENT]: environment = {}, ...config } = ownConfig && existsSync(configPath) ? readConfig(configPath) : {};
    if (environment === null || typeof environment !== 'object') {
      throw new Error(`${configPath}: expected environment to be an object, got ${showValue(environment)}`);
    }
    const name =
      folder !== null || basename(path) === RUN_FILES.history ? basename(folder ?? dirname(resolve(path))) : basename(path, '.jsonl');
    return { name, history, config, environment: environment as Record<string, unknown> };
  } catch (error) {
    throw fileError(historyPath, 'a history that can be read', error);
  }
}

/** Writes the page about some runs to a file. */
export function writeReport(path: string, title: string, runs: readonly ReportedRun[]): void {
  try {
    writeFileSync(path, reportPage(title, runs));
  } catch (error) {
    throw fileError(path, 'a file that can be written', error);
  }
}
