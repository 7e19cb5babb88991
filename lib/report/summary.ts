import type { Column } from './history.js';
import type { ReportedRun } from './reported-run.js';

/** How a run went, in numbers; null where it has none. */
export type Summary = {
  readonly name: string;
  readonly steps: number;
  readonly seconds: number;
  readonly trainLoss: number | null;
  readonly valLoss: number | null;
  readonly testLoss: number | null;
  readonly trainAccuracy: number | null;
  readonly valAccuracy: number | null;
  readonly testAccuracy: number | null;
  /** Root mean squared and mean absolute errors in units of the target, of regressions on tables. */
  readonly trainRmse: number | null;
  readonly valRmse: number | null;
  readonly testRmse: number | null;
  readonly trainMeanAbsoluteError: number | null;
  readonly valMeanAbsoluteError: number | null;
  readonly testMeanAbsoluteError: number | null;
  /** Epoch of the lowest validation loss, or of the lowest training loss where there is no validation; with early stopping that of the model. */
  readonly bestEpoch: number | null;
  /** Whether the scores are those of the best epoch, which early stopping put back, and not those at the end. */
  readonly putBack: boolean;
  readonly ended: 'finished' | 'interrupted' | 'cut short';
};

function known(value: number | null | undefined): number | null {
  return value === undefined || value === null || !Number.isFinite(value) ? null : value;
}

/** Position of the least known value, or -1. */
function least(values: Float64Array): number {
  let best = -1;
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i]!) && (best < 0 || values[i]! < values[best]!)) best = i;
  return best;
}

/** The final record in short; of a run without one, what its last report says. */
export function summarize({ name, history }: ReportedRun): Summary {
  const { columns, final, reports } = history;
  const last = (column: Column) => known(columns[column][reports - 1]);
  const validated = least(columns.valLoss);
  const best = validated >= 0 ? validated : least(columns.trainLoss);
  return {
    name,
    steps: final?.steps ?? last('step') ?? 0,
    seconds: final?.seconds ?? last('seconds') ?? 0,
    trainLoss: final === null ? last('trainLoss') : final.trainLoss,
    valLoss: final === null ? last('valLoss') : final.valLoss,
    testLoss: known(final?.testLoss),
    trainAccuracy: known(final?.trainAccuracy),
    valAccuracy: final === null ? last('valAccuracy') : final.valAccuracy,
    testAccuracy: known(final?.testAccuracy),
    trainRmse: known(final?.trainRmse),
    valRmse: known(final?.valRmse),
    testRmse: known(final?.testRmse),
    trainMeanAbsoluteError: known(final?.trainMeanAbsoluteError),
    valMeanAbsoluteError: known(final?.valMeanAbsoluteError),
    testMeanAbsoluteError: known(final?.testMeanAbsoluteError),
    bestEpoch: known(final?.bestEpoch) ?? (best < 0 ? null : columns.epoch[best]!),
    putBack: known(final?.bestEpoch) !== null,
    ended: final === null ? 'cut short' : final.stopped ? 'interrupted' : 'finished',
  };
}
