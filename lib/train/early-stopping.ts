import { expected, outOfRange } from '../base/errors.js';
import { type Options, resolveOptions } from '../base/options.js';
import type { Report } from './report.js';

/** What early stopping may watch; of losses the lowest is best, of accuracies the highest. */
export type Monitor = 'validationLoss' | 'trainLoss' | 'validationAccuracy';

/** Ends training when reports no longer improve; the best parameters are put back. */
export type EarlyStopping = {
  /** Reports without improvement after which training ends, an integer >= 1. */
  readonly patience: number;
  /** By how much a report must be better than the best one before, >= 0. @default 0 */
  readonly minChange?: number;
  /** The number of a report that is watched. @default 'validationLoss' */
  readonly monitor?: Monitor;
};

export const EARLY_STOPPING_OPTIONS = {
  patience: { kind: 'integer', description: 'Reports without improvement after which training ends.', range: '[1, inf)', default: 10 },
  minChange: { kind: 'number', description: 'By how much a report must improve on the best one.', range: '[0, inf)', default: 0 },
  monitor: {
    kind: 'choice',
    description: 'What is watched.',
    choices: ['validationLoss', 'trainLoss', 'validationAccuracy'],
    default: 'validationLoss',
  },
} as const satisfies Options;

/** How far early stopping is: plain data. */
export type Stopping = {
  readonly monitor: Monitor;
  /** The best report so far; null while the number watched was never a number. */
  readonly best: Report | null;
  /** Reports since the best one. */
  readonly waited: number;
};

/** Checks the options against what there is to watch, and the state of a call that is resumed. */
export function resolveStopping(
  given: EarlyStopping,
  has: { readonly validation: boolean; readonly accuracy: boolean },
  from: Stopping | null,
): Required<EarlyStopping> {
  const options = resolveOptions('fit earlyStopping', EARLY_STOPPING_OPTIONS, given);
  const { monitor, patience } = options;
  if (given.patience === undefined) throw expected('fit earlyStopping', 'patience, a number of reports', 'none');
  if (monitor !== 'trainLoss' && !has.validation) {
    throw expected(
      'fit earlyStopping',
      `a validation set for '${monitor}'`,
      'none',
      "give validation, such as 0.15, or monitor 'trainLoss'",
    );
  }
  if (monitor === 'validationAccuracy' && !has.accuracy) {
    throw expected('fit earlyStopping', `a loss that knows accuracies for '${monitor}'`, 'one that does not', "use 'validationLoss'");
  }
  if (from === null) return options;
  if (from.monitor !== monitor)
    throw outOfRange('fit earlyStopping', `monitor '${from.monitor}', as in the call to resume`, `'${monitor}'`);
  if (from.waited >= patience) {
    throw outOfRange('fit earlyStopping', `patience above the ${from.waited} reports that the call to resume has waited`, patience);
  }
  return options;
}

function isBetter({ monitor, minChange }: Required<EarlyStopping>, report: Report, best: Report | null): boolean {
  const value = report[monitor] ?? Number.NaN;
  if (best === null) return !Number.isNaN(value);
  const gain = monitor === 'validationAccuracy' ? value - best[monitor]! : best[monitor]! - value;
  return gain > minChange;
}

/** The state after a report; a new best one is that report. */
export function judged(options: Required<EarlyStopping>, before: Stopping | null, report: Report): Stopping {
  const { best, waited } = before ?? { best: null, waited: 0 };
  const better = isBetter(options, report, best);
  return { monitor: options.monitor, best: better ? report : best, waited: better ? 0 : waited + 1 };
}
