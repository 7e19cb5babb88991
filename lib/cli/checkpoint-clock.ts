const SECOND = 1000;

/** Writing takes at most one part of so many of a run. */
const SHARE = 50;

/** Tells when a checkpoint is due: after so many seconds, later where writing one takes long. */
export class CheckpointClock {
  readonly #every: number;
  readonly #now: () => number;
  #last: number;
  #cost = 0;

  /** `every`: seconds between checkpoints at least; `now`: a clock in milliseconds. */
  constructor(every: number, now: () => number = () => performance.now()) {
    this.#every = every * SECOND;
    this.#now = now;
    this.#last = now();
  }

  get due(): boolean {
    return this.#now() - this.#last >= Math.max(this.#every, SHARE * this.#cost);
  }

  /** Writes a checkpoint and measures how long that takes. */
  async write(save: () => Promise<void>): Promise<void> {
    const begin = this.#now();
    await save();
    this.#last = this.#now();
    this.#cost = this.#last - begin;
  }
}
