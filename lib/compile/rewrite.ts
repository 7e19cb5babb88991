import { type Graph, isInput, Node, nodesOf, type Value } from '../graph/node.js';

/**
 * Decides what a node becomes, given its already rewritten inputs: `keep` makes the node over them (the node itself when they
 * are unchanged).
 */
export type Rule = (node: Node, inputs: readonly Value[], bodies: readonly Graph[], keep: () => readonly Value[]) => readonly Value[];

/** Rewrites a graph, and the bodies of its regions, node by node. `makeRule` is called once per body, so a rule may remember. */
export function rewrite(graph: Graph, makeRule: () => Rule): Graph {
  return new Rewriter(makeRule).graph(graph);
}

class Rewriter {
  readonly #makeRule: () => Rule;
  readonly #bodies = new Map<Graph, Graph>();
  constructor(makeRule: () => Rule) {
    this.#makeRule = makeRule;
  }

  #body(graph: Graph): Graph {
    let body = this.#bodies.get(graph);
    if (body === undefined) this.#bodies.set(graph, (body = this.graph(graph)));
    return body;
  }

  graph(graph: Graph): Graph {
    const rule = this.#makeRule();
    const images = new Map<Value, Value>();
    for (const node of nodesOf(graph.outputs)) {
      const results = isInput(node) ? node.outputs : this.#node(node, images, rule);
      node.outputs.forEach((v, i) => {
        images.set(v, results[i]!);
      });
    }
    const outputs = graph.outputs.map((v) => images.get(v)!);
    return outputs.every((v, i) => v === graph.outputs[i]) ? graph : { inputs: graph.inputs, outputs };
  }

  #node(node: Node, images: ReadonlyMap<Value, Value>, rule: Rule): readonly Value[] {
    const inputs = node.inputs.map((v) => images.get(v)!);
    const bodies = node.bodies.map((body) => this.#body(body));
    const same = inputs.every((v, i) => v === node.inputs[i]) && bodies.every((body, i) => body === node.bodies[i]);
    return rule(node, inputs, bodies, () => (same ? node.outputs : new Node(node.op, inputs, node.attrs, bodies).outputs));
  }
}
