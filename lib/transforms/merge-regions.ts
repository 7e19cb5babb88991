import { type Graph, Node, nodesOf, type Value } from '../graph/node.js';

/** Region nodes that run the same iterations or branches: equal inputs, and bodies over the very same placeholders. */
export type Group = { readonly first: Node; readonly members: Node[] };

function sameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((v, i) => v === b[i]);
}

/** How many outputs of a scan are carries, which the members of a group must agree on. */
function carried(node: Node): number {
  return node.op.name === 'scan' ? (node.attrs.carries as number) : 0;
}

function repeats(a: Node, b: Node): boolean {
  return (
    a.op === b.op &&
    JSON.stringify(a.attrs) === JSON.stringify(b.attrs) &&
    sameList(a.inputs, b.inputs) &&
    a.bodies.every((body, i) => sameList(body.inputs, b.bodies[i]!.inputs)) &&
    sameList(a.bodies[0]!.outputs.slice(0, carried(a)), b.bodies[0]!.outputs.slice(0, carried(b)))
  );
}

/** The group of every region node in a list. */
export function regionGroups(nodes: readonly Node[]): Map<Node, Group> {
  const candidates = new Map<Value | Node, Group[]>();
  const groups = new Map<Node, Group>();
  for (const node of nodes) {
    if (node.bodies.length === 0) continue;
    const key = node.bodies[0]!.inputs[0] ?? node;
    const known = candidates.get(key) ?? [];
    candidates.set(key, known);
    let group = known.find(({ first }) => repeats(first, node));
    if (group === undefined) known.push((group = { first: node, members: [] }));
    group.members.push(node);
    groups.set(node, group);
  }
  return groups;
}

/** Bodies with the outputs of all members, each distinct one once, and the place that each member's output has among them. */
export function joinBodies({ first, members }: Group): { readonly bodies: Graph[]; readonly places: ReadonlyMap<Value, number> } {
  const fixed = carried(first);
  const columns: Value[][] = [];
  const places = new Map<Value, number>();
  for (const node of members) {
    node.outputs.forEach((v, i) => {
      const column = node.bodies.map((body) => body.outputs[i]!);
      const found =
        i < fixed ? (i < columns.length ? i : -1) : columns.findIndex((other, place) => place >= fixed && sameList(other, column));
      const at = found < 0 ? columns.length : found;
      if (found < 0) columns.push(column);
      places.set(v, at);
    });
  }
  const bodies = first.bodies.map((body, which) => ({ inputs: body.inputs, outputs: columns.map((column) => column[which]!) }));
  return { bodies, places };
}

/**
 * Joins scans and conds that repeat each other. A derivative of a region adds a second one over the same body, which keeps
 * what the derivative reads; here the two become one again, so that the forward iterations run once. Must come before any pass
 * that rebuilds bodies, because it knows such regions by their common placeholders.
 */
export function mergeRegions(outputs: readonly Value[]): Value[] {
  const nodes = nodesOf(outputs);
  const groups = regionGroups(nodes);
  if (groups.size === 0) return [...outputs];
  const table = new Map<Value, Value>();
  const at = (v: Value) => table.get(v) ?? v;
  for (const node of nodes) {
    const group = groups.get(node);
    if (group === undefined) {
      if (!node.inputs.some((v) => table.has(v))) continue;
      const copy = new Node(node.op, node.inputs.map(at), node.attrs, node.bodies);
      node.outputs.forEach((v, i) => {
        table.set(v, copy.outputs[i]!);
      });
    } else if (group.first === node) {
      // Built where the first member was: all members have the same inputs, so these are there by then.
      const { bodies, places } = joinBodies(group);
      const inner = bodies.map((body) => ({ inputs: body.inputs, outputs: mergeRegions(body.outputs) }));
      const merged = new Node(node.op, node.inputs.map(at), node.attrs, inner);
      for (const [v, place] of places) table.set(v, merged.outputs[place]!);
    }
  }
  return outputs.map(at);
}
