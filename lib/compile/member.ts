import type { Node, Value } from '../graph/node.js';
import { pattern, type Space, spaceKey, spaceOf } from './broadcasting.js';

/**
 * What a fused value is: one value per element or per row, which the rest of its program finds in a register, or a sum over the rows
 * for each column or over the whole space, which is there when the program is over.
 */
export type Kind = 'element' | 'row' | 'column' | 'scalar';

/** A node's place in a row program. */
export type Member = {
  readonly node: Node;
  readonly space: Space;
  readonly key: string;
  readonly kind: Kind;
  /** What its operands are: reductions read elements (or rows) and yield rows, columns or a scalar. */
  readonly operands: 'element' | 'row';
  level: number;
};

/** Nodes that only look at their input's memory under another shape. */
export function isView(node: Node): boolean {
  const from = node.inputs[0];
  if (from === undefined || from.dtype !== node.outputs[0]!.dtype) return false;
  if (node.op.name === 'broadcast') return pattern(from.shape, node.outputs[0]!.shape) === 'same';
  return node.op.name === 'reshape' || node.op.name === 'stopGradient' || node.op.name === 'tap';
}

/** The value whose memory `value` looks at. */
export function baseOf(value: Value): Value {
  let at = value;
  while (isView(at.node)) at = at.node.inputs[0]!;
  return at;
}

/** The pattern of a broadcast node; one that only changes the dtype of a single element counts as scalar. */
export function patternOf(node: Node): 'row' | 'column' | 'scalar' | 'general' {
  const found = pattern(node.inputs[0]!.shape, node.outputs[0]!.shape);
  return found === 'same' ? 'scalar' : found;
}

/** Nodes whose value is there before the plan starts. */
export function isSource(node: Node): boolean {
  return node.inputs.length === 0 && (node.op.name === 'input' || node.op.name === 'constant' || node.op.name === 'literal');
}

/** A value that a program has in a register already; `spread` when it is one value per row and wanted per element. */
export type InRegister = { readonly member: Member; readonly spread: boolean };

/** Where a program over the space `key` finds an operand in a register, if the operand's node is in the same program. */
export function inRegister(value: Value, key: string, kind: 'element' | 'row', members: ReadonlyMap<Node, Member>): InRegister | null {
  const base = baseOf(value);
  const repeated = base.node.op.name === 'broadcast';
  const from = repeated ? base.node.inputs[0]! : base;
  const member = members.get(baseOf(from).node);
  if (member === undefined || member.key !== key) return null;
  if (!repeated) return member.kind === kind ? { member, spread: false } : null;
  const shape = patternOf(base.node);
  if (shape === 'scalar' && member.kind === kind && spaceKey(spaceOf(from.shape)) === key) return { member, spread: false };
  const across = shape === 'row' && kind === 'element' && member.kind === 'row' && spaceKey(spaceOf(base.shape)) === key;
  return across ? { member, spread: true } : null;
}
