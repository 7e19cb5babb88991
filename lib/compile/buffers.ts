import type { Interval, Liveness } from './liveness.js';
import { type Extent, placeBySize, placeInOrder } from './placement.js';
import type { Buffer, Instruction, Storage } from './tensor.js';

const ALIGNMENT = 64;

/** Memory that is planned: that of a step, and that of each thread for a block of rows. */
type Planned = Storage & ('arena' | 'local');

/** Inputs that die in an instruction hand their memory to an output, where the kernel allows it. Returns output -> input. */
function takeovers(
  instr: Instruction,
  position: number,
  intervals: ReadonlyMap<Buffer, Interval>,
  sizes: (b: Buffer) => number,
  storage: Planned,
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

/** The bytes needed, and the most that are alive at once: in this order of the instructions no memory could be smaller. */
export type Placement = { readonly bytes: number; readonly liveBytes: number };

type Shared = Extent & { last: number; readonly buffers: Buffer[] };

/** What the buffers need, those that hand their memory on as one. Sizes are rounded up to whole lines. */
function extentsOf(live: Liveness, sizes: (buffer: Buffer) => number, inPlace: boolean, storage: Planned): Shared[] {
  const extents: Shared[] = [];
  const of = new Map<Buffer, Shared>();
  const starts = new Map<number, Buffer[]>();
  for (const [buffer, { first }] of live.intervals) {
    if (buffer.storage !== storage) continue;
    const list = starts.get(first);
    if (list === undefined) starts.set(first, [buffer]);
    else list.push(buffer);
  }
  for (const position of [...starts.keys()].sort((a, b) => a - b)) {
    const instr = live.at.get(position);
    const taken = instr === undefined || !inPlace ? new Map<Buffer, Buffer>() : takeovers(instr, position, live.intervals, sizes, storage);
    for (const buffer of starts.get(position)!) {
      const { last } = live.intervals.get(buffer)!;
      const from = taken.get(buffer);
      let extent = from === undefined ? undefined : of.get(from)!;
      if (extent === undefined) {
        const bytes = Math.max(ALIGNMENT, Math.ceil(sizes(buffer) / ALIGNMENT) * ALIGNMENT);
        extent = { bytes, first: position, last, offset: -1, buffers: [] };
        extents.push(extent);
      }
      extent.last = last;
      extent.buffers.push(buffer);
      of.set(buffer, extent);
    }
  }
  return extents;
}

/** The most bytes alive at one position, not rounded. */
function mostAlive(extents: readonly Shared[], sizes: (buffer: Buffer) => number): number {
  const changes = new Map<number, number>();
  const change = (position: number, bytes: number) => changes.set(position, (changes.get(position) ?? 0) + bytes);
  for (const { first, last, buffers } of extents) {
    change(first, sizes(buffers[0]!));
    change(last + 1, -sizes(buffers[0]!));
  }
  let alive = 0,
    most = 0;
  for (const [, bytes] of [...changes].sort(([a], [b]) => a - b)) most = Math.max(most, (alive += bytes));
  return most;
}

/** An arena that is larger than what is alive at once by more than this is placed in another way too. */
const WASTE = 1.02;

/**
 * Gives every buffer of a storage its offset: in the order of the plan, or where that wastes memory the largest first, if that needs less. Sizes
 * are those at capacity.
 */
export function placeBuffers(live: Liveness, sizes: (buffer: Buffer) => number, inPlace: boolean, storage: Planned = 'arena'): Placement {
  const extents = extentsOf(live, sizes, inPlace, storage);
  const liveBytes = mostAlive(extents, sizes);
  let bytes = placeInOrder(extents);
  if (bytes > WASTE * liveBytes) {
    const bySize = placeBySize(extents);
    if (bySize < bytes) bytes = bySize;
    else placeInOrder(extents);
  }
  for (const { buffers, offset } of extents) for (const buffer of buffers) buffer.where = offset;
  return { bytes, liveBytes };
}
