import type { Dataset } from '../data/dataset.js';
import { type StreamedDataset, stream } from '../data/stream.js';
import type { Preprocessing } from '../data/table/preprocessing.js';
import type { RowPiece } from '../data/table/source.js';
import { inUnits, percent, short } from '../report/number-format.js';
import type { Model } from '../train/model.js';
import { tableModel } from './model-argument.js';
import { rowsFor } from './model-rows.js';
import { listed } from './text-table.js';

/** What `adamqlr evaluate --json` prints; null where the target is of the other kind. */
export type EvaluationRecord = {
  readonly rows: number;
  readonly loss: number;
  readonly accuracy: number | null;
  /** In units of the target. */
  readonly rmse: number | null;
  readonly meanAbsoluteError: number | null;
};

function examplesOf(preprocessing: Preprocessing, { rows, where }: RowPiece): Dataset {
  return {
    count: rows.length,
    features: preprocessing.features(rows, where),
    targets: preprocessing.targets(rows, where),
    preprocessing,
  };
}

/** Errors of predictions in units of the target, summed over the pieces of a file. */
class Errors {
  rows = 0;
  #squares = 0;
  #sizes = 0;

  add(outputs: ArrayLike<number>, targets: ArrayLike<number>, scale: number): void {
    this.rows += targets.length;
    for (let at = 0; at < targets.length; at++) {
      const error = (outputs[at]! - targets[at]!) * scale;
      this.#squares += error * error;
      this.#sizes += Math.abs(error);
    }
  }

  get rmse(): number {
    return Math.sqrt(this.#squares / this.rows);
  }

  get mean(): number {
    return this.#sizes / this.rows;
  }
}

/** A file as examples, read anew in every pass. */
function streamOf(preprocessing: Preprocessing, { features, targets }: Dataset, path: string, count: number): StreamedDataset {
  const open = async function* () {
    for await (const piece of rowsFor(preprocessing, path, true)) yield examplesOf(preprocessing, piece);
  };
  const { data: _features, ...kind } = features;
  const { data: _targets, ...targetKind } = targets;
  return stream({ count, features: kind, targets: targetKind, preprocessing, open });
}

/** Goes through the file twice: for its rows and their predictions, then for the loss. */
async function evaluated(model: Model, preprocessing: Preprocessing, path: string): Promise<EvaluationRecord> {
  const errors = new Errors();
  const { target } = preprocessing;
  const regression = target.kind === 'regression';
  let rows = 0;
  let first: Dataset | null = null;
  for await (const piece of rowsFor(preprocessing, path, true)) {
    const examples = examplesOf(preprocessing, piece);
    first ??= examples;
    rows += examples.count;
    if (regression) errors.add((await model.predict(examples.features)).data, examples.targets.data, target.scale);
  }
  const { loss, accuracy } = await model.evaluate(streamOf(preprocessing, first!, path, rows));
  return {
    rows,
    loss,
    accuracy: accuracy ?? null,
    rmse: regression ? errors.rmse : null,
    meanAbsoluteError: regression ? errors.mean : null,
  };
}

function printed({ rows, loss, accuracy, rmse, meanAbsoluteError }: EvaluationRecord, target: string): string {
  return listed([
    ['rows', String(rows)],
    ['loss', `${short(loss)}${rmse === null ? '' : ` (in units of the variance of ${target})`}`],
    ...(accuracy === null ? [] : [['accuracy', percent(accuracy)] as const]),
    ...(rmse === null ? [] : [['RMSE', `${inUnits(rmse)} (in units of ${target})`] as const]),
    ...(meanAbsoluteError === null ? [] : [['mean absolute error', inUnits(meanAbsoluteError)] as const]),
  ]);
}

/** Runs `adamqlr evaluate`; returns the exit code. */
export async function evaluate(modelPath: string, path: string, json: boolean): Promise<number> {
  const { model, preprocessing } = await tableModel(modelPath);
  try {
    const record = await evaluated(model, preprocessing, path);
    process.stdout.write(`${json ? JSON.stringify(record) : printed(record, preprocessing.target.name)}\n`);
    return 0;
  } finally {
    model.dispose();
  }
}
