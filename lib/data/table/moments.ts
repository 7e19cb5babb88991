/**
 * Mean and sum of squared deviations of numbers that come one by one (B. P. Welford, Note on a method for calculating corrected sums of
 * squares and products, 1962): no difference of large sums, and exact for a constant.
 */
export class Moments {
  count = 0;
  mean = 0;
  #squares = 0;

  add(value: number): void {
    const before = value - this.mean;
    this.mean += before / ++this.count;
    this.#squares += before * (value - this.mean);
  }

  /** Adds one number `times` times (T. F. Chan, G. H. Golub and R. J. LeVeque, Updating formulae and a pairwise algorithm, 1979). */
  addCopies(value: number, times: number): void {
    if (times === 0) return;
    const before = value - this.mean;
    const count = this.count + times;
    this.#squares += before * before * ((this.count * times) / count);
    this.mean += before * (times / count);
    this.count = count;
  }

  /** Population standard deviation; 1 where all numbers are equal, so that it can be divided by. */
  get scale(): number {
    return Math.sqrt(this.#squares / this.count) || 1;
  }
}
