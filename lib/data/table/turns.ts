import { setImmediate } from 'node:timers/promises';

/** Values that take some milliseconds. */
const VALUES = 2 ** 17;

/** Deals rows out in order, as [from, to), in parts of some milliseconds each; timers, sockets and signals get their turn between two of them. */
export async function* turns(rows: number, columns: number): AsyncGenerator<readonly [from: number, to: number], void, undefined> {
  const most = Math.ceil(VALUES / columns);
  for (let from = 0; from < rows; from += most) {
    yield [from, Math.min(rows, from + most)];
    await setImmediate();
  }
}
