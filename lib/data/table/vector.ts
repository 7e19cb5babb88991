/** A vector that grows, and starts again when it has been used. */
export class Vector<T extends Float64Array | Int32Array> {
  values: T;
  count = 0;
  readonly #make: (length: number) => T;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.values = make(4096);
  }

  push(value: number): void {
    if (this.count === this.values.length) {
      const larger = this.#make(2 * this.count);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.count++] = value;
  }
}
