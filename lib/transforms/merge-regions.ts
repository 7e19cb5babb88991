import { type Graph, Node, nodesOf, type Value } from '../graph/node.js';

/** The nodes that run the same iterations: equal inputs, and bodies over the very same placeholders. */
type Group = { readonly first: Node; readonly members: Node[] };

function sameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((v, i) => v === b[i]);
}

/** Carried outputs of a scan, which the members of a group must agree on. */
function carried(node: Node): number {
  return node.op.name === 'scan' ? (node.attrs.carries as number) : 0;
}

function joins(a: Node, b: Node, inputs: readonly Value[]): boolean {
  return (
    a.op === b.op &&
    JSON.stringify(a.attrs) === JSON.stringify(b.attrs) &&
    sameList(a.inputs, inputs) &&
    a.bodies.every((body, i) => sameList(body.inputs, b.bodies[i]!.inputs)) &&
    sameList(a.bodies[0]!.outputs.slice(0, carried(a)), b.bodies[0]!.outputs.slice(0, carried(b)))
  );
}

/** One node with the outputs of all members, each distinct one once; and which output of it each member's outputs are. */
function join({ first, members }: Group): { bodies: Graph[]; places: Map<Value, number> } {
  const fixed = carried(first);
  const columns: Value[][] = [];
  const places = new Map<Value, number>();
  for (const node of members) {
    node.outputs.forEach((v, i) => {
      const column = node.bodies.map((body) => body.outputs[i]!);
      const found = i < fixed ? columns[i] && i : columns.findIndex((other, at) => at >= fixed && sameList(other, column));
      const at = found === undefined || found < 0 ? columns.length : found;
      if (at === columns.length) columns.push(column);
      places.set(v, at);
    });
  }
  const bodies = first.bodies.map((body, which) => ({ inputs: body.inputs, outputs: columns.map((column) => column[which]!) }));
  return { bodies, places };
}

/** Bodies whose own regions are merged; null when nothing changes. */
function mergeBodies(bodies: readonly Graph[]): Graph[] {
  return bodies.map((body) => ({ inputs: body.inputs, outputs: mergeRegions(body.outputs) }));
}

/**
 * Joins scans and conds that repeat each other. A derivative of a region adds a second one over the same body, which keeps
 * what the derivative reads; here the two become one again, so that the forward iterations run once. Must come before any pass
 * that rebuilds bodies, because it knows such regions by their common placeholders.
 */
export function mergeRegions(outputs: readonly Value[]): Value[] {
  const nodes = nodesOf(outputs);
  if (!nodes.some((node) => node.bodies.length > 0)) return [...outputs];
  const byPlaceholder = new Map<Value | string, Group[]>();
  const table = new Map<Value, Value>();
  const at = (v: Value) => table.get(v) ?? v;
  // First decide which nodes belong together (their inputs are compared as they are), then rebuild in order: a group is built
  // where its first member was, and its inputs are there by then because all members have the same ones.
  const groupOf = new Map<Node, Group>();
  for (const node of nodes) {
    if (node.bodies.length === 0) continue;
    const key = node.bodies[0]!.inputs[0] ?? node.op.name;
    const groups = byPlaceholder.get(key) ?? [];
    byPlaceholder.set(key, groups);
    const known = groups.find((group) => joins(group.first, node, node.inputs));
    const group = known ?? { first: node, members: [] };
    if (known === undefined) groups.push(group);
    group.members.push(node);
    groupOf.set(node, group);
  }
  for (const node of nodes) {
    const group = groupOf.get(node);
    if (group === undefined) {
      if (!node.inputs.some((v) => table.has(v))) continue;
      const copy = new Node(node.op, node.inputs.map(at), node.attrs, node.bodies);
      node.outputs.forEach((v, i) => table.set(v, copy.outputs[i]!));
    } else if (group.first === node) {
      const { bodies, places } = join(group);
      const merged = new Node(node.op, node.inputs.map(at), node.attrs, mergeBodies(bodies));
      for (const [v, place] of places) table.set(v, merged.outputs[place]!);
    }
  }
  return outputs.map(at);
}
