import { type Attrs, type Graph, Node, type OpBase, type Value } from '../graph/node.js';

/** Cotangents or tangents; null stands for zero. */
export type Linear = Value | null;

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
  (
    | { readonly kind: 'linear'; readonly transpose: (cotangents: readonly Linear[], node: Node) => readonly Linear[] }
    | { readonly kind: 'bilinear'; readonly transpose: (cotangent: Value, node: Node, which: 0 | 1) => Value }
    | { readonly kind: 'smooth'; readonly jvp: (node: Node, tangents: readonly Linear[]) => Linear }
    | { readonly kind: 'constant' }
    | {
        readonly kind: 'region';
        /** Tangents of all outputs; also returns the primal outputs, because they may come from a new node. */
        readonly jvp: (node: Node, tangents: readonly Linear[]) => { readonly primals: readonly Value[]; readonly tangents: readonly Linear[] };
        /** Cotangents of the inputs marked linear. */
        readonly transpose: (cotangents: readonly Linear[], node: Node, linear: readonly boolean[]) => readonly Linear[];
      }
  );

/** Applies an op: one node, all its outputs. */
export function applyAll(op: Op, inputs: readonly Value[], attrs: Attrs = {}, bodies: readonly Graph[] = []): readonly Value[] {
  return new Node(op, inputs, attrs, bodies).outputs;
}

/** Applies an op with one output. */
export function apply(op: Op, inputs: readonly Value[], attrs: Attrs = {}): Value {
  return applyAll(op, inputs, attrs)[0]!;
}
