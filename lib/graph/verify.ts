import { internal } from '../base/errors.js';
import { type Graph, isInput, type Node, nodesOf, type Value } from './node.js';
import { format, sameShape } from './shape.js';

function describe(node: Node): string {
  return `node ${node.id} '${node.op.name}'`;
}

function verifyNode(node: Node): void {
  for (const v of node.inputs) {
    if (v.node.id >= node.id) throw internal(`${describe(node)} reads ${describe(v.node)}, which was made later`);
    if (v.node.outputs[v.index] !== v) throw internal(`${describe(node)} reads a value that is no output of its node`);
  }
  node.outputs.forEach((v, i) => {
    if (v.node !== node || v.index !== i) throw internal(`output ${i} of ${describe(node)} belongs to another place`);
  });
  const specs = node.op.infer(
    node.inputs.map((v) => v.spec),
    node.attrs as never,
    node.bodies,
  );
  const same = specs.length === node.outputs.length && specs.every((spec, i) => matches(spec, node.outputs[i]!));
  if (!same)
    throw internal(`${describe(node)} is ${node.outputs.map((v) => format(v)).join(', ')}, expected ${specs.map(format).join(', ')}`);
}

function matches(spec: { readonly dtype: string; readonly shape: Value['shape'] }, v: Value): boolean {
  return spec.dtype === v.dtype && sameShape(spec.shape, v.shape);
}

/**
 * Checks a graph from scratch: types follow from the inputs at every node, values are read after they are made and where they
 * are assigned, and graph and bodies are closed. Throws `internal: ...`: a graph that fails is a bug of the pass that made it.
 */
export function verify(graph: Graph): void {
  const own = new Set(graph.inputs);
  if (own.size < graph.inputs.length) throw internal('a graph has one value as two inputs');
  for (const v of graph.inputs) {
    if (!isInput(v.node)) throw internal(`${describe(v.node)} is an input of a graph but no placeholder`);
  }
  for (const node of nodesOf(graph.outputs)) {
    if (isInput(node)) {
      if (!own.has(node.outputs[0]!)) throw internal(`${describe(node)} ('${node.attrs.name}') is read but is no input of its graph`);
      continue;
    }
    verifyNode(node);
    for (const body of node.bodies) verify(body);
  }
}
