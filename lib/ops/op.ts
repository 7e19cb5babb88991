import { type Attrs, type Graph, Node, type OpBase, type Value } from '../graph/node.js';

/** A tangent or cotangent; null stands for zero. */
export type Linear = Value | null;

/**
 * The two passes over a graph, as the rules of region ops need them for their bodies. The passes live in `transforms`,
 * above the ops, and hand themselves to the rules.
 */
export type Passes = {
  /** Tangents of `outputs` when `inputs` move by `tangents`. */
  readonly tangents: (outputs: readonly Value[], inputs: readonly Value[], tangents: readonly Linear[]) => readonly Linear[];
  /** Cotangents of `inputs`, in which `outputs` must be linear, for cotangents of `outputs`. */
  readonly transpose: (outputs: readonly Linear[], inputs: readonly Value[], cotangents: readonly Linear[]) => readonly Linear[];
};

type Simplify = {
  /** An equal value without a new node of this op (x + 0, a transpose twice), or null. Tried whenever the op is applied. */
  readonly simplify?: (inputs: readonly Value[], attrs: never) => Value | null;
};

/**
 * One op, one record. Its kind decides what must be written; jvp and transpose of everything follow:
 * - linear: jointly linear in its float inputs; jvp applies the op to the tangents.
 * - bilinear: linear in each of its two inputs; jvp is the product rule.
 * - smooth: jvp written with other ops, linear in the tangents; never transposed itself.
 * - constant: derivative zero (comparisons, argmax, random bits, integer arithmetic).
 * - region: scan and cond, which carry bodies and own both rules.
 * Integer and bool inputs are never differentiated.
 */
export type Op = OpBase &
  Simplify &
  (
    | { readonly kind: 'linear'; readonly transpose: (cotangents: readonly Linear[], node: Node) => readonly Linear[] }
    | { readonly kind: 'bilinear'; readonly transpose: (cotangent: Value, node: Node, which: 0 | 1) => Value }
    | { readonly kind: 'smooth'; readonly jvp: (node: Node, tangents: readonly Linear[]) => Linear }
    | { readonly kind: 'constant' }
    | {
        readonly kind: 'region';
        /** Tangents of all outputs. */
        readonly jvp: (node: Node, tangents: readonly Linear[], passes: Passes) => readonly Linear[];
        /** Cotangents of the inputs marked linear. */
        readonly transpose: (cotangents: readonly Linear[], node: Node, linear: readonly boolean[], passes: Passes) => readonly Linear[];
      }
  );

/** Applies an op: one node, all its outputs. */
export function applyAll(op: Op, inputs: readonly Value[], attrs: Attrs = {}, bodies: readonly Graph[] = []): readonly Value[] {
  return new Node(op, inputs, attrs, bodies).outputs;
}

/** Applies an op with one output; returns an existing value where the op's `simplify` finds an equal one. */
export function apply(op: Op, inputs: readonly Value[], attrs: Attrs = {}): Value {
  return op.simplify?.(inputs, attrs as never) ?? applyAll(op, inputs, attrs)[0]!;
}
