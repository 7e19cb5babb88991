import type { DType } from '../graph/dtype.js';
import { format, type Shape } from '../graph/shape.js';
import type { Cut } from './blocks.js';
import type { Block, Instruction } from './tensor.js';
import { type Amount, operationsOf, trafficOf } from './work.js';

/** One tensor of a plan's arena in the memory report. */
export type TensorReport = { readonly dtype: DType; readonly shape: Shape; readonly kernel: string; readonly bytes: number };

/** One instruction of a plan, and what it takes at sizes yet to be named. */
export type InstructionReport = {
  readonly kernel: string;
  /** Its line in the text of the plan. */
  readonly text: string;
  readonly outputs: readonly { readonly dtype: DType; readonly shape: Shape }[];
  /** Of a row program: what it runs over, [rows, columns], and its opcodes; otherwise null. */
  readonly rows: { readonly space: Shape; readonly opcodes: readonly string[] } | null;
  /** Floating-point operations, and bytes read and written, of one execution; without what is in its regions. */
  readonly operations: Amount;
  readonly traffic: Amount;
};

/** What a plan will use, known before it runs. Bytes are those at capacity. */
export type PlanReport = {
  readonly arenaBytes: number;
  /** Memory of each thread that runs blocks of rows. */
  readonly localBytes: number;
  /** The most bytes of intermediate tensors alive at once: in this order of the instructions no arena could be smaller. */
  readonly liveBytes: number;
  /** How the rows of a batch are cut into blocks. */
  readonly cuts: readonly Cut[];
  readonly constantBytes: number;
  /** Instructions by kernel, regions included. */
  readonly kernels: Readonly<Record<string, number>>;
  /** The largest intermediate tensors, largest first. */
  readonly largest: readonly TensorReport[];
  /** The plan as text, one instruction per line. */
  readonly text: string;
  /** Every instruction in the order of the text, those of a region after the one they belong to. */
  readonly instructions: readonly InstructionReport[];
};

/** Bytes of a program: state (both buffers), data slots, and the arena of each plan. */
export type MemoryReport = {
  readonly state: number;
  readonly data: number;
  readonly arenas: Readonly<Record<string, number>>;
  readonly total: number;
};

export function countKernels(block: Block, counts: Record<string, number> = {}): Record<string, number> {
  for (const instr of block) {
    counts[instr.kernel] = (counts[instr.kernel] ?? 0) + 1;
    for (const region of instr.regions) countKernels(region, counts);
  }
  return counts;
}

/** Every instruction of a block and of its regions, in order. */
export function* instructionsOf(block: Block): Generator<Instruction> {
  for (const instr of block) {
    yield instr;
    for (const region of instr.regions) yield* instructionsOf(region);
  }
}

/** Reports of the instructions whose lines are `texts`. */
export function reportInstructions(block: Block, texts: readonly string[]): InstructionReport[] {
  return [...instructionsOf(block)].map((instr, i) => ({
    kernel: instr.kernel,
    text: texts[i]!,
    outputs: instr.outputs.map(({ dtype, shape }) => ({ dtype, shape })),
    rows: instr.kernel === 'row' ? { space: instr.inputs[0]!.shape, opcodes: instr.names } : null,
    operations: operationsOf(instr),
    traffic: trafficOf(instr),
  }));
}

const LARGEST = 8;

export function largestTensors(block: Block, bytesOf: (t: { dtype: DType; shape: Shape }) => number): TensorReport[] {
  const all = new Map<object, TensorReport>();
  for (const instr of instructionsOf(block)) {
    for (const t of instr.outputs) {
      if (t.buffer.storage === 'arena') all.set(t.buffer, { dtype: t.dtype, shape: t.shape, kernel: instr.kernel, bytes: bytesOf(t) });
    }
  }
  return [...all.values()].sort((a, b) => b.bytes - a.bytes).slice(0, LARGEST);
}

/** '1.5 MB'. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return `${unit === 0 ? value : value.toPrecision(3)} ${units[unit]}`;
}

/** The memory report of a plan as lines of text. */
export function formatReport(name: string, report: PlanReport): string {
  const tensors = report.largest.map((t) => `  ${formatBytes(t.bytes).padStart(9)}  ${format(t)} of ${t.kernel}`);
  const kernels = Object.entries(report.kernels).map(([kernel, count]) => `${kernel} ${count}`);
  return [
    `${name}: arena ${formatBytes(report.arenaBytes)}, constants ${formatBytes(report.constantBytes)}; ${kernels.join(', ')}`,
    ...tensors,
  ].join('\n');
}
