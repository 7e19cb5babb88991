import { expected, internal, outOfRange } from '../base/errors.js';
import { BYTES, type DType } from '../graph/dtype.js';
import { isInput, nodesOf, type Spec, type Value } from '../graph/node.js';
import { bind, format, namesOf, product, type Shape, sameShape } from '../graph/shape.js';
import { absorbSums } from './absorb-sums.js';
import { type Cut, inBlocks, sizesOfCuts } from './blocks.js';
import { placeBuffers } from './buffers.js';
import { Constants } from './constants.js';
import { liveness } from './liveness.js';
import { GraphLowering } from './lower.js';
import { optimize, type PassOptions } from './optimize.js';
import { type Plan, writePlan } from './plan.js';
import { poison } from './poison.js';
import { printInstructions, printPlan } from './print.js';
import { countKernels, type InstructionReport, instructionsOf, largestTensors, type PlanReport, reportInstructions } from './report.js';
import { schedule } from './schedule.js';
import { type Block, Buffer, type Instruction, instruction, operandsOf, Tensor } from './tensor.js';

/** A slot of the store as the plans see it. */
export type Slot = { readonly name: string; readonly spec: Spec; readonly kind: 'state' | 'data'; readonly index: number };

/** What one step computes. */
export type PlanResult = {
  /** New values of double-buffered slots; slots not named keep theirs. */
  readonly state?: Readonly<Record<string, Value>>;
  /** Values written to plain slots: outputs such as predictions. */
  readonly outputs?: Readonly<Record<string, Value>>;
  /** float64 scalars recorded per step. */
  readonly stats?: Readonly<Record<string, Value>>;
  /** bool scalar; when false nothing of this step is committed and the run stops with reason 'uncommitted'. */
  readonly commit?: Value;
};

/** Switches of the compiler; the defaults are what one wants outside of tests. */
export type CompileOptions = PassOptions & {
  /** Fuse elementwise work and reductions into row programs. @default true */
  readonly fuse?: boolean;
  /** Let an output take the memory of an input that dies. @default true */
  readonly inPlace?: boolean;
  /** Rows of a batch that go through a step together, an integer >= 1, or Infinity for all. @default what stays in the cache of a core */
  readonly blockRows?: number;
  /** Overwrite memory after its last use, so that reading it too late shows. For tests. @default false */
  readonly poison?: boolean;
};

/** A plan ready for the addon. */
export type BuiltPlan = {
  readonly bytes: Uint8Array;
  readonly symbols: readonly string[];
  readonly stats: readonly string[];
  readonly report: PlanReport;
  readonly block: Block;
  readonly cuts: readonly Cut[];
};

const FUSION_LIMIT = 128;

/** Builds one plan from what its function returned. */
export class PlanBuilder {
  readonly #name: string;
  readonly #slots: ReadonlyMap<string, Slot>;
  readonly #capacity: Readonly<Record<string, number>>;
  readonly #options: CompileOptions;
  /** The capacities, and those of the sizes that blocks of rows bring. */
  readonly #cutSizes: Record<string, number>;
  readonly #constants = new Constants();
  /** Instructions after all others: writes into data slots that the plan also reads. */
  readonly #tail: Instruction[] = [];

  constructor(name: string, slots: ReadonlyMap<string, Slot>, capacity: Readonly<Record<string, number>>, options: CompileOptions) {
    this.#name = name;
    this.#slots = slots;
    this.#capacity = capacity;
    this.#cutSizes = { ...capacity };
    this.#options = options;
  }

  build(inputs: ReadonlyMap<string, Value>, result: PlanResult): BuiltPlan {
    const state = this.#targets(result.state ?? {}, 'state').filter(({ slot, value }) => value !== inputs.get(slot.name));
    const outputs = this.#targets(result.outputs ?? {}, 'data').filter(({ slot, value }) => value !== inputs.get(slot.name));
    const stats = Object.entries(result.stats ?? {}).map(([name, value]) => this.#scalar(name, value, 'float64'));
    const commit = result.commit === undefined ? [] : [this.#scalar('commit', result.commit, 'bool')];
    const traced = [...state.map((t) => t.value), ...outputs.map((t) => t.value), ...stats, ...commit];
    this.#closed(traced, new Set(inputs.values()));
    const graph = optimize({ inputs: [...inputs.values()], outputs: traced }, this.#options);

    const used = new Set(
      nodesOf(graph.outputs)
        .filter(isInput)
        .map((node) => node.outputs[0]!),
    );
    const slotTensors = new Map<Value, Tensor>();
    for (const [name, value] of inputs) {
      if (used.has(value))
        slotTensors.set(value, new Tensor(new Buffer('current', this.#slots.get(name)!.index), value.dtype, value.shape));
    }
    const fusionLimit = this.#options.fuse === false ? 1 : FUSION_LIMIT;
    const context = { constants: this.#constants, fusionLimit, bytesOf: (v: { dtype: DType; shape: Shape }) => this.#bytesOf(v) };
    const lowering = new GraphLowering(context, graph, slotTensors);
    const tensors = lowering.run(graph.outputs);
    const take = (count: number) => tensors.splice(0, count);
    take(state.length).forEach((t, i) => {
      this.#bindState(lowering, t, state[i]!.slot);
    });
    this.#bindOutputs(
      lowering,
      take(outputs.length),
      outputs.map((t) => t.slot),
      tensors,
    );
    const statTensors = take(stats.length).map((t) => this.#owned(lowering, t));
    const commitTensor = commit.length === 0 ? null : this.#owned(lowering, take(1)[0]!);
    return this.#finish(
      lowering,
      state.map(({ slot }) => slot.index),
      Object.keys(result.stats ?? {}),
      statTensors,
      commitTensor,
    );
  }

  #who(): string {
    return `plan '${this.#name}'`;
  }

  #targets(values: Readonly<Record<string, Value>>, kind: 'state' | 'data'): { slot: Slot; value: Value }[] {
    return Object.entries(values).map(([name, value]) => {
      const slot = this.#slots.get(name);
      if (slot === undefined || slot.kind !== kind)
        throw expected(this.#who(), `a ${kind} slot`, `'${name}'`, slot === undefined ? 'define it in slots' : `it is a ${slot.kind} slot`);
      if (value.dtype !== slot.spec.dtype || !sameShape(value.shape, slot.spec.shape)) {
        throw expected(this.#who(), `${format(slot.spec)} for slot '${name}'`, format(value));
      }
      return { slot, value };
    });
  }

  #scalar(name: string, value: Value, dtype: 'float64' | 'bool'): Value {
    if (value.rank !== 0 || value.dtype !== dtype) throw expected(this.#who(), `${dtype}[] for '${name}'`, format(value));
    return value;
  }

  /** A plan sees its slots only: a value of another trace has no meaning here. */
  #closed(outputs: readonly Value[], inputs: ReadonlySet<Value>): void {
    for (const node of nodesOf(outputs)) {
      if (isInput(node) && !inputs.has(node.outputs[0]!)) {
        throw expected(this.#who(), 'values computed from its slots', `the input '${String(node.attrs['name'])}' of another trace`);
      }
    }
  }

  /** Memory that an instruction of the plan itself writes and that may become a slot. */
  #isFree(lowering: GraphLowering, t: Tensor): boolean {
    return t.buffer.storage === 'arena' && !t.buffer.pinned && lowering.produced.has(t.buffer);
  }

  #bindState(lowering: GraphLowering, t: Tensor, slot: Slot): void {
    if (this.#isFree(lowering, t)) {
      t.buffer.storage = 'next';
      t.buffer.where = slot.index;
    } else {
      const to = new Tensor(new Buffer('next', slot.index), slot.spec.dtype, slot.spec.shape);
      lowering.emit(instruction('copy', [t], [to], { order: Number.MAX_SAFE_INTEGER }));
    }
  }

  /**
   * A data slot has one buffer: where the plan reads it too, in an instruction or as it is (`others`: stats and predicate), it is
   * written after everything else.
   */
  #bindOutputs(lowering: GraphLowering, tensors: readonly Tensor[], slots: readonly Slot[], others: readonly Tensor[]): void {
    const read = new Set<number>();
    for (const { buffer } of [...tensors, ...others]) if (buffer.storage === 'current') read.add(buffer.where);
    for (const instr of instructionsOf(lowering.instructions)) {
      for (const { buffer } of instr.inputs) if (buffer.storage === 'current') read.add(buffer.where);
      for (const n of instr.ints) if (n instanceof Tensor && n.buffer.storage === 'current') read.add(n.buffer.where);
    }
    const written = new Set(slots.map((slot) => slot.index));
    tensors.forEach((t, i) => {
      const slot = slots[i]!;
      if (!read.has(slot.index) && this.#isFree(lowering, t)) {
        t.buffer.storage = 'current';
        t.buffer.where = slot.index;
        return;
      }
      const moving = t.buffer.storage === 'current' && written.has(t.buffer.where);
      const from = moving ? lowering.copy(t, t.dtype, t.shape, Number.MAX_SAFE_INTEGER) : t;
      const to = new Tensor(new Buffer('current', slot.index), slot.spec.dtype, slot.spec.shape);
      this.#tail.push(instruction('copy', [from], [to]));
    });
  }

  /** A stat or predicate in the arena, so that it is what this step computed, whatever is committed or written later. */
  #owned(lowering: GraphLowering, t: Tensor): Tensor {
    return this.#isFree(lowering, t) ? t : lowering.copy(t, t.dtype, t.shape, Number.MAX_SAFE_INTEGER);
  }

  #finish(
    lowering: GraphLowering,
    committed: readonly number[],
    statNames: readonly string[],
    stats: readonly Tensor[],
    commit: Tensor | null,
  ): BuiltPlan {
    const kept = new Set(
      [...stats, ...(commit === null ? [] : [commit]), ...this.#tail.flatMap((instr) => instr.inputs)].map((t) => t.buffer),
    );
    const { block: rows, cuts } = this.#blocked(lowering.instructions, kept);
    const sizes = this.#sizes([...rows, ...this.#tail]);
    const arenaSize = (buffer: Buffer) => (buffer.storage === 'arena' ? sizes.get(buffer)! : 0);
    const ordered = [...schedule(rows, arenaSize, kept), ...this.#tail];
    const block = this.#options.poison === true ? poison(ordered, kept) : ordered;
    const live = liveness(
      block,
      [...stats, ...(commit === null ? [] : [commit])].map((t) => t.buffer),
    );
    const inPlace = this.#options.inPlace !== false;
    const { bytes: arenaBytes, liveBytes } = placeBuffers(live, arenaSize, inPlace);
    const locals = [...instructionsOf(block)].filter(({ kernel }) => kernel === 'blocks').map(({ regions }) => liveness(regions[0]!, []));
    const localBytes = Math.max(0, ...locals.map((body) => placeBuffers(body, (buffer) => sizes.get(buffer)!, inPlace, 'local').bytes));
    const symbols = this.#symbols(block);
    const constants = this.#constants.bytes();
    const plan: Plan = { symbols, cuts, constants, arenaBytes, localBytes, stats, commit, committed, block };
    return {
      bytes: writePlan(plan),
      symbols: symbols.map(({ name }) => name),
      stats: statNames,
      block,
      cuts,
      report: this.#report(plan, liveBytes),
    };
  }

  #blocked(instructions: Block, kept: ReadonlySet<Buffer>): { block: Block; cuts: readonly Cut[] } {
    const { blockRows } = this.#options;
    if (blockRows !== undefined && blockRows !== Number.POSITIVE_INFINITY && !(Number.isSafeInteger(blockRows) && blockRows >= 1))
      throw outOfRange('compileProgram', 'blockRows to be an integer >= 1 or Infinity', blockRows);
    if (blockRows === Number.POSITIVE_INFINITY) return { block: instructions, cuts: [] };
    const bytesOf = (v: { dtype: DType; shape: Shape }) => this.#bytesOf(v);
    const ordered = schedule(instructions, () => 0, kept);
    const blocked = inBlocks(ordered, { capacity: this.#capacity, bytesOf, kept, blockRows });
    Object.assign(this.#cutSizes, sizesOfCuts(blocked.cuts, this.#capacity));
    return { block: absorbSums(blocked.block, kept, bytesOf), cuts: blocked.cuts };
  }

  /** Bytes of every buffer at capacity. */
  #sizes(block: Block): Map<Buffer, number> {
    const sizes = new Map<Buffer, number>();
    for (const instr of instructionsOf(block)) {
      for (const t of operandsOf(instr)) {
        if (!sizes.has(t.buffer)) sizes.set(t.buffer, this.#bytesOf(t));
      }
    }
    return sizes;
  }

  #report({ block, cuts, arenaBytes, localBytes, constants }: Plan, liveBytes: number): PlanReport {
    const slots = [...this.#slots.values()].map((slot) => slot.name);
    let text: string | undefined;
    let instructions: readonly InstructionReport[] | undefined;
    return {
      arenaBytes,
      localBytes,
      liveBytes,
      cuts,
      constantBytes: constants.length,
      kernels: countKernels(block),
      largest: largestTensors(block, (t) => this.#bytesOf(t)),
      get text() {
        text ??= printPlan(block, slots);
        return text;
      },
      get instructions() {
        instructions ??= reportInstructions(block, printInstructions(block, slots));
        return instructions;
      },
    };
  }

  #bytesOf({ dtype, shape }: { readonly dtype: DType; readonly shape: Shape }): number {
    return bind(product(shape), this.#cutSizes) * BYTES[dtype];
  }

  /** The named sizes of every tensor of the plan, sorted by name. */
  #symbols(block: Block): { name: string; capacity: number }[] {
    const names = new Set<string>();
    for (const instr of instructionsOf(block)) {
      for (const t of operandsOf(instr)) {
        for (const d of t.shape) if (typeof d === 'string') for (const name of namesOf(d)) names.add(name);
      }
    }
    const given = [...names].filter((name) => Object.hasOwn(this.#capacity, name) || !Object.hasOwn(this.#cutSizes, name));
    return given.sort().map((name) => {
      const capacity = this.#capacity[name];
      if (capacity === undefined) throw internal(`${this.#who()} has no capacity for '${name}'`);
      return { name, capacity };
    });
  }
}
