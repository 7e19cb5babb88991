import { outOfRange } from '../base/errors.js';
import type { Dataset } from './dataset.js';
import { Random } from './random.js';
import { subset } from './subset.js';

/** Streams of `Random` under one seed: 0 deals the rows of tables out. */
const STREAM = 1;

/**
 * Holds a share in (0, 1) of the examples out at random, at least one: rows are chosen by Knuth's selection sampling (The Art of Computer
 * Programming 2, 3.4.2, algorithm S), so both parts keep their order. Everything else of the data set goes with both parts. Equal seeds
 * (low and high 32 bits) hold out equal rows. Throws RangeError where nothing is left to train on; `who` begins the sentence.
 */
export function holdOut(
  who: string,
  dataset: Dataset,
  share: number,
  [low, high]: readonly [number, number],
): { readonly train: Dataset; readonly validation: Dataset } {
  const { count } = dataset;
  if (!(share > 0 && share < 1)) throw outOfRange(who, 'validation to be a data set or a share in (0, 1)', share);
  const held = Math.max(1, Math.round(share * count));
  if (held >= count) throw outOfRange(who, `examples left to train on beside ${held} for validation`, `${count} in all`);
  const random = new Random(low, high, STREAM);
  const train: number[] = [],
    validation: number[] = [];
  for (let row = 0; row < count; row++) {
    (random.integer(count - row) < held - validation.length ? validation : train).push(row);
  }
  return { train: subset(dataset, Int32Array.from(train)), validation: subset(dataset, Int32Array.from(validation)) };
}
