import type { Graph, Node, Value } from '../graph/node.js';
import { rewrite } from './rewrite.js';

/** Numbers for things compared by identity: typed arrays, bodies. */
const numbers = new WeakMap<object, number>();
let next = 0;
function identity(thing: object): number {
  let n = numbers.get(thing);
  if (n === undefined) numbers.set(thing, (n = next++));
  return n;
}

/** JSON, but exact: -0, infinities and NaN are told apart and array data count by identity. */
function exact(_key: string, value: unknown): unknown {
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)))
    return `number ${Object.is(value, -0) ? '-0' : value}`;
  return ArrayBuffer.isView(value) ? `data ${identity(value)}` : value;
}

function keyOf(node: Node, inputs: readonly Value[], bodies: readonly Graph[]): string {
  let key = node.op.name;
  for (const v of inputs) key += ` ${v.node.id}.${v.index}`;
  key += ` ${JSON.stringify(node.attrs, exact)}`;
  for (const body of bodies) key += ` ${identity(body)}`;
  return key;
}

/**
 * Common-subexpression elimination: nodes of one op with equal inputs and attributes become one. Taps keep their identity.
 * Random ops merge like any other, because their key is an input.
 */
export function cse(graph: Graph): Graph {
  return rewrite(graph, () => {
    const known = new Map<string, readonly Value[]>();
    return (node, inputs, bodies, keep) => {
      if (node.op.name === 'tap') return keep();
      const key = keyOf(node, inputs, bodies);
      let outputs = known.get(key);
      if (outputs === undefined) known.set(key, (outputs = keep()));
      return outputs;
    };
  });
}
