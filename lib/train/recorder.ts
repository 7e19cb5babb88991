/** Keeps the last row of a plan, by name. */
export class LastRow {
  readonly #names: readonly string[];
  #row = new Float64Array(0);

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  add(rows: Float64Array, width: number): void {
    this.#row = rows.slice(rows.length - width);
  }

  row(): readonly number[] {
    return [...this.#row];
  }

  values(): Record<string, number> {
    return Object.fromEntries(this.#names.map((name, i) => [name, this.#row[i]!]));
  }
}

/** What a recorder has seen, as plain data. */
export type Recorded = {
  /** Steps since the beginning of the call of fit. */
  readonly steps: number;
  /** Sum of loss times weight, and of the weights, since the last report. */
  readonly lossSum: number;
  readonly weight: number;
  /** The last row; empty before the first step. */
  readonly last: readonly number[];
};

/** Collects the rows of the training plan between two reports. */
export class Recorder {
  readonly #names: readonly string[];
  #lossSum: number;
  #weight: number;
  #steps: number;
  readonly #last: LastRow;

  /** `names` of the columns; `from` where another recorder of the same plan was left. */
  constructor(names: readonly string[], from: Recorded = { steps: 0, lossSum: 0, weight: 0, last: [] }) {
    this.#names = names;
    this.#last = new LastRow(names);
    this.#lossSum = from.lossSum;
    this.#weight = from.weight;
    this.#steps = from.steps;
    this.#last.add(Float64Array.from(from.last), from.last.length);
  }

  add(rows: Float64Array, width: number): void {
    const loss = this.#names.indexOf('loss'),
      counted = this.#names.indexOf(this.#names.includes('weight') ? 'weight' : 'examples');
    for (let at = 0; at < rows.length; at += width) {
      const weight = rows[at + counted] ?? 1;
      this.#lossSum += rows[at + loss]! * weight;
      this.#weight += weight;
      this.#steps++;
    }
    this.#last.add(rows, width);
  }

  /** What was seen so far. */
  recorded(): Recorded {
    return { steps: this.#steps, lossSum: this.#lossSum, weight: this.#weight, last: this.#last.row() };
  }

  /** Rows so far: the steps that ran, one that was not kept included. */
  get steps(): number {
    return this.#steps;
  }

  /** Mean loss since the last call, and the last row. */
  finish(): { readonly trainLoss: number; readonly stats: Record<string, number> } {
    const trainLoss = this.#lossSum / this.#weight;
    this.#lossSum = 0;
    this.#weight = 0;
    return { trainLoss, stats: this.#last.values() };
  }
}
