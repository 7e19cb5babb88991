import { expected } from '../base/errors.js';
import { leaves, rebuild, type Tree } from '../base/tree.js';
import { isFloat } from '../graph/dtype.js';
import { type Attrs, Node, nodesOf, Value } from '../graph/node.js';
import { format, sameShape } from '../graph/shape.js';
import { addLinear } from '../ops/arithmetic.js';
import { isTap } from '../ops/identity.js';
import { apply, type Linear, type Op, type Passes } from '../ops/op.js';
import { zeros } from '../ops/sources.js';
import { joinBodies, regionGroups } from './merge-regions.js';
import { transposed } from './transpose.js';

/** A tap on tangents is not the tap on their values: it counts how many derivatives it is away from it. */
function tangentAttrs(node: Node): Attrs {
  return isTap(node) ? { ...node.attrs, order: ((node.attrs.order as number | undefined) ?? 0) + 1 } : node.attrs;
}

/** Tangents of a node's outputs from those of its inputs, of which at least one is not zero. */
function rule(node: Node, t: readonly Linear[]): readonly Linear[] {
  const op = node.op as Op;
  switch (op.kind) {
    case 'linear':
      return [
        apply(
          op,
          node.inputs.map((v, i) => (isFloat(v.dtype) ? (t[i] ?? zeros(v)) : v)),
          tangentAttrs(node),
        ),
      ];
    case 'bilinear': {
      const [a, b] = node.inputs as readonly [Value, Value];
      const left = t[0] == null ? null : apply(op, [t[0], b], node.attrs);
      const right = t[1] == null ? null : apply(op, [a, t[1]], node.attrs);
      return [addLinear(left, right)];
    }
    case 'smooth':
      return [op.jvp(node, t)];
    case 'constant':
      return node.outputs.map(() => null);
    case 'region':
      return op.jvp(node, t, PASSES);
    default:
      return op satisfies never;
  }
}

/**
 * Tangents of outputs, null for zero: a walk over the nodes between inputs and outputs, which stay as they are. Regions that
 * repeat each other (a scan, and the one that keeps its residuals) are differentiated as one.
 */
export function tangents(outputs: readonly Value[], inputs: readonly Value[], given: readonly Linear[]): Linear[] {
  const seeds = new Set(inputs);
  const table = new Map<Value, Value>();
  let from = Number.POSITIVE_INFINITY;
  inputs.forEach((v, i) => {
    const t = given[i] ?? null;
    if (t === null) return;
    table.set(v, t);
    from = Math.min(from, v.node.id);
  });
  const set = (v: Value, t: Linear) => {
    if (t !== null && isFloat(v.dtype) && !seeds.has(v)) table.set(v, t);
  };
  const nodes = nodesOf(outputs, from),
    groups = regionGroups(nodes);
  for (const node of nodes) {
    if (!node.inputs.some((v) => table.has(v))) continue;
    const arriving = node.inputs.map((v) => table.get(v) ?? null);
    const group = groups.get(node);
    if (group === undefined || group.members.length === 1) {
      const results = rule(node, arriving);
      node.outputs.forEach((v, i) => {
        set(v, results[i] ?? null);
      });
    } else if (group.first === node) {
      const { bodies, places } = joinBodies(group);
      const results = rule(new Node(node.op, node.inputs, node.attrs, bodies), arriving);
      for (const [v, place] of places) set(v, results[place] ?? null);
    }
  }
  return outputs.map((v) => table.get(v) ?? null);
}

/** The passes as the rules of regions get them. */
export const PASSES: Passes = {
  tangents,
  transpose: (outputs, inputs, cotangents) => transposed(outputs, inputs, cotangents, PASSES).cotangents,
};

/** Checks values to differentiate by and what goes with them, one for one. */
export function checkPairs(who: string, values: readonly Value[], others: readonly Value[], name: string): void {
  if (values.length !== others.length) throw expected(who, `${values.length} ${name}`, others.length);
  values.forEach((v, i) => {
    const other = others[i];
    if (!(other instanceof Value)) throw expected(who, `traced ${name}`, typeof other);
    if (!isFloat(v.dtype)) throw expected(who, 'floats to differentiate', format(v));
    if (other.dtype !== v.dtype || !sameShape(other.shape, v.shape)) throw expected(who, `${name} like ${format(v)}`, format(other));
  });
}

/** Checks that no value is differentiated by twice. */
export function checkDistinct(who: string, inputs: readonly Value[]): void {
  if (new Set(inputs).size < inputs.length) throw expected(who, 'distinct inputs', 'one value twice', 'name it once');
}

/**
 * J t: the tangents of `outputs` when `inputs` move by `given`, on the nodes that are there already. Inputs may be any
 * values of the trace; they count as independent of each other. Outputs that do not depend on them get zeros.
 */
export function jvpOf(outputs: readonly Value[], inputs: readonly Value[], given: readonly Value[]): Value[] {
  checkPairs('jvpOf', inputs, given, 'tangents');
  checkDistinct('jvpOf', inputs);
  return tangents(outputs, inputs, given).map((t, i) => t ?? zeros(outputs[i]!));
}

/** f and its derivative along tangents, for trees: jvp(f)(primals, tangents) = [f(primals), J tangents]. */
export function jvp<P extends Tree<Value>, R extends Tree<Value>>(
  f: (primals: P) => R,
): (primals: P, tangents: P) => [value: R, tangent: R] {
  return (primals, along) => {
    const value = f(primals);
    return [value, rebuild(value, jvpOf(leaves<Value>(value), leaves<Value>(primals), leaves<Value>(along)))];
  };
}
