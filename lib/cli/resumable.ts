import { dirname, join } from 'node:path';
import { expected } from '../base/errors.js';
import { difference, isRecord } from '../base/plain-data.js';
import type { Dataset, Task } from '../data/dataset.js';
import type { StreamedDataset } from '../data/stream.js';
import type { EarlyStopping } from '../train/early-stopping.js';
import { loadModel } from '../train/model.js';
import type { Trainer } from '../train/trainer.js';
import { command } from './command-line.js';
import { ENVIRONMENT, readConfig } from './run-config.js';
import { RUN_FILES } from './run-folder.js';

/** Where the environment of a run says what its table was like. */
export const TABLE_FINGERPRINT = 'table';

/** Throws where the configuration of a run tells that its table had other bytes than `now`. */
export function checkSameFile(folder: string, table: string, now: string): void {
  const config = join(folder, RUN_FILES.config);
  const environment = readConfig(config)[ENVIRONMENT];
  const before = isRecord(environment) ? environment[TABLE_FINGERPRINT] : undefined;
  if (before === undefined || before === now) return;
  const hint = `a run goes on with the same rows only; begin anew: ${command('train', '--config', config)}`;
  throw expected(table, `the table that the run of ${folder} began with`, 'a file that was changed since', hint);
}

/** Throws unless a table gives the features and targets that it gave when the run of a checkpoint began. */
export async function checkSameTable(checkpoint: string, { name, train }: Task<Dataset | StreamedDataset>): Promise<void> {
  if (train.preprocessing === undefined) return;
  using model = await loadModel(checkpoint);
  const first = difference(train.preprocessing.toJSON(), model.preprocessing?.toJSON());
  if (first !== null) throw expected(name, `the table that the run of ${dirname(checkpoint)} began with`, `another one: ${first}`);
}

/** Throws unless a trainer that took over a checkpoint has something left to train. */
export function checkRemaining(checkpoint: string, trainer: Trainer, epochs: number, earlyStopping: EarlyStopping | undefined): void {
  const folder = dirname(checkpoint);
  const { progress } = trainer.snapshot();
  if (isRecord(progress) && progress['position'] === null) {
    const hint = `begin anew with other options: ${command('train', '--config', join(folder, RUN_FILES.config))}`;
    throw expected(folder, 'a run that can go on', 'one that ended where training was not finite', hint);
  }
  const last = trainer.history.at(-1);
  if (last !== undefined && last.epoch >= epochs) {
    const hint = `go on to more of them with --epochs ${2 * Math.max(epochs, last.epoch)}`;
    throw expected(folder, `a run that has not done its ${epochs} epochs`, `one at epoch ${last.epoch}`, hint);
  }
  const { best } = trainer;
  if (earlyStopping === undefined || best === null) return;
  const waited = trainer.history.length - 1 - trainer.history.findIndex(({ step }) => step === best.step);
  if (waited >= earlyStopping.patience) {
    const hint = `wait longer with --patience ${2 * earlyStopping.patience}`;
    throw expected(folder, 'a run that can go on', `one that ended because ${waited} reports in a row were no better`, hint);
  }
}
