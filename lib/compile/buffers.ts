import type { Interval, Liveness } from './liveness.js';
import type { Buffer, Instruction, Storage } from './tensor.js';

const ALIGNMENT = 64;

/** Free ranges of the arena, by offset; the arena grows at its end. */
class Arena {
  #free: { offset: number; bytes: number }[] = [];
  bytes = 0;

  /** The smallest free range that fits, otherwise new space at the end (beginning in a free range that touches it). */
  take(bytes: number): number {
    let best = -1;
    for (let i = 0; i < this.#free.length; i++) {
      const range = this.#free[i]!;
      if (range.bytes >= bytes && (best < 0 || range.bytes < this.#free[best]!.bytes)) best = i;
    }
    if (best >= 0) {
      const range = this.#free[best]!;
      const { offset } = range;
      range.offset += bytes;
      range.bytes -= bytes;
      if (range.bytes === 0) this.#free.splice(best, 1);
      return offset;
    }
    const last = this.#free[this.#free.length - 1];
    const offset = last !== undefined && last.offset + last.bytes === this.bytes ? last.offset : this.bytes;
    if (offset < this.bytes) this.#free.pop();
    this.bytes = offset + bytes;
    return offset;
  }

  give(offset: number, bytes: number): void {
    let low = 0;
    for (let high = this.#free.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (this.#free[middle]!.offset < offset) low = middle + 1;
      else high = middle;
    }
    this.#free.splice(low, 0, { offset, bytes });
    const after = this.#free[low + 1];
    if (after !== undefined && offset + bytes === after.offset) {
      this.#free[low]!.bytes += after.bytes;
      this.#free.splice(low + 1, 1);
    }
    const before = this.#free[low - 1];
    if (before !== undefined && before.offset + before.bytes === offset) {
      before.bytes += this.#free[low]!.bytes;
      this.#free.splice(low, 1);
    }
  }
}

/** Inputs that die in an instruction hand their memory to an output, where the kernel allows it. Returns output -> input. */
function takeovers(
  instr: Instruction,
  position: number,
  intervals: ReadonlyMap<Buffer, Interval>,
  sizes: (b: Buffer) => number,
  storage: Storage,
): Map<Buffer, Buffer> {
  const taken = new Map<Buffer, Buffer>();
  const used = new Set<Buffer>();
  for (const [o, i] of instr.inPlace) {
    const to = instr.outputs[o]!.buffer;
    const from = instr.inputs[i]!.buffer;
    if (to.storage !== storage || from.storage !== storage || from.pinned || taken.has(to) || used.has(from) || to === from) continue;
    if (intervals.get(to)!.first !== position || intervals.get(from)!.last !== position || sizes(to) !== sizes(from)) continue;
    taken.set(to, from);
    used.add(from);
  }
  return taken;
}

/**
 * Gives every buffer of a storage its offset: in the order of the plan, the smallest free range that fits; memory is free again after
 * its last use. Sizes are those at capacity, rounded up to 64 bytes. Returns the bytes needed.
 */
export function placeBuffers(
  live: Liveness,
  sizes: (buffer: Buffer) => number,
  inPlace: boolean,
  storage: 'arena' | 'local' = 'arena',
): number {
  const arena = new Arena();
  const rounded = (buffer: Buffer) => Math.max(ALIGNMENT, Math.ceil(sizes(buffer) / ALIGNMENT) * ALIGNMENT);
  const starts = new Map<number, Buffer[]>();
  const ends = new Map<number, Buffer[]>();
  const push = (map: Map<number, Buffer[]>, position: number, buffer: Buffer) => {
    const list = map.get(position);
    if (list === undefined) map.set(position, [buffer]);
    else list.push(buffer);
  };
  for (const [buffer, { first, last }] of live.intervals) {
    if (buffer.storage !== storage) continue;
    push(starts, first, buffer);
    push(ends, last, buffer);
  }
  for (let position = 0; position <= live.end; position++) {
    const instr = live.at.get(position);
    const handed = new Set<Buffer>();
    const taken = instr === undefined || !inPlace ? new Map<Buffer, Buffer>() : takeovers(instr, position, live.intervals, sizes, storage);
    for (const buffer of starts.get(position) ?? []) {
      const from = taken.get(buffer);
      if (from !== undefined) handed.add(from);
      buffer.where = from === undefined ? arena.take(rounded(buffer)) : from.where;
    }
    for (const buffer of ends.get(position) ?? []) if (!handed.has(buffer)) arena.give(buffer.where, rounded(buffer));
  }
  return arena.bytes;
}
