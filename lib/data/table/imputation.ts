import { outOfRange } from '../../base/errors.js';
import { Vector } from './vector.js';

/** Ways to fill in missing numbers; missing categories always become the most frequent one. */
export const IMPUTATIONS = ['mean', 'median', 'mostFrequent'] as const;

/** Name of a way to fill in missing numbers. */
export type Imputation = (typeof IMPUTATIONS)[number];

/** Most different numbers of a streamed column whose most frequent one is looked for. */
const MOST_DIFFERENT = 100_000;

/** Sees the numbers of a column one by one and tells what fills in for missing ones. */
export interface Imputer {
  add(value: number): void;
  /** `mean`: that of the numbers, of which there is at least one. */
  filler(mean: number): number;
}

/** Counts numbers; of equally frequent ones the smallest wins. */
class MostFrequent implements Imputer {
  readonly #counts = new Map<number, number>();
  readonly #limit: number;
  readonly #where: string;

  constructor(where: string, limit: number) {
    this.#where = where;
    this.#limit = limit;
  }

  add(value: number): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
    if (this.#counts.size <= this.#limit) return;
    throw outOfRange(
      this.#where,
      `at most ${this.#limit} different numbers for the most frequent one of a streamed table`,
      'more',
      'use mean',
    );
  }

  filler(): number {
    let best = Number.NaN,
      most = 0;
    for (const [value, count] of this.#counts) if (count > most || (count === most && value < best)) [best, most] = [value, count];
    return best;
  }
}

/** Keeps all numbers; the middle one, or the mean of the two in the middle. */
class Median implements Imputer {
  readonly #vector = new Vector((length) => new Float64Array(length));

  add(value: number): void {
    this.#vector.push(value);
  }

  filler(): number {
    const sorted = this.#vector.values.slice(0, this.#vector.count).sort();
    const half = sorted.length >> 1;
    return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
  }
}

const MEAN: Imputer = { add() {}, filler: (mean) => mean };

/** What fills in for missing numbers of one column; `where` names file and column. A streamed column may keep only so many numbers. */
export function imputer(by: Imputation, where: string, streamed: boolean): Imputer {
  switch (by) {
    case 'mean':
      return MEAN;
    case 'median':
      return new Median();
    case 'mostFrequent':
      return new MostFrequent(where, streamed ? MOST_DIFFERENT : Number.POSITIVE_INFINITY);
    default:
      return by satisfies never;
  }
}
