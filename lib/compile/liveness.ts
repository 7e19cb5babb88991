import { type Block, type Buffer, type Instruction, operandsOf } from './tensor.js';

/** First and last position at which memory must be held, in the plan's instruction order. */
export type Interval = { first: number; last: number };

/** Where a buffer lives in time, and the instructions by position. */
export type Liveness = {
  readonly intervals: ReadonlyMap<Buffer, Interval>;
  readonly at: ReadonlyMap<number, Instruction>;
  readonly end: number;
};

class Walk {
  readonly intervals = new Map<Buffer, Interval>();
  readonly at = new Map<number, Instruction>();
  position = 0;

  touch(buffer: Buffer, position: number): void {
    const interval = this.intervals.get(buffer);
    if (interval === undefined) this.intervals.set(buffer, { first: position, last: position });
    else interval.last = Math.max(interval.last, position);
  }

  /** Returns every buffer the block touches. */
  block(block: Block): Set<Buffer> {
    const seen = new Set<Buffer>();
    for (const instr of block) for (const buffer of this.instruction(instr)) seen.add(buffer);
    return seen;
  }

  instruction(instr: Instruction): Iterable<Buffer> {
    const start = this.position++;
    this.at.set(start, instr);
    const own = new Set(operandsOf(instr).map((t) => t.buffer));
    for (const buffer of own) this.touch(buffer, start);
    if (instr.regions.length === 0) return own;
    for (const region of instr.regions) for (const buffer of this.block(region)) own.add(buffer);
    const end = this.position++;
    // A body may run again: what it reads from around it, its carries and its results are held until the last iteration is over.
    const inner = new Set(instr.regions.flatMap((region) => region.flatMap((i) => i.outputs.map((t) => t.buffer))));
    const results = new Set(operandsOf(instr).map((t) => t.buffer));
    for (const buffer of own) if (!inner.has(buffer) || results.has(buffer)) this.touch(buffer, end);
    return own;
  }
}

/** The interval of every buffer a plan's block touches; `kept` is held to the end of the step. */
export function liveness(block: Block, kept: Iterable<Buffer>): Liveness {
  const walk = new Walk();
  walk.block(block);
  for (const buffer of kept) walk.touch(buffer, walk.position);
  return { intervals: walk.intervals, at: walk.at, end: walk.position };
}
