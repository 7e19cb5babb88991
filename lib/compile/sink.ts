import type { Graph, Node, Value } from '../graph/node.js';
import { baseOf, inRegister, isSource, type Member } from './member.js';

/** Where a value is read: by a row-program node (which may find it in a register) or by anything else (null). */
type Use = { readonly by: Member | null; readonly register: boolean };

/** More readers than this are not searched: such a value is read everywhere. */
const MANY = 64;

/** The value in memory that stands behind views and repetitions. */
function originOf(value: Value): Value {
  let at = baseOf(value);
  while (at.node.op.name === 'broadcast') at = baseOf(at.node.inputs[0]!);
  return at;
}

/** Weighs memory traffic before and after a node is computed later. */
class Sinker {
  readonly #members: ReadonlyMap<Node, Member>;
  readonly #bytes: (value: Value) => number;
  readonly #uses = new Map<Value, Use[]>();
  readonly #users = new Map<Use, number>();

  constructor(
    nodes: readonly Node[],
    graph: Graph,
    members: ReadonlyMap<Node, Member>,
    levels: ReadonlyMap<Node, number>,
    bytes: (value: Value) => number,
  ) {
    this.#members = members;
    this.#bytes = bytes;
    for (const node of nodes) {
      const member = members.get(node) ?? null;
      const plain = levels.get(node);
      if (member === null && plain === undefined) continue; // views and repetitions read nothing themselves
      for (const v of node.inputs) {
        const register = member !== null && inRegister(v, member.key, member.operands, members) !== null;
        const use: Use = { by: member, register };
        this.#add(originOf(v), use);
        if (plain !== undefined) this.#users.set(use, plain);
      }
    }
    for (const v of graph.outputs) this.#add(originOf(v), { by: null, register: false });
  }

  #add(value: Value, use: Use): void {
    const uses = this.#uses.get(value);
    if (uses === undefined) this.#uses.set(value, [use]);
    else uses.push(use);
  }

  #usesOf(value: Value): readonly Use[] {
    return this.#uses.get(value) ?? [];
  }

  #levelOf(use: Use): number {
    return use.by?.level ?? this.#users.get(use) ?? Number.POSITIVE_INFINITY;
  }

  /** The earliest program that needs a value, if programs over its own space are all that need it. */
  #target(member: Member): number | null {
    let level = Number.POSITIVE_INFINITY;
    for (const use of this.#usesOf(member.node.outputs[0]!)) {
      if (use.by === null || !use.register) return null;
      level = Math.min(level, use.by.level);
    }
    return level > member.level && level < Number.POSITIVE_INFINITY ? level : null;
  }

  /** Extra bytes moved and extra bytes held if `member` reads `value` at a later level instead of its own. */
  #price(member: Member, value: Value, level: number): { traffic: number; held: number } {
    const bytes = this.#bytes(value);
    const uses = this.#usesOf(value);
    if (value.rank === 0 || value.node.op.name === 'constant') return { traffic: 0, held: 0 };
    if (uses.length > MANY) return { traffic: bytes, held: 0 };
    const from = this.#members.get(value.node);
    const here =
      from !== undefined && from.key === member.key && from.level === member.level && uses.some((u) => u.by === member && u.register);
    if (here) {
      const stored = uses.some((u) => !u.register || u.by === null || u.by.level !== from.level);
      return { traffic: stored ? bytes : 2 * bytes, held: 0 };
    }
    const shared = uses.some((u) => u.by !== null && u.by !== member && u.by.level === member.level && u.by.key === member.key);
    const heldAnyway = isSource(value.node) || uses.some((u) => u.by !== member && this.#levelOf(u) >= level);
    return { traffic: shared ? bytes : 0, held: heldAnyway ? 0 : bytes };
  }

  visit(member: Member): void {
    if (member.kind === 'column' || member.kind === 'scalar') return;
    const level = this.#target(member);
    if (level === null) return;
    const saved = 2 * this.#bytes(member.node.outputs[0]!);
    let traffic = 0;
    let held = 0;
    for (const value of new Set(member.node.inputs.map(originOf))) {
      const price = this.#price(member, value, level);
      traffic += price.traffic;
      held += price.held;
    }
    if (traffic <= saved && held <= saved) member.level = level;
  }
}

/**
 * Moves nodes whose result is only read by later programs of their own space into the first of those, where that saves memory
 * traffic: their result is then never written, while what they read is read later (b1 m of Adam, the mask of a relu).
 * Changes the levels of members; their order stays valid.
 */
export function sink(
  nodes: readonly Node[],
  graph: Graph,
  members: ReadonlyMap<Node, Member>,
  levels: ReadonlyMap<Node, number>,
  bytes: (value: Value) => number,
): void {
  const sinker = new Sinker(nodes, graph, members, levels, bytes);
  for (let i = nodes.length - 1; i >= 0; i--) {
    const member = members.get(nodes[i]!);
    if (member !== undefined) sinker.visit(member);
  }
}
