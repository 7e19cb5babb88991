import { expected } from '../base/errors.js';
import { type Graph, input, isInput, type Node, nodesOf, type Scope, type Value } from '../graph/node.js';
import { substitute } from '../graph/substitute.js';
import type { Linear } from './op.js';

/** Whether `v` depends on no input and is cheap, so that a body may have it as its own: sources and repeated sources. */
function isSource({ node }: Value): boolean {
  return node.inputs.length === 0 ? !isInput(node) : node.op.name === 'broadcast' && isSource(node.inputs[0]!);
}

function isWithin(inner: Scope | null, outer: Scope): boolean {
  for (let at = inner; at !== null; at = at.parent) {
    if (at === outer) return true;
  }
  return false;
}

/** A body with the outer values that it reads turned into inputs. */
export type Closed = { readonly outputs: readonly Value[]; readonly captured: readonly Value[]; readonly placeholders: readonly Value[] };

/**
 * Closes a body traced in `scope`: every value of an outer scope that its nodes read becomes a placeholder.
 * A value of another, finished body is an error.
 */
export function close(who: string, scope: Scope, outputs: readonly Value[]): Closed {
  const captured = new Map<Value, Value>();
  const seen = new Set<Node>();
  const visit = (v: Value, stack: Node[]) => {
    if (v.node.scope === scope) {
      if (!seen.has(v.node)) stack.push(v.node);
      seen.add(v.node);
    } else if (!isWithin(scope, v.node.scope)) {
      throw expected(
        who,
        'values of this body or of the trace around it',
        `a value '${v.node.op.name}' of another body`,
        'return it from that body',
      );
    } else if (!captured.has(v) && !isSource(v)) {
      captured.set(v, input(v.spec, `capture${captured.size}`));
    }
  };
  const stack: Node[] = [];
  for (const v of outputs) visit(v, stack);
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    for (const v of node.inputs) visit(v, stack);
  }
  return { outputs: substitute(outputs, captured), captured: [...captured.keys()], placeholders: [...captured.values()] };
}

/** What the tangent part of a body reads from its primal part. */
export type Residuals = {
  /** Inputs of the body itself. */
  readonly inputs: readonly Value[];
  /** Values computed by the body. */
  readonly computed: readonly Value[];
};

/**
 * The values that nodes depending on `tangents` read and that do not depend on them. Sources are left out (a body may
 * have its own), and of a broadcast value its smaller origin is taken.
 */
export function residualsOf(outputs: readonly Linear[], tangents: readonly Value[], body: Graph): Residuals {
  const moving = new Set<Value>(tangents);
  const still = new Set<Value>();
  const nodes = nodesOf(outputs.filter((v) => v !== null));
  for (const node of nodes) {
    if (node.inputs.some((v) => moving.has(v))) for (const v of node.outputs) moving.add(v);
  }
  const own = new Set(body.inputs);
  const read = (v: Value): void => {
    if (moving.has(v) || isSource(v)) return;
    if (v.node.op.name === 'broadcast') read(v.node.inputs[0]!);
    else still.add(v);
  };
  for (const node of nodes) {
    if (node.inputs.some((v) => moving.has(v))) node.inputs.forEach(read);
  }
  return { inputs: [...still].filter((v) => own.has(v)), computed: [...still].filter((v) => !own.has(v)) };
}
