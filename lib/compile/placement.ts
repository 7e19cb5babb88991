/** Memory needed from one position of a plan to another, both included, and where it was put. */
export type Extent = { readonly bytes: number; readonly first: number; readonly last: number; offset: number };

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

function byPosition(extents: readonly Extent[], position: (extent: Extent) => number): Map<number, Extent[]> {
  const map = new Map<number, Extent[]>();
  for (const extent of extents) {
    const list = map.get(position(extent));
    if (list === undefined) map.set(position(extent), [extent]);
    else list.push(extent);
  }
  return map;
}

/** Puts each extent, in the order of the plan, into the smallest free range that fits; it is free again after its end. Returns the bytes of the arena. */
export function placeInOrder(extents: readonly Extent[]): number {
  const arena = new Arena();
  const starts = byPosition(extents, ({ first }) => first);
  const ends = byPosition(extents, ({ last }) => last);
  for (const position of [...new Set([...starts.keys(), ...ends.keys()])].sort((a, b) => a - b)) {
    for (const extent of starts.get(position) ?? []) extent.offset = arena.take(extent.bytes);
    for (const { offset, bytes } of ends.get(position) ?? []) arena.give(offset, bytes);
  }
  return arena.bytes;
}

/**
 * Puts the largest extent first, each into the smallest gap between those it shares a position with (Pisarchyk & Lee 2020,
 * arXiv:2001.03288, greedy by size). Returns the bytes of the arena.
 */
export function placeBySize(extents: readonly Extent[]): number {
  const placed: Extent[] = []; // by offset
  let total = 0;
  for (const extent of [...extents].sort((a, b) => b.bytes - a.bytes || a.first - b.first)) {
    let at = -1;
    let smallest = Number.POSITIVE_INFINITY;
    let end = 0;
    for (const other of placed) {
      if (other.last < extent.first || other.first > extent.last) continue;
      const gap = other.offset - end;
      if (gap >= extent.bytes && gap < smallest) {
        smallest = gap;
        at = end;
      }
      end = Math.max(end, other.offset + other.bytes);
    }
    extent.offset = at < 0 ? end : at;
    total = Math.max(total, extent.offset + extent.bytes);
    let low = 0;
    for (let high = placed.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (placed[middle]!.offset < extent.offset) low = middle + 1;
      else high = middle;
    }
    placed.splice(low, 0, extent);
  }
  return total;
}
