import type { DType } from '../graph/dtype.js';
import type { Shape } from '../graph/shape.js';

/** A slot of the state store: 'state' slots are double-buffered and committed per step, 'data' slots have one buffer. */
export type SlotImage = {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly kind: 'state' | 'data';
  /** The shape with every named size at its capacity. */
  readonly capacityShape: readonly number[];
  /** Elements at capacity. */
  readonly capacity: number;
};

/** A compiled plan: the bytes the addon loads, and what the session has to know about them. */
export type PlanImage = {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Named sizes a run binds, in the order of the plan, and their capacities. */
  readonly symbols: readonly string[];
  readonly capacities: readonly number[];
  /** Names of the recorded scalars, in column order. */
  readonly stats: readonly string[];
};

/** What a session needs from a compiled program: slots, and plans over them. */
export type ProgramImage = { readonly slots: readonly SlotImage[]; readonly plans: readonly PlanImage[] };
