import { internal } from '../base/errors.js';
import { bind, format, type Shape } from '../graph/shape.js';
import type { Session, Timing } from '../runtime/session.js';
import { sizesOfCuts } from './blocks.js';
import type { CompiledPlan, CompiledProgram } from './program.js';
import type { InstructionReport } from './report.js';
import { amountAt } from './work.js';

/** An instruction of a profiled plan at the sizes of the step. */
export type ProfiledInstruction = {
  /** The kernel with the types of its outputs, or of a row program with what it runs over and its opcodes. */
  readonly name: string;
  readonly kernel: string;
  /** Its line in the text of the plan. */
  readonly text: string;
  /** Types of what it computes, such as 'float32[3200,50]'. */
  readonly outputs: readonly string[];
  /** Floating-point operations of one execution. */
  readonly operations: number;
  /** Bytes that one execution has to read and write, wherever they are. */
  readonly bytes: number;
};

/** What one step of a plan spent its time on. */
export type StepProfile = {
  readonly plan: string;
  /** Named sizes of the step, such as the batch size `n`. */
  readonly sizes: Readonly<Record<string, number>>;
  /** From the start of the first instruction to the end of the last one. */
  readonly seconds: number;
  readonly instructions: readonly ProfiledInstruction[];
  /** Executions in the order they began; `place` is the index in `instructions`, times are nanoseconds since the step began. */
  readonly timings: readonly Timing[];
};

/** What a step spent on one instruction. */
export type Cost = {
  readonly place: number;
  readonly instruction: ProfiledInstruction;
  readonly executions: number;
  /** Of all executions together, without what ran inside them. */
  readonly seconds: number;
  /** In steps; the times of threads that work side by side add up. */
  readonly share: number;
};

/** Rounds until one is chosen, unless they take too long; short ones go on for a while. */
const ROUNDS = 6,
  LEAST_SECONDS = 0.25,
  MOST_SECONDS = 2;

/** Steps in a row, of which the last one counts. */
const STEPS = 4;

type Sizes = Readonly<Record<string, number>>;

/** A shape with its named sizes filled in. */
function bound(shape: Shape, sizes: Sizes): number[] {
  return shape.map((d) => bind(d, sizes));
}

function describe(instruction: InstructionReport, sizes: Sizes): ProfiledInstruction {
  const { kernel, text, rows, operations, traffic } = instruction;
  const outputs = instruction.outputs.map(({ dtype, shape }) => format({ dtype, shape: bound(shape, sizes) }));
  const what = rows === null ? outputs.join(' ') : `[${bound(rows.space, sizes)}] ${rows.opcodes.join(' ')}`;
  return {
    name: `${kernel} ${what}`.trimEnd(),
    kernel,
    text,
    outputs,
    operations: amountAt(operations, sizes),
    bytes: amountAt(traffic, sizes),
  };
}

function instructionsOf(program: CompiledProgram, name: string, given: Sizes): ProfiledInstruction[] {
  const plans: readonly CompiledPlan[] = program.plans;
  const plan = plans.find((known) => known.name === name);
  if (plan === undefined) throw internal(`profile: the program has no plan '${name}'`);
  const named = { ...Object.fromEntries(plan.symbols.map((symbol, i) => [symbol, plan.capacities[i]!])), ...given };
  const sizes = { ...named, ...sizesOfCuts(plan.report.cuts, named) };
  return plan.report.instructions.map((instruction) => describe(instruction, sizes));
}

/** Times from the first start on, in the order they began; what holds others comes before them. */
function ordered(timings: readonly Timing[]): Timing[] {
  const first = timings.reduce((least, { start }) => Math.min(least, start), Number.POSITIVE_INFINITY);
  return timings
    .map((timing) => ({ ...timing, start: timing.start - first, end: timing.end - first }))
    .sort((a, b) => a.start - b.start || b.end - a.end);
}

/**
 * The fastest of several steps: other work of the machine only ever makes a step slower. Each is the last of some in a row, at most `most`, the
 * first of which wake the threads and fill the caches; before them `prepare` brings the session to where they begin. The steps are real ones
 * and change the state of the session.
 */
export function profileStep(
  session: Session,
  program: CompiledProgram,
  plan: string,
  sizes: Readonly<Record<string, number>>,
  most: number,
  prepare: () => void,
): StepProfile {
  let best: { readonly seconds: number; readonly timings: readonly Timing[] } | null = null;
  const begin = performance.now();
  for (let round = 1; ; round++) {
    prepare();
    const timings = ordered(session.profile(plan, sizes, Math.min(STEPS, most)).timings);
    const seconds = timings.reduce((last, { end }) => Math.max(last, end), 0) / 1e9;
    if (best === null || seconds < best.seconds) best = { seconds, timings };
    const taken = (performance.now() - begin) / 1e3;
    if (round >= 2 && (taken > MOST_SECONDS || (round >= ROUNDS && taken > LEAST_SECONDS))) break;
  }
  return { plan, sizes, ...best, instructions: instructionsOf(program, plan, sizes) };
}

/** Nanoseconds of every execution without what ran inside it on the same thread, in the order of the timings. */
function ownTimes(timings: readonly Timing[]): number[] {
  const own = timings.map(({ start, end }) => end - start);
  const open = new Map<number, number[]>();
  for (const [i, { thread, start, end }] of timings.entries()) {
    const around = open.get(thread) ?? [];
    open.set(thread, around);
    while (around.length > 0 && timings[around.at(-1)!]!.end <= start) around.pop();
    const holder = around.at(-1);
    if (holder !== undefined) own[holder]! -= end - start;
    around.push(i);
  }
  return own;
}

/** What a step spent on each instruction that it executed, the dearest first. */
export function costsOf({ instructions, timings, seconds }: StepProfile): Cost[] {
  const totals = new Map<number, { executions: number; nanoseconds: number }>();
  for (const [i, nanoseconds] of ownTimes(timings).entries()) {
    const { place } = timings[i]!;
    const before = totals.get(place) ?? { executions: 0, nanoseconds: 0 };
    totals.set(place, { executions: before.executions + 1, nanoseconds: before.nanoseconds + nanoseconds });
  }
  return [...totals]
    .map(([place, { executions, nanoseconds }]) => ({
      place,
      instruction: instructions[place]!,
      executions,
      seconds: nanoseconds / 1e9,
      share: seconds === 0 ? 0 : nanoseconds / 1e9 / seconds,
    }))
    .sort((a, b) => b.seconds - a.seconds || a.place - b.place);
}
