import type { DType } from '../graph/dtype.js';
import { bind, type Dim, namesOf, type Shape } from '../graph/shape.js';
import { remake } from './remake.js';
import { partOf, type RowRoles, rowRolesOf } from './row-roles.js';
import { type Block, Buffer, type Instruction, instruction, shapeTensor, Tensor, touched } from './tensor.js';

/** The rows of a batch in blocks of `block` rows, the last one perhaps shorter. */
export type Cut = {
  readonly rows: Dim;
  readonly block: number;
  /** The names of the rows of one block and of the number of blocks. */
  readonly size: string;
  readonly count: string;
};

/** The sizes that cuts bring to given ones: rows of all blocks but the last, and the number of blocks. */
export function sizesOfCuts(cuts: readonly Cut[], sizes: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    cuts.flatMap(({ rows, block, size, count }) => [
      [size, block],
      [count, Math.ceil(bind(rows, sizes) / block)],
    ]),
  );
}

/** What the pass must know about the plan around it. */
export type BlocksContext = {
  readonly capacity: Readonly<Record<string, number>>;
  readonly bytesOf: (value: { readonly dtype: DType; readonly shape: Shape }) => number;
  /** Memory that outlives the plan's instructions. */
  readonly kept: ReadonlySet<Buffer>;
  /** Rows of a block where they are not up to this pass; then everything is cut that can be. */
  readonly blockRows: number | undefined;
};

/** Blocks that a batch is cut into at least, where it has rows enough: work for that many threads. */
const BLOCKS = 8;
/** Fewer rows than these make a block whose fixed costs show. */
const LEAST_ROWS = 24;
/** Bytes of a block: no fewer, or its fixed costs show; no more, or it does not stay in the cache of one core. */
const LEAST_BYTES = 192 * 1024,
  MOST_BYTES = 768 * 1024;
/** A matrix that all blocks multiply with; a larger one would not stay in the cache beside the block. */
const LARGEST_MATRIX = 256 * 1024;

/** An instruction, what it does with the rows, and the phase it can run in. */
export type Item = { readonly instr: Instruction; readonly roles: RowRoles | null; phase: number };

/** The dimension that most memory has as its rows: a named one where there is one. */
function rowsOf(block: Block, { bytesOf, capacity, blockRows }: BlocksContext): Dim | null {
  const bytes = new Map<Dim, number>();
  for (const { outputs } of block) {
    for (const t of outputs) {
      const d = t.shape.find((size) => size !== 1);
      for (const rows of d === undefined ? [] : typeof d === 'number' ? [d] : new Set(namesOf(d)))
        bytes.set(rows, (bytes.get(rows) ?? 0) + bytesOf(t));
    }
  }
  const named = [...bytes].filter(([d]) => typeof d === 'string');
  const [best] = (named.length > 0 ? named : [...bytes]).sort((a, b) => b[1] - a[1]);
  return best === undefined || bind(best[0], capacity) < 2 * (blockRows ?? LEAST_ROWS) ? null : best[0];
}

/** Sums into memory that is small beside what they add up, products with matrices that stay in the cache. */
function pays(instr: Instruction, roles: RowRoles, bytesOf: BlocksContext['bytesOf']): boolean {
  const rows = instr.inputs.reduce((total, t, i) => total + (roles.inputs[i] === 'rows' ? bytesOf(t) : 0), 0);
  const sums = instr.outputs.reduce((total, t, i) => total + (roles.outputs[i] === 'sum' ? bytesOf(t) : 0), 0);
  const matrix = instr.kernel === 'matmul' && roles.inputs[1] === 'whole' ? bytesOf(instr.inputs[1]!) : 0;
  return (sums <= 64 || BLOCKS * sums <= rows) && matrix <= LARGEST_MATRIX;
}

/**
 * Counts, for each instruction, the times that all rows must be done before it can begin. Instructions of one phase that work on rows
 * can run block by block.
 */
function phases(block: Block, rows: Dim, { bytesOf, blockRows }: BlocksContext): Item[] {
  const writers = new Map<Buffer, { item: Item; inRows: boolean }>();
  return block.map((instr) => {
    const found = rowRolesOf(instr, rows);
    const roles = found !== null && (blockRows !== undefined || pays(instr, found, bytesOf)) ? found : null;
    const item: Item = { instr, roles, phase: 0 };
    const byRows = new Set(instr.inputs.filter((_, i) => roles?.inputs[i] === 'rows').map((t) => t.buffer));
    instr.inputs.forEach((t, i) => {
      if (roles?.inputs[i] === 'whole') byRows.delete(t.buffer);
    });
    const { reads, writes } = touched(instr);
    for (const buffer of reads) {
      const from = writers.get(buffer);
      if (from === undefined || from.item === item) continue;
      const waits = from.item.roles !== null && !(from.inRows && byRows.has(buffer));
      item.phase = Math.max(item.phase, from.item.phase + (waits ? 1 : 0));
    }
    for (const buffer of writes) writers.set(buffer, { item, inRows: false });
    instr.outputs.forEach((t, i) => {
      if (roles?.outputs[i] === 'rows') writers.set(t.buffer, { item, inRows: true });
    });
    return item;
  });
}

/** Builds one `blocks` instruction of the instructions of a phase. */
class Segment {
  readonly #cut: Cut;
  readonly #stays: ReadonlySet<Buffer>;
  readonly #produced = new Set<Buffer>();
  readonly #locals = new Map<Buffer, Buffer>();
  /** One for all windows on a stack, which may have several shapes, so that who reads waits for who writes. */
  readonly #slices = new Map<Buffer, Buffer>();
  readonly #windows = { x: new Map<string, [Tensor, Tensor]>(), y: new Map<string, [Tensor, Tensor]>() };
  readonly #partials: [Tensor, Tensor][] = [];
  readonly #sums: Instruction[] = [];
  readonly #numbers = new Map<Buffer, number>();

  /** `stays`: memory that others read, which the blocks therefore write to its place. */
  constructor(cut: Cut, stays: ReadonlySet<Buffer>) {
    this.#cut = cut;
    this.#stays = stays;
  }

  build(items: readonly Item[]): Instruction[] {
    for (const { instr } of items) for (const t of instr.outputs) this.#produced.add(t.buffer);
    const body = items.map(({ instr, roles }) => this.#instruction(instr, roles!));
    const x = [...this.#windows.x.values()],
      y = [...this.#windows.y.values()],
      order = Math.max(...items.map(({ instr }) => instr.order));
    const windows = [...x, ...y, ...this.#partials].map(([, window]) => window);
    const blocks = instruction(
      'blocks',
      [shapeTensor([this.#cut.size]), ...x.map(([stack]) => stack)],
      [...y, ...this.#partials].map(([stack]) => stack),
      { ints: [x.length, y.length, this.#partials.length, ...windows], regions: [body], order },
    );
    return [blocks, ...this.#sums];
  }

  #instruction(instr: Instruction, roles: RowRoles): Instruction {
    const inputs = instr.inputs.map((t, i) => {
      if (roles.inputs[i] === 'whole') return t;
      return roles.inputs[i] === 'space' ? shapeTensor(this.#part(t.shape)) : this.#input(t);
    });
    const outputs = instr.outputs.map((t, i) => (roles.outputs[i] === 'rows' ? this.#output(t) : this.#partial(t, instr.order)));
    return { ...instr, inputs, outputs };
  }

  #part(shape: Shape): Shape {
    return partOf(shape, this.#cut.rows, this.#cut.size);
  }

  #input(t: Tensor): Tensor {
    if (this.#produced.has(t.buffer) && !this.#stays.has(t.buffer)) return this.#local(t);
    return this.#known('y', t)?.[1] ?? this.#window('x', t);
  }

  #output(t: Tensor): Tensor {
    return this.#stays.has(t.buffer) ? this.#window('y', t) : this.#local(t);
  }

  #local(t: Tensor): Tensor {
    let buffer = this.#locals.get(t.buffer);
    if (buffer === undefined) this.#locals.set(t.buffer, (buffer = new Buffer('local')));
    return new Tensor(buffer, t.dtype, this.#part(t.shape));
  }

  #key({ buffer, dtype, shape }: Tensor): string {
    let number = this.#numbers.get(buffer);
    if (number === undefined) this.#numbers.set(buffer, (number = this.#numbers.size));
    return `${number} ${dtype} ${shape.join(',')}`;
  }

  #known(side: 'x' | 'y', t: Tensor): [Tensor, Tensor] | undefined {
    return this.#windows[side].get(this.#key(t));
  }

  #window(side: 'x' | 'y', t: Tensor): Tensor {
    const known = this.#known(side, t);
    if (known !== undefined) return known[1];
    let buffer = this.#slices.get(t.buffer);
    if (buffer === undefined) this.#slices.set(t.buffer, (buffer = new Buffer('window', -1, true)));
    const window = new Tensor(buffer, t.dtype, this.#part(t.shape));
    this.#windows[side].set(this.#key(t), [t, window]);
    return window;
  }

  /** The part of a sum that one block adds up; the parts are added afterwards, in their order. */
  #partial(t: Tensor, order: number): Tensor {
    const stack = new Tensor(new Buffer('arena'), t.dtype, [this.#cut.count, ...t.shape]);
    const window = new Tensor(new Buffer('window', -1, true), t.dtype, t.shape);
    this.#partials.push([stack, window]);
    this.#sums.push(instruction('sum', [stack], [t], { ints: [0], order }));
    return window;
  }
}

/** Bytes of the rows that a segment works on. */
function bytesOfRows(items: readonly Item[], bytesOf: BlocksContext['bytesOf']): number {
  const sizes = new Map<Buffer, number>();
  for (const { instr, roles } of items) {
    instr.inputs.forEach((t, i) => {
      if (roles!.inputs[i] === 'rows') sizes.set(t.buffer, bytesOf(t));
    });
    instr.outputs.forEach((t, i) => {
      if (roles!.outputs[i] === 'rows') sizes.set(t.buffer, bytesOf(t));
    });
  }
  return [...sizes.values()].reduce((total, bytes) => total + bytes, 0);
}

/** The power of two next to a number: so many blocks share out well. */
function powerOfTwo(x: number): number {
  return 2 ** Math.round(Math.log2(x));
}

class Cutter {
  readonly cuts: Cut[] = [];
  readonly #rows: Dim;
  readonly #context: BlocksContext;

  constructor(rows: Dim, context: BlocksContext) {
    this.#rows = rows;
    this.#context = context;
  }

  #blocks(items: readonly Item[], rows: number): number {
    const bytes = bytesOfRows(items, this.#context.bytesOf);
    const worthwhile = Math.max(2, Math.min(BLOCKS, powerOfTwo(bytes / LEAST_BYTES)));
    return Math.max(1, Math.min(worthwhile, powerOfTwo(rows / LEAST_ROWS)), powerOfTwo(bytes / MOST_BYTES));
  }

  cut(items: readonly Item[]): Cut {
    const rows = bind(this.#rows, this.#context.capacity);
    const block = this.#context.blockRows ?? Math.ceil(rows / this.#blocks(items, rows));
    let cut = this.cuts.find((c) => c.block === block);
    if (cut === undefined) {
      const at = this.cuts.length;
      cut = { rows: this.#rows, block, size: `block@${at}`, count: `blocks@${at}` };
      this.cuts.push(cut);
    }
    return cut;
  }
}

/** Memory that must be in its place after a phase: it outlives the plan or somebody else reads it. */
function staying(all: readonly Item[], members: ReadonlySet<Item>, kept: ReadonlySet<Buffer>): Set<Buffer> {
  const stays = new Set(kept);
  for (const item of all) {
    if (!members.has(item)) for (const buffer of touched(item.instr).reads) stays.add(buffer);
    else for (const { buffer } of item.instr.outputs) if (buffer.storage !== 'arena' || buffer.pinned) stays.add(buffer);
  }
  return stays;
}

/**
 * Runs work on the rows of a batch block by block: forward, loss and backward of some rows while these are in the cache of one core,
 * with the sums over rows (weight gradients, the loss) added up per block and the blocks added in their order. Blocks are cut by
 * shape alone, so results depend neither on the number of threads nor on which of them ran a block. `block` is in order.
 */
export function inBlocks(block: Block, context: BlocksContext): { block: Block; cuts: readonly Cut[] } {
  const rows = rowsOf(block, context);
  if (rows === null) return { block, cuts: [] };
  const all = remake(phases(block, rows, context), context);
  const byPhase = new Map<number, Item[]>();
  for (const item of all) {
    if (item.roles === null) continue;
    const phase = byPhase.get(item.phase);
    if (phase === undefined) byPhase.set(item.phase, [item]);
    else phase.push(item);
  }
  const cutter = new Cutter(rows, context);
  const replaced = new Map<Item, Instruction[]>();
  for (const items of byPhase.values()) {
    if (items.length < 2 && context.blockRows === undefined) continue;
    const members = new Set(items);
    const segment = new Segment(cutter.cut(items), staying(all, members, context.kept)).build(items);
    items.forEach((item, i) => {
      replaced.set(item, i === items.length - 1 ? segment : []);
    });
  }
  return { block: all.flatMap((item) => replaced.get(item) ?? [item.instr]), cuts: cutter.cuts };
}
