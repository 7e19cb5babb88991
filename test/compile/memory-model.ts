import type { Block, Buffer, Instruction, Tensor } from '../../lib/compile/tensor.js';
import { BYTES } from '../../lib/graph/dtype.js';
import { bind, product } from '../../lib/graph/shape.js';

const LINE = 64;

/** The memory of a plan: its arena and that of each thread, the sizes at capacity, and which of the two is looked at. */
type Memory = {
  readonly bytes: number;
  readonly localBytes?: number;
  readonly capacity: Record<string, number>;
  readonly storage?: 'arena' | 'local';
};

/**
 * Runs a plan with names instead of numbers: every 64-byte line of the arena knows which buffer was written there last, and a read
 * finds its own buffer or the plan is wrong. Shares nothing with the planner: no intervals, no last uses.
 */
export class MemoryModel {
  readonly #capacity: Record<string, number>;
  readonly #storage: 'arena' | 'local';
  readonly #bytes: number;
  readonly #localBytes: number;
  readonly #lines: (Buffer | undefined)[];
  readonly #initialized = new Set<Buffer>();
  /** Bytes that every arena buffer would need without sharing. */
  unshared = 0;

  constructor({ bytes, localBytes = 0, capacity, storage = 'arena' }: Memory) {
    this.#bytes = bytes;
    this.#localBytes = localBytes;
    this.#capacity = capacity;
    this.#storage = storage;
    this.#lines = new Array(bytes / LINE);
  }

  #range(t: Tensor): [number, number] {
    const bytes = bind(product(t.shape), this.#capacity) * BYTES[t.dtype];
    const { where } = t.buffer;
    if (where < 0 || where % LINE !== 0 || where + bytes > this.#bytes)
      throw new Error(`${t} lies at ${where}, outside the memory or not aligned`);
    return [where / LINE, Math.ceil((where + Math.max(1, bytes)) / LINE)];
  }

  read(t: Tensor, who: string): void {
    if (this.#storage === 'arena' && t.buffer.storage === 'next' && !this.#initialized.has(t.buffer))
      throw new Error(`${who} reads the next value of slot ${t.buffer.where} before it is written`);
    if (t.buffer.storage !== this.#storage) return;
    const [from, to] = this.#range(t);
    for (let line = from; line < to; line++)
      if (this.#lines[line] !== t.buffer) throw new Error(`${who} reads ${t} at ${t.buffer.where}, which something else overwrote`);
  }

  write(t: Tensor): void {
    if (!this.#initialized.has(t.buffer))
      this.unshared += t.buffer.storage === this.#storage ? bind(product(t.shape), this.#capacity) * BYTES[t.dtype] : 0;
    this.#initialized.add(t.buffer);
    if (t.buffer.storage !== this.#storage) return;
    const [from, to] = this.#range(t);
    this.#lines.fill(t.buffer, from, to);
  }

  run(block: Block): void {
    for (const instr of block) {
      if (instr.kernel === 'scan') this.#scan(instr);
      else if (instr.kernel === 'cond') this.#cond(instr);
      else if (instr.kernel === 'blocks') this.#blocks(instr);
      else this.#kernel(instr);
    }
  }

  #kernel(instr: Instruction): void {
    for (const t of instr.inputs) if (t.buffer.storage !== 'shape') this.read(t, instr.kernel);
    const inputs = instr.inputs.filter((t) => t.buffer.storage === this.#storage);
    for (const out of instr.outputs) {
      if (out.buffer.storage === this.#storage) for (const t of inputs) this.#checkOverlap(instr, out, t);
    }
    for (const t of instr.outputs) this.write(t);
    // Outputs of one instruction must not overwrite each other.
    for (const t of instr.outputs) this.read(t, instr.kernel);
  }

  /** Input and output of one instruction are apart, or exactly the same memory where the kernel allows it. */
  #checkOverlap(instr: Instruction, out: Tensor, input: Tensor): void {
    const [a, b] = this.#range(out);
    const [c, d] = this.#range(input);
    if (b <= c || d <= a) return;
    const allowed = instr.inPlace.some(([o, i]) => instr.outputs[o] === out && instr.inputs[i] === input);
    if (!allowed || out.buffer.where !== input.buffer.where) throw new Error(`${instr.kernel} writes ${out} over its input ${input}`);
  }

  #scan(instr: Instruction): void {
    const [, carries, xs, ys] = instr.ints as [number, number, number, number];
    const ids = instr.ints.slice(5) as Tensor[];
    const carryIn = ids.slice(0, carries);
    const carryOut = ids.slice(carries, 2 * carries);
    if (ids.length !== 2 * carries + xs + ys) throw new Error('scan has other counts than tensors');
    for (const t of instr.inputs.slice(1)) this.read(t, 'scan');
    for (const t of carryIn) this.write(t);
    for (let iteration = 0; iteration < 3; iteration++) {
      this.run(instr.regions[0]!);
      for (const t of carryOut) this.read(t, 'scan carry');
      for (const t of carryIn) this.write(t);
      for (const t of instr.inputs.slice(1 + carries)) this.read(t, 'scan stack');
      // The stacks of ys fill slice by slice: after the first write they are theirs until the loop is over.
      for (const t of instr.outputs.slice(carries)) if (iteration === 0) this.write(t);
      for (const t of instr.outputs.slice(carries)) this.read(t, 'scan ys');
    }
    for (const t of carryIn) this.read(t, 'scan end');
    for (const t of instr.outputs.slice(0, carries)) this.write(t);
    for (const t of instr.outputs) this.read(t, 'scan results');
  }

  /** Two blocks: windows stand for their stacks, which are apart from all else; a thread's memory is a plan of its own. */
  #blocks(instr: Instruction): void {
    const stacks = [...instr.inputs.slice(1), ...instr.outputs];
    const windows = instr.ints.slice(3) as Tensor[];
    if (windows.length !== stacks.length) throw new Error('blocks have other counts than windows');
    const stackOf = new Map(windows.map((window, i) => [window.buffer, stacks[i]!]));
    for (const out of instr.outputs) {
      if (out.buffer.storage !== this.#storage) continue;
      for (const t of instr.inputs.slice(1))
        if (t.buffer.storage === this.#storage && t.buffer !== out.buffer) this.#checkOverlap(instr, out, t);
    }
    for (let block = 0; block < 2; block++) {
      const locals = new MemoryModel({ bytes: this.#localBytes, capacity: this.#capacity, storage: 'local' });
      for (const inner of instr.regions[0]!) this.#inBlock(inner, stackOf, locals, block);
    }
    for (const t of instr.outputs) this.read(t, 'blocks');
  }

  #inBlock(instr: Instruction, stackOf: ReadonlyMap<Buffer, Tensor>, locals: MemoryModel, block: number): void {
    const shared = (t: Tensor) => t.buffer.storage !== 'local';
    for (const t of instr.inputs) if (shared(t) && t.buffer.storage !== 'shape') this.read(stackOf.get(t.buffer) ?? t, instr.kernel);
    locals.#kernel(instr);
    for (const t of instr.outputs.filter(shared)) {
      const stack = stackOf.get(t.buffer);
      if (stack === undefined) throw new Error(`${instr.kernel} in blocks writes ${t}, which all blocks share`);
      if (block === 0) this.write(stack);
    }
  }

  #cond(instr: Instruction): void {
    const results = instr.ints.slice(1) as Tensor[];
    const count = instr.ints[0] as number;
    this.read(instr.inputs[0]!, 'cond');
    const before = [...this.#lines];
    instr.regions.forEach((region, branch) => {
      before.forEach((owner, line) => {
        this.#lines[line] = owner;
      });
      this.run(region);
      for (const t of results.slice(branch * count, (branch + 1) * count)) this.read(t, 'cond result');
    });
    for (const t of instr.outputs) this.write(t);
    for (const t of instr.outputs) this.read(t, 'cond results');
  }
}
