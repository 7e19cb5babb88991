import { internal } from '../base/errors.js';
import { type Block, type Buffer, type Instruction, touched } from './tensor.js';

/** What an order costs: buffers whose memory counts, and how much. */
export type Sizes = (buffer: Buffer) => number;

/** A binary heap of [key, order, index], smallest first. */
class Heap {
  readonly #items: (readonly [number, number, number])[] = [];
  get size(): number {
    return this.#items.length;
  }
  #before(i: number, j: number): boolean {
    const a = this.#items[i]!;
    const b = this.#items[j]!;
    return a[0] !== b[0] ? a[0] < b[0] : a[1] !== b[1] ? a[1] < b[1] : a[2] < b[2];
  }
  #swap(i: number, j: number): void {
    const a = this.#items[i]!;
    this.#items[i] = this.#items[j]!;
    this.#items[j] = a;
  }
  push(item: readonly [number, number, number]): void {
    let i = this.#items.push(item) - 1;
    for (let up = (i - 1) >> 1; i > 0 && this.#before(i, up); up = (i - 1) >> 1) {
      this.#swap(i, up);
      i = up;
    }
  }
  pop(): readonly [number, number, number] {
    const top = this.#items[0]!;
    const last = this.#items.pop()!;
    if (this.#items.length > 0) {
      this.#items[0] = last;
      for (let i = 0; ; ) {
        let least = i;
        for (const child of [2 * i + 1, 2 * i + 2]) if (child < this.#items.length && this.#before(child, least)) least = child;
        if (least === i) break;
        this.#swap(i, least);
        i = least;
      }
    }
    return top;
  }
}

/** The dependencies of one block: who reads and writes what. */
class Dependencies {
  readonly reads: Buffer[][] = [];
  readonly writes: Buffer[][] = [];
  readonly users = new Map<Buffer, number[]>();
  readonly waiting: number[];
  readonly followers: number[][];

  constructor(block: Block) {
    const writer = new Map<Buffer, number>();
    const all = block.map(touched);
    all.forEach(({ writes }, i) => {
      this.writes.push([...writes]);
      for (const buffer of writes) writer.set(buffer, i);
    });
    this.waiting = block.map(() => 0);
    this.followers = block.map(() => []);
    all.forEach(({ reads }, i) => {
      const needed = new Set<number>();
      const own: Buffer[] = [];
      for (const buffer of reads) {
        const from = writer.get(buffer);
        if (from === i) continue;
        own.push(buffer);
        const users = this.users.get(buffer);
        if (users === undefined) this.users.set(buffer, [i]);
        else users.push(i);
        if (from !== undefined) needed.add(from);
      }
      this.reads.push(own);
      for (const from of needed) {
        this.followers[from]!.push(i);
        this.waiting[i]!++;
      }
    });
  }
}

/** One topological order and the most bytes alive at once in it. */
function order(
  block: Block,
  deps: Dependencies,
  sizes: Sizes,
  kept: ReadonlySet<Buffer>,
  greedy: boolean,
): { indices: number[]; peak: number } {
  const waiting = [...deps.waiting];
  const left = new Map([...deps.users].map(([buffer, users]) => [buffer, users.length]));
  const made = new Set(deps.writes.flat());
  const freed = (buffer: Buffer) => (made.has(buffer) && !kept.has(buffer) ? sizes(buffer) : 0);
  const change = (i: number) => {
    let bytes = 0;
    for (const buffer of deps.writes[i]!) bytes += sizes(buffer);
    for (const buffer of deps.reads[i]!) if (left.get(buffer) === 1) bytes -= freed(buffer);
    return bytes;
  };
  const ready = new Heap();
  const add = (i: number) => ready.push([greedy ? change(i) : 0, block[i]!.order, i]);
  const done = new Uint8Array(block.length);
  const indices: number[] = [];
  let alive = 0;
  let peak = 0;
  waiting.forEach((count, i) => {
    if (count === 0) add(i);
  });
  while (ready.size > 0) {
    const [, , i] = ready.pop();
    if (done[i] === 1) continue; // pushed again with a better key
    done[i] = 1;
    indices.push(i);
    for (const buffer of deps.writes[i]!) alive += sizes(buffer);
    peak = Math.max(peak, alive);
    for (const buffer of deps.reads[i]!) {
      const users = left.get(buffer)! - 1;
      left.set(buffer, users);
      if (users === 0) alive -= freed(buffer);
      if (users === 1 && greedy) for (const user of deps.users.get(buffer)!) if (done[user] === 0 && waiting[user] === 0) add(user);
    }
    for (const user of deps.followers[i]!) if (--waiting[user]! === 0) add(user);
  }
  return { indices, peak };
}

/**
 * Orders the instructions of a block, regions included: once as traced and once freeing memory as early as it can, and takes the
 * order with the lower peak. `kept` outlives the block.
 */
export function schedule(block: Block, sizes: Sizes, kept: ReadonlySet<Buffer>): Instruction[] {
  const inner = block.map((instr) => {
    if (instr.regions.length === 0) return instr;
    const results = new Set([...touched({ ...instr, regions: [] }).reads]);
    return { ...instr, regions: instr.regions.map((region) => schedule(region, sizes, results)) };
  });
  const deps = new Dependencies(inner);
  const traced = order(inner, deps, sizes, kept, false);
  const early = order(inner, deps, sizes, kept, true);
  const best = early.peak < traced.peak ? early : traced;
  if (best.indices.length !== inner.length) throw internal('schedule: instructions wait for each other');
  return best.indices.map((i) => inner[i]!);
}
