import type { DType } from '../graph/dtype.js';
import { format, product, type Shape } from '../graph/shape.js';

/**
 * Where a tensor's data live: in the plan's arena, in the committed ('current') or the other ('next') buffer of a slot, in the
 * plan's constants, in a slice that a scan or blocks set ('window'), in memory of the thread that runs a block of rows ('local'), or
 * nowhere ('shape': an iteration space).
 */
export type Storage = 'arena' | 'current' | 'next' | 'constant' | 'window' | 'shape' | 'local';

/** Memory of one value. Several tensors of one element count may view it. */
export class Buffer {
  storage: Storage;
  /** Byte offset in the arena, the constants or the thread's memory, or slot index; -1 where there is none (yet). */
  where: number;
  /** Tensors made over this memory. */
  views = 0;
  /** A region owns its life (carries, windows): it must not be turned into another storage. */
  pinned: boolean;
  constructor(storage: Storage, where = -1, pinned = false) {
    this.storage = storage;
    this.where = where;
    this.pinned = pinned;
  }
}

/** A dense row-major tensor of the plan. */
export class Tensor {
  readonly buffer: Buffer;
  readonly dtype: DType;
  readonly shape: Shape;
  constructor(buffer: Buffer, dtype: DType, shape: Shape) {
    buffer.views++;
    this.buffer = buffer;
    this.dtype = dtype;
    this.shape = shape;
  }
  /** The same memory under another shape with as many elements. */
  view(shape: Shape): Tensor {
    return new Tensor(this.buffer, this.dtype, shape);
  }
  count(): number | string {
    return product(this.shape);
  }
  toString(): string {
    return format(this);
  }
}

export function arenaTensor(dtype: DType, shape: Shape): Tensor {
  return new Tensor(new Buffer('arena'), dtype, shape);
}

export function shapeTensor(shape: Shape): Tensor {
  return new Tensor(new Buffer('shape'), 'float32', shape);
}

/** One kernel call. Integers that are tensor ids stay tensors until the bytes are written. */
export type Instruction = {
  readonly kernel: string;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly ints: readonly (number | Tensor)[];
  readonly reals: readonly number[];
  readonly names: readonly string[];
  readonly regions: readonly Block[];
  /** Pairs [output, input] that may share memory when the input dies here. */
  readonly inPlace: readonly (readonly [number, number])[];
  /** Position of the traced node, which breaks ties in the schedule. */
  readonly order: number;
};

export type Block = readonly Instruction[];

/** An instruction with the usual empty fields filled in. */
export function instruction(
  kernel: string,
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  rest: Partial<Instruction> = {},
): Instruction {
  return { kernel, inputs, outputs, ints: [], reals: [], names: [], regions: [], inPlace: [], order: 0, ...rest };
}

/** Every tensor an instruction names itself: inputs, outputs, and those a region instruction's integers stand for. */
export function operandsOf(instr: Instruction): Tensor[] {
  return [...instr.inputs, ...instr.outputs, ...instr.ints.filter((n) => n instanceof Tensor)];
}

/**
 * Buffers an instruction reads and writes, its regions included, each once. What the integers of a scan or of blocks name (carries,
 * windows) they may also write; a cond only reads the results it copies.
 */
export function touched(instr: Instruction): { readonly reads: ReadonlySet<Buffer>; readonly writes: ReadonlySet<Buffer> } {
  const reads = new Set<Buffer>();
  const writes = new Set<Buffer>();
  const visit = (i: Instruction) => {
    for (const t of i.inputs) reads.add(t.buffer);
    for (const t of i.outputs) writes.add(t.buffer);
    for (const n of i.ints) {
      if (!(n instanceof Tensor)) continue;
      reads.add(n.buffer);
      if (i.kernel !== 'cond') writes.add(n.buffer);
    }
    for (const block of i.regions) for (const inner of block) visit(inner);
  };
  visit(instr);
  return { reads, writes };
}
