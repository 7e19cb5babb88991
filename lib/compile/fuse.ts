import { isFloat } from '../graph/dtype.js';
import { type Graph, type Node, nodesOf, type Value } from '../graph/node.js';
import { product } from '../graph/shape.js';
import { type Space, spaceKey, spaceOf } from './broadcasting.js';
import { baseOf, inRegister, isSource, isView, type Member } from './member.js';
import { ELEMENTWISE } from './opcodes.js';
import { sink } from './sink.js';

/** Nodes that become one row program. */
export type Group = { readonly space: Space; readonly level: number; readonly members: readonly Member[] };

export type Fusion = {
  readonly memberOf: ReadonlyMap<Node, Member>;
  readonly groupOf: ReadonlyMap<Node, Group>;
  /** Everything that becomes instructions, inputs before users. */
  readonly order: readonly (Group | Node)[];
};

type Reduction = 'row' | 'column' | 'scalar' | null;

/** Every thread adds up rows of this length at most, so that they stay in its first-level cache. */
const WIDEST_COLUMN_SUM = 4096;

/** Which fused reduction a node is: over the last axis, over all axes before it, over everything into one value, or none. */
function reductionOf(node: Node): Reduction {
  const { name } = node.op;
  if (name !== 'sum' && name !== 'max') return null;
  const x = node.inputs[0]!;
  if (!isFloat(x.dtype) || x.rank === 0) return null;
  const axes = node.attrs['axes'] as readonly number[];
  const last = x.rank - 1;
  if (axes.length === 1 && axes[0] === last && x.rank > 1) return 'row';
  if (name === 'max') return null;
  if (x.shape.every((d, axis) => d === 1 || axes.includes(axis))) return 'scalar';
  const cols = x.shape[last]!;
  const narrow = typeof cols === 'number' && cols <= WIDEST_COLUMN_SUM;
  return narrow && axes.length === last && axes[last - 1] === last - 1 ? 'column' : null;
}

/**
 * Level 0 is for single values: those that need nothing but hyperparameters and sizes (1 / n, bias corrections) are then in memory
 * before the first program over the batch, and do not cut it in two.
 */
function firstLevel(node: Node): number {
  return [...node.inputs, ...node.outputs].every((v) => v.shape.every((d) => d === 1)) ? 0 : 1;
}

/** Levels: a node may share a program with nodes of its own level and space only, so programs cannot form a cycle. */
class Leveler {
  readonly members = new Map<Node, Member>();
  readonly levels = new Map<Node, number>();

  /** The first level at which a value is in memory. */
  stored(value: Value): number {
    const { node } = baseOf(value);
    if (isSource(node)) return 0;
    if (node.op.name === 'broadcast') return this.stored(node.inputs[0]!);
    const member = this.members.get(node);
    return member === undefined ? this.levels.get(node)! : member.level + 1;
  }

  /** The first level at which a program over a space can use a value, in a register when that is earlier. */
  usable(value: Value, key: string, kind: 'element' | 'row'): number {
    return inRegister(value, key, kind, this.members)?.member.level ?? this.stored(value);
  }

  latest(node: Node, key: string, kind: 'element' | 'row'): number {
    return node.inputs.reduce((level, v) => Math.max(level, this.usable(v, key, kind)), firstLevel(node));
  }

  /** The row-valued input with which an elementwise node can stay in a program, if it is the last to be ready. */
  rowPlace(node: Node): Member | null {
    const count = product(node.outputs[0]!.shape);
    let best: Member | null = null;
    for (const input of node.inputs) {
      const member = this.members.get(baseOf(input).node);
      if (member?.kind !== 'row' || product([member.space.rows]) !== count) continue;
      if (best === null || member.level > best.level) best = member;
    }
    return best !== null && this.latest(node, best.key, 'row') === best.level ? best : null;
  }

  place(node: Node): Member | null {
    const reduction = reductionOf(node);
    if (reduction === null && !ELEMENTWISE.has(node.op.name)) return null;
    const x = node.inputs[0]!;
    if (reduction === 'scalar') {
      const inner = this.members.get(baseOf(x).node);
      if (inner?.kind === 'row') return { node, space: inner.space, key: inner.key, kind: 'scalar', operands: 'row', level: inner.level };
    }
    if (reduction === null) {
      const beside = this.rowPlace(node);
      if (beside !== null) return { node, space: beside.space, key: beside.key, kind: 'row', operands: 'row', level: beside.level };
    }
    const space = spaceOf(reduction === null ? node.outputs[0]!.shape : x.shape);
    const key = spaceKey(space);
    // The kernel `sum` is as fast over memory, and faster where rows are long.
    if (reduction === 'column' && inRegister(x, key, 'element', this.members) === null) return null;
    return { node, space, key, kind: reduction ?? 'element', operands: 'element', level: this.latest(node, key, 'element') };
  }

  visit(node: Node): void {
    if (isSource(node) || isView(node) || node.op.name === 'broadcast') return;
    const member = this.place(node);
    if (member !== null) this.members.set(node, member);
    else
      this.levels.set(
        node,
        node.inputs.reduce((level, v) => Math.max(level, this.stored(v)), firstLevel(node)),
      );
  }
}

/** Programs of at most `limit` nodes, cut along the topological order. */
function chunks(members: readonly Member[], limit: number): Group[] {
  const groups: Group[] = [];
  for (let at = 0; at < members.length; at += limit) {
    const part = members.slice(at, at + limit);
    groups.push({ space: part[0]!.space, level: part[0]!.level, members: part });
  }
  return groups;
}

/**
 * Decides which nodes become row programs together: all of one iteration space whose inputs are ready at one level, where
 * a level ends at every node that is not a row-program op and at every change of space. `limit` is the most nodes of one program;
 * 1 switches fusion off. `bytes` of a value at capacity.
 */
export function fuse(graph: Graph, limit: number, bytes: (value: Value) => number): Fusion {
  const nodes = nodesOf(graph.outputs);
  const leveler = new Leveler();
  for (const node of nodes) leveler.visit(node);
  if (limit > 1) sink(nodes, graph, leveler.members, leveler.levels, bytes);
  const buckets = new Map<string, Member[]>();
  const byLevel: { groups: Group[]; nodes: Node[] }[] = [];
  const at = (level: number) => {
    while (byLevel.length <= level) byLevel.push({ groups: [], nodes: [] });
    return byLevel[level]!;
  };
  for (const node of nodes) {
    const member = leveler.members.get(node);
    const level = leveler.levels.get(node);
    if (level !== undefined) at(level).nodes.push(node);
    if (member === undefined) continue;
    const key = `${member.level}:${member.key}`;
    const bucket = buckets.get(key);
    if (bucket === undefined) buckets.set(key, [member]);
    else bucket.push(member);
  }
  const groupOf = new Map<Node, Group>();
  for (const bucket of buckets.values()) {
    for (const group of chunks(bucket, limit)) {
      at(group.level).groups.push(group);
      for (const { node } of group.members) groupOf.set(node, group);
    }
  }
  return { memberOf: leveler.members, groupOf, order: byLevel.flatMap(({ groups, nodes: plain }) => [...plain, ...groups]) };
}
