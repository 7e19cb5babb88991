import { ENDINGS, type Ending } from './exit-codes.js';

/** Ctrl-C or SIGTERM: the first one aborts the signal, the second one ends the process. Listens until it is disposed of. */
export class Interrupts {
  readonly #stop = new AbortController();
  readonly #onFirst: () => void;
  #code = 0;
  readonly #handler = (name: NodeJS.Signals) => {
    const code = ENDINGS[name as Ending];
    if (this.stopped) process.exit(code);
    this.#code = code;
    this.#onFirst();
    this.#stop.abort();
  };

  /** `onFirst` is called before the signal is aborted. */
  constructor(onFirst: () => void = () => {}) {
    this.#onFirst = onFirst;
    for (const name of Object.keys(ENDINGS)) process.on(name, this.#handler);
  }

  get stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Exit status that tells what stopped the process; 0 while nothing did. */
  get code(): number {
    return this.#code;
  }

  [Symbol.dispose](): void {
    for (const name of Object.keys(ENDINGS)) process.off(name, this.#handler);
  }
}
