import { short } from '../report/number-format.js';
import type { RunReport } from '../report/records.js';

/** A last loss of so many times the best one is no noise, */
const MUCH_WORSE = 10;

/** unless it is still below this part of the first one: steps that are large may swing there without harm. */
const NEARLY_NOTHING = 0.1;

/** Follows the training loss of a run to tell at its end whether it went the wrong way. */
export class Divergence {
  #first: number | null = null;
  #best = Number.POSITIVE_INFINITY;
  #last = Number.NaN;
  #reports = 0;

  add({ trainLoss }: Pick<RunReport, 'trainLoss'>): void {
    this.#first ??= trainLoss;
    this.#best = Math.min(this.#best, trainLoss);
    this.#last = trainLoss;
    this.#reports++;
  }

  /** Whether the last loss is not below the first one, or far above the best one. */
  get diverged(): boolean {
    if (this.#reports < 2) return false;
    const first = this.#first!;
    return !(this.#last < first) || (this.#last > MUCH_WORSE * this.#best && this.#last > NEARLY_NOTHING * first);
  }

  /** What to tell the user, or null. `flags`: the options that the run and its optimizer have. */
  sentence(optimizer: string, flags: readonly string[]): string | null {
    if (!this.diverged) return null;
    const tries = [
      ...(optimizer === 'adam' ? [] : ['--optimizer adam']),
      ...(flags.includes('batchSize') ? ['a larger --batch-size'] : []),
      ...(flags.includes('learningRate') ? ['a smaller --learning-rate'] : []),
      ...(flags.includes('learningRateRange') ? ['bounds such as --learning-rate-range 0,0.1'] : []),
    ];
    const numbers = `loss ${short(this.#first!)} at first, ${short(this.#best)} at best, ${short(this.#last)} at last`;
    return `training diverged (${numbers}); try ${[tries.slice(0, -1).join(', '), tries.at(-1)].filter((text) => text !== '').join(' or ')}`;
  }
}
