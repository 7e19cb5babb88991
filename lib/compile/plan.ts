import { internal, outOfRange } from '../base/errors.js';
import { DTYPES } from '../graph/dtype.js';
import { type Dim, factorOf, namesOf } from '../graph/shape.js';
import type { Cut } from './blocks.js';
import { type Block, type Instruction, operandsOf, type Storage, Tensor } from './tensor.js';

const MAGIC = 0x50514141;
const VERSION = 2;
const NONE = 0xffffffff;
const STORAGES: readonly Storage[] = ['arena', 'current', 'next', 'constant', 'window', 'shape', 'local'];

/** A plan before it is bytes: docs/contracts.md section 4. */
export type Plan = {
  readonly symbols: readonly { readonly name: string; readonly capacity: number }[];
  readonly cuts: readonly Cut[];
  readonly constants: Uint8Array;
  readonly arenaBytes: number;
  /** Memory of each thread that runs blocks of rows. */
  readonly localBytes: number;
  readonly stats: readonly Tensor[];
  readonly commit: Tensor | null;
  /** Slots whose 'next' buffer this plan commits. */
  readonly committed: readonly number[];
  readonly block: Block;
};

const encoder = new TextEncoder();

/** Little-endian bytes without padding. */
class Writer {
  #bytes = new Uint8Array(4096);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  #reserve(count: number): number {
    const at = this.#at;
    this.#at += count;
    if (this.#at > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#at, 2 * this.#bytes.length));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }
  u8(value: number): void {
    const at = this.#reserve(1); // first, because it may replace the view
    this.#view.setUint8(at, value);
  }
  u32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, true);
  }
  i64(value: number): void {
    if (!Number.isSafeInteger(value)) throw internal(`plan: ${value} is not a safe integer`);
    const at = this.#reserve(8);
    this.#view.setUint32(at, value >>> 0, true);
    this.#view.setInt32(at + 4, Math.floor(value / 2 ** 32), true);
  }
  f64(value: number): void {
    const at = this.#reserve(8);
    this.#view.setFloat64(at, value, true);
  }
  bytes(value: Uint8Array): void {
    this.u32(value.length);
    const at = this.#reserve(value.length);
    this.#bytes.set(value, at);
  }
  str(value: string): void {
    this.bytes(encoder.encode(value));
  }
  list<T>(items: readonly T[], write: (item: T) => void): void {
    this.u32(items.length);
    for (const item of items) write(item);
  }
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#at);
  }
}

/** Numbers the tensors of a plan; views of one memory with one shape are one tensor. */
class TensorTable {
  readonly tensors: Tensor[] = [];
  readonly #ids = new Map<Tensor, number>();
  readonly #alike = new Map<string, number>();
  #buffers = new Map<object, number>();

  id(tensor: Tensor): number {
    let id = this.#ids.get(tensor);
    if (id !== undefined) return id;
    const key = this.#key(tensor);
    id = this.#alike.get(key);
    if (id === undefined) {
      id = this.tensors.push(tensor) - 1;
      this.#alike.set(key, id);
    }
    this.#ids.set(tensor, id);
    return id;
  }

  #key({ buffer, dtype, shape }: Tensor): string {
    const dims = shape.join(',');
    if (buffer.storage === 'shape') return `shape:${dims}`;
    let id = this.#buffers.get(buffer);
    if (id === undefined) this.#buffers.set(buffer, (id = this.#buffers.size));
    return `${id}:${dtype}:${dims}`;
  }

  visit(block: Block): void {
    for (const instr of block) {
      for (const t of operandsOf(instr)) this.id(t);
      for (const region of instr.regions) this.visit(region);
    }
  }
}

function writeDim(w: Writer, d: Dim, symbols: ReadonlyMap<string, number>): void {
  w.i64(factorOf(d));
  const names = namesOf(d);
  w.u8(names.length);
  for (const name of names) w.u8(symbols.get(name)!);
}

function writeTensor(w: Writer, tensor: Tensor, symbols: ReadonlyMap<string, number>): void {
  const { buffer, dtype, shape } = tensor;
  if (shape.length > 8) throw outOfRange('compile', 'tensors of at most 8 axes', tensor);
  w.u8(STORAGES.indexOf(buffer.storage));
  w.u8(DTYPES.indexOf(dtype));
  w.u8(shape.length);
  for (const d of shape) writeDim(w, d, symbols);
  w.i64(buffer.where);
}

function writeInstruction(w: Writer, table: TensorTable, instr: Instruction): void {
  w.str(instr.kernel);
  w.list(instr.inputs, (t) => w.u32(table.id(t)));
  w.list(instr.outputs, (t) => w.u32(table.id(t)));
  w.list(instr.ints, (n) => w.i64(n instanceof Tensor ? table.id(n) : n));
  w.list(instr.reals, (x) => w.f64(x));
  w.list(instr.names, (name) => w.str(name));
  w.list(instr.regions, (region) => w.list(region, (inner) => writeInstruction(w, table, inner)));
}

/** Writes a plan as the bytes the addon loads. Throws RangeError for more than 255 named sizes. */
export function writePlan(plan: Plan): Uint8Array {
  const names = [...plan.symbols.map(({ name }) => name), ...plan.cuts.flatMap(({ size, count }) => [size, count])];
  if (names.length > 255) throw outOfRange('compile', 'at most 255 named sizes', names.length);
  const symbols = new Map(names.map((name, index) => [name, index]));
  const table = new TensorTable();
  table.visit(plan.block);
  for (const t of plan.stats) table.id(t);
  if (plan.commit !== null) table.id(plan.commit);
  const w = new Writer();
  w.u32(MAGIC);
  w.u32(VERSION);
  w.list(plan.symbols, ({ name, capacity }) => {
    w.str(name);
    w.i64(capacity);
  });
  w.list(plan.cuts, ({ rows, block }) => {
    writeDim(w, rows, symbols);
    w.i64(block);
  });
  w.list(table.tensors, (t) => writeTensor(w, t, symbols));
  w.bytes(plan.constants);
  w.i64(plan.arenaBytes);
  w.i64(plan.localBytes);
  w.list(plan.stats, (t) => w.u32(table.id(t)));
  w.u32(plan.commit === null ? NONE : table.id(plan.commit));
  w.list(plan.committed, (slot) => w.u32(slot));
  w.list(plan.block, (instr) => writeInstruction(w, table, instr));
  return w.finish();
}
