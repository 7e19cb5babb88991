import { outOfRange } from '../base/errors.js';
import { type Options, type OptionValues, resolveOptions } from '../base/options.js';
import { Random } from './random.js';

/** Options of a random split. */
export const SPLIT_OPTIONS = {
  validation: { kind: 'number', description: 'Share of the rows kept for validation.', range: '[0, 1)', default: 0.15 },
  test: { kind: 'number', description: 'Share of the rows kept for the test, at least one row.', range: '(0, 1)', default: 0.15 },
  seed: { kind: 'integer', description: 'Seed of the order in which rows are dealt out.', range: '[0, 9007199254740991]', default: 0 },
} as const satisfies Options;

/** How rows are dealt out to training, validation and test. */
export type SplitOptions = {
  /** Share of the rows kept for validation, in [0, 1). @default 0.15 */
  readonly validation?: number;
  /** Share of the rows kept for the test, in (0, 1); at least one row. @default 0.15 */
  readonly test?: number;
  /** Seed of the order in which rows are dealt out, an integer in [0, 2^53). @default 0 */
  readonly seed?: number;
};

/** Row numbers of each part, in random order. */
export type Split = { readonly train: Int32Array; readonly validation: Int32Array; readonly test: Int32Array };

/** Numbers of all rows in random order, by seed: Fisher and Yates. */
export function shuffled(rows: number, seed: number): Int32Array {
  const order = new Int32Array(rows).map((_, row) => row);
  const random = new Random(seed, Math.floor(seed / 2 ** 32));
  for (let at = rows - 1; at > 0; at--) {
    const other = random.integer(at + 1);
    [order[at], order[other]] = [order[other]!, order[at]!];
  }
  return order;
}

/** Checks the options of a split by themselves. */
export function resolveSplit(who: string, options: SplitOptions): OptionValues<typeof SPLIT_OPTIONS> {
  const resolved = resolveOptions(who, SPLIT_OPTIONS, options);
  const { validation, test } = resolved;
  if (validation + test >= 1) throw outOfRange(who, 'validation and test together to be below 1', `${validation} + ${test}`);
  return resolved;
}

/**
 * Deals `rows` rows out at random: each part gets its share, rounded, the test at least one row, training the rest. Equal seeds deal equally.
 * Throws RangeError where nothing is left for training; `who` begins the sentence.
 */
export function split(who: string, rows: number, options: SplitOptions = {}): Split {
  const { validation, test, seed } = resolveSplit(who, options);
  const tested = Math.max(1, Math.round(test * rows)),
    validated = Math.round(validation * rows);
  if (tested + validated >= rows) {
    throw outOfRange(who, `rows left to train on beside ${validated} for validation and ${tested} for the test`, `${rows} in all`);
  }
  const order = shuffled(rows, seed);
  const trained = rows - tested - validated;
  return {
    train: order.subarray(0, trained),
    validation: order.subarray(trained, trained + validated),
    test: order.subarray(trained + validated),
  };
}
