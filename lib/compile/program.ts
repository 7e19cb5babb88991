import { expected, outOfRange } from '../base/errors.js';
import { BYTES } from '../graph/dtype.js';
import { inNewScope, input, type Spec, type Value } from '../graph/node.js';
import { bind, namesOf, sizeOf } from '../graph/shape.js';
import type { PlanImage, ProgramImage, SlotImage } from '../runtime/image.js';
import { type CompileOptions, PlanBuilder, type PlanResult, type Slot } from './plan-builder.js';
import type { MemoryReport, PlanReport } from './report.js';

export type { CompileOptions, PlanResult } from './plan-builder.js';

/** A slot: 'state' is double-buffered and committed per step, 'data' has one buffer, written by JavaScript or as an output. */
export type SlotDefinition = { readonly spec: Spec; readonly kind: 'state' | 'data' };

/** Several plans over one state store. */
export type ProgramDefinition = {
  /** The largest value of every named size. */
  readonly capacity: Readonly<Record<string, number>>;
  readonly slots: Readonly<Record<string, SlotDefinition>>;
  /** Each function is traced once: it sees the current values of all slots and returns what one step computes. */
  readonly plans: Readonly<Record<string, (slots: Readonly<Record<string, Value>>) => PlanResult>>;
};

/** A plan ready to load: its bytes, the memory it needs, and a report of what the compiler made. */
export type CompiledPlan = PlanImage & { readonly arenaBytes: number; readonly report: PlanReport };

/** What `Session` runs. */
export type CompiledProgram = ProgramImage & { readonly plans: readonly CompiledPlan[]; readonly memory: MemoryReport };

function checkCapacity(capacity: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(capacity)) {
    if (!Number.isSafeInteger(size) || size < 1)
      throw outOfRange('compileProgram', `the capacity of '${name}' to be an integer >= 1`, size);
  }
}

function slotImage(name: string, { spec, kind }: SlotDefinition, capacity: Readonly<Record<string, number>>): SlotImage {
  for (const d of spec.shape) {
    if (typeof d === 'number') continue;
    for (const symbol of namesOf(d)) {
      if (capacity[symbol] === undefined)
        throw expected('compileProgram', `a capacity for '${symbol}' of slot '${name}'`, 'none', 'name it in capacity');
    }
  }
  const capacityShape = spec.shape.map((d) => bind(d, capacity));
  return { name, dtype: spec.dtype, shape: spec.shape, kind, capacityShape, capacity: sizeOf(capacityShape) };
}

function memoryOf(slots: readonly SlotImage[], plans: readonly CompiledPlan[]): MemoryReport {
  const bytes = (kind: SlotImage['kind']) =>
    slots.filter((s) => s.kind === kind).reduce((total, s) => total + s.capacity * BYTES[s.dtype], 0);
  const arenas = Object.fromEntries(plans.map((plan) => [plan.name, plan.arenaBytes]));
  const state = 2 * bytes('state');
  const data = bytes('data');
  return { state, data, arenas, total: state + data + Math.max(0, ...Object.values(arenas)) };
}

/** Traces and compiles every plan of a program. Throws TypeError or RangeError with one sentence for a definition that does not fit. */
export function compileProgram(definition: ProgramDefinition, options: CompileOptions = {}): CompiledProgram {
  const { capacity } = definition;
  checkCapacity(capacity);
  const slots = Object.entries(definition.slots).map(([name, slot]) => slotImage(name, slot, capacity));
  const known = new Map(
    Object.entries(definition.slots).map(([name, { spec, kind }], index): [string, Slot] => [name, { name, spec, kind, index }]),
  );
  const plans = Object.entries(definition.plans).map(
    ([name, trace]): CompiledPlan =>
      inNewScope(() => {
        const inputs = new Map([...known].map(([slot, { spec }]) => [slot, input(spec, slot) as Value]));
        const result = trace(Object.fromEntries(inputs));
        const { bytes, symbols, stats, report } = new PlanBuilder(name, known, capacity, options).build(inputs, result);
        return { name, bytes, symbols, capacities: symbols.map((s) => capacity[s]!), stats, arenaBytes: report.arenaBytes, report };
      }),
  );
  return { slots, plans, memory: memoryOf(slots, plans) };
}
