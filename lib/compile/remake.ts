import type { BlocksContext, Item } from './blocks.js';
import { Buffer, Tensor, touched } from './tensor.js';

/** Values of fewer bytes stay in the caches between two phases. */
const SMALL = 256 * 1024;
/** A value is made again where what it is made of has no more than this part of its bytes. */
const PART = 0.5;

/** An instruction that makes one value of rows, row by row: a lookup, a cast, elementwise work. */
function makesRows({ instr, roles }: Item): boolean {
  return (
    roles !== null && (instr.kernel === 'row' || instr.kernel === 'gather') && roles.outputs.length === 1 && roles.outputs[0] === 'rows'
  );
}

class Remaker {
  readonly #items: readonly Item[];
  readonly #context: BlocksContext;
  readonly #makers = new Map<Buffer, Item>();
  readonly #readers = new Map<Buffer, Item[]>();
  readonly #before = new Map<Item, Item[]>();
  readonly #renamed = new Map<Item, Map<Buffer, Buffer>>();

  constructor(items: readonly Item[], context: BlocksContext) {
    this.#items = items;
    this.#context = context;
    for (const item of items) {
      const { reads, writes } = touched(item.instr);
      for (const buffer of writes) this.#makers.set(buffer, item);
      for (const buffer of reads) {
        const known = this.#readers.get(buffer);
        if (known === undefined) this.#readers.set(buffer, [item]);
        else known.push(item);
      }
    }
  }

  run(): Item[] {
    for (const item of this.#items) if (makesRows(item)) this.#visit(item);
    return this.#items.flatMap((item) => [...(this.#before.get(item) ?? []), this.#rename(item)]);
  }

  /** What makes a value, back to what is in memory anyway, and the bytes of that. */
  #chain(item: Item): { items: Item[]; bytes: number } {
    const items: Item[] = [];
    let bytes = 0;
    item.instr.inputs.forEach((t, i) => {
      if (item.roles!.inputs[i] !== 'rows') return;
      const maker = this.#makers.get(t.buffer);
      const again = maker !== undefined && maker.phase === item.phase && makesRows(maker) ? this.#chain(maker) : null;
      const own = this.#context.bytesOf(t);
      if (again === null || again.bytes > PART * own) bytes += own;
      else {
        items.push(...again.items.filter((known) => !items.includes(known)));
        bytes += again.bytes;
      }
    });
    return { items: [...items, item], bytes };
  }

  #visit(item: Item): void {
    const [value] = item.instr.outputs as [Tensor];
    const { buffer } = value;
    if (this.#context.kept.has(buffer) || buffer.storage !== 'arena' || buffer.pinned) return;
    const later = (this.#readers.get(buffer) ?? []).filter((reader) => reader.phase !== item.phase || reader.roles === null);
    const byRows = (reader: Item) => reader.instr.inputs.every((t, i) => t.buffer !== buffer || reader.roles?.inputs[i] === 'rows');
    if (later.length === 0 || !later.every((reader) => reader.roles !== null && byRows(reader))) return;
    const bytes = this.#context.bytesOf(value);
    const { items, bytes: source } = this.#chain(item);
    if (source > PART * bytes || (bytes < SMALL && this.#context.blockRows === undefined)) return;
    for (const phase of new Set(later.map((reader) => reader.phase))) {
      this.#clone(
        items,
        buffer,
        later.filter((reader) => reader.phase === phase),
      );
    }
  }

  /** Copies of `items` in the phase of `readers`, which read what these make instead of `value`. */
  #clone(items: readonly Item[], value: Buffer, readers: readonly Item[]): void {
    const [first] = readers as [Item];
    const images = new Map(items.map(({ instr }) => [instr.outputs[0]!.buffer, new Buffer('arena')]));
    const clones = items.map((item): Item => {
      const outputs = item.instr.outputs.map((t) => renamed(t, images));
      return { ...item, phase: first.phase, instr: { ...item.instr, inputs: item.instr.inputs.map((t) => renamed(t, images)), outputs } };
    });
    this.#before.set(first, [...(this.#before.get(first) ?? []), ...clones]);
    for (const reader of readers) {
      const names = this.#renamed.get(reader) ?? new Map<Buffer, Buffer>();
      this.#renamed.set(reader, names.set(value, images.get(value)!));
    }
  }

  #rename(item: Item): Item {
    const names = this.#renamed.get(item);
    return names === undefined ? item : { ...item, instr: { ...item.instr, inputs: item.instr.inputs.map((t) => renamed(t, names)) } };
  }
}

function renamed(t: Tensor, names: ReadonlyMap<Buffer, Buffer>): Tensor {
  const buffer = names.get(t.buffer);
  return buffer === undefined ? t : new Tensor(buffer, t.dtype, t.shape);
}

/**
 * Makes a value of rows again in every phase that reads it, where what it is made of is much smaller: the standardized inputs of a batch
 * are gathered from bytes a second time, while the rows are in the cache, instead of being written and read as floats.
 */
export function remake(items: readonly Item[], context: BlocksContext): Item[] {
  return new Remaker(items, context).run();
}
