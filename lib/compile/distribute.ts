import { isFloat } from '../graph/dtype.js';
import { type Graph, Node, nodesOf, type Value } from '../graph/node.js';
import { add, div, mul, neg, sub } from '../ops/arithmetic.js';

/** c v, with c a scalar or 1. */
type Term = { readonly sign: 1 | -1; readonly factors: readonly Factor[]; readonly product: Value };
type Factor = { readonly by: 'mul' | 'div'; readonly scalar: Value };

/** The scalar that a broadcast repeats, or null. */
function scalarOf(v: Value): Value | null {
  return v.node.op.name === 'broadcast' && v.node.inputs[0]!.rank === 0 ? v.node.inputs[0]! : null;
}

/** Which operand of a bilinear op is the one to take apart. */
type Side = { readonly node: Node; readonly which: 0 | 1 };

const BILINEAR: Readonly<Record<string, readonly (0 | 1)[]>> = { matmul: [1, 0], gather: [0] };

function sideKey({ node, which }: Side, operand: Value): string {
  const other = node.inputs[1 - which]!;
  return `${node.op.name} ${which} ${JSON.stringify(node.attrs)} ${other.node.id}.${other.index} ${operand.node.id}.${operand.index}`;
}

/** The products of one graph, by operation, fixed operand and other operand. */
class Products {
  readonly #known = new Map<string, Value>();
  constructor(nodes: readonly Node[]) {
    for (const node of nodes) {
      for (const which of BILINEAR[node.op.name] ?? []) this.#known.set(sideKey({ node, which }, node.inputs[which]!), node.outputs[0]!);
    }
  }

  /** op(x, v) as terms that exist already, or null. */
  terms(side: Side, v: Value, budget: { left: number }): readonly Term[] | null {
    if (budget.left-- <= 0) return null;
    const known = v === side.node.inputs[side.which] ? undefined : this.#known.get(sideKey(side, v));
    if (known !== undefined) return [{ sign: 1, factors: [], product: known }];
    const { node } = v;
    if (!isFloat(v.dtype)) return null; // integer division does not distribute
    const [a, b] = node.inputs;
    const scaled = (of: Value, factor: Factor) =>
      this.terms(side, of, budget)?.map((t) => ({ ...t, factors: [...t.factors, factor] })) ?? null;
    const flipped = (of: Value) => this.terms(side, of, budget)?.map((t) => ({ ...t, sign: t.sign === 1 ? -1 : 1 }) as Term) ?? null;
    switch (node.op.name) {
      case 'neg':
        return flipped(a!);
      case 'add':
      case 'sub': {
        const left = this.terms(side, a!, budget);
        const right = left === null ? null : node.op.name === 'add' ? this.terms(side, b!, budget) : flipped(b!);
        return left === null || right === null ? null : [...left, ...right];
      }
      case 'mul': {
        const x = scalarOf(a!),
          y = scalarOf(b!);
        return x !== null ? scaled(b!, { by: 'mul', scalar: x }) : y !== null ? scaled(a!, { by: 'mul', scalar: y }) : null;
      }
      case 'div': {
        const divisor = scalarOf(b!);
        return divisor === null ? null : scaled(a!, { by: 'div', scalar: divisor });
      }
      default:
        return null;
    }
  }
}

function build({ sign, factors, product }: Term, image: (v: Value) => Value): Value {
  const scaled = factors.reduce((v, { by, scalar }) => (by === 'mul' ? mul(v, image(scalar)) : div(v, image(scalar))), image(product));
  return sign === 1 ? scaled : neg(scaled);
}

function sumOf(terms: readonly Term[], image: (v: Value) => Value): Value {
  const positive = terms.filter((t) => t.sign === 1).map((t) => build(t, image));
  const negative = terms.filter((t) => t.sign === -1).map((t) => build({ ...t, sign: 1 }, image));
  const [first, ...rest] = positive;
  if (first === undefined) return neg(negative.reduce((a, b) => add(a, b)));
  return negative.reduce(
    (a, b) => sub(a, b),
    rest.reduce((a, b) => add(a, b), first),
  );
}

/** Sums longer than this are not worth the search. */
const MAX_VISITS = 64;

/**
 * Bilinear distribution: op(x, sum c_i W_i) with scalars c_i becomes sum c_i op(x, W_i) where every op(x, W_i) is in the graph
 * already (matmul in either operand, gather in its table). Exact up to rounding. The loss at theta + alpha d thus gets the
 * products of its first layer for nothing.
 */
export function distribute(graph: Graph): Graph {
  return new Distributor().graph(graph);
}

class Distributor {
  readonly #bodies = new Map<Graph, Graph>();

  graph(graph: Graph): Graph {
    const nodes = nodesOf(graph.outputs);
    const products = new Products(nodes);
    const replaced = new Map<Node, readonly Term[]>();
    for (const node of nodes) {
      for (const which of BILINEAR[node.op.name] ?? []) {
        const terms = replaced.has(node) ? null : products.terms({ node, which }, node.inputs[which]!, { left: MAX_VISITS });
        if (terms !== null) replaced.set(node, terms);
      }
    }
    const regions = nodes.some((node) => node.bodies.length > 0);
    return replaced.size === 0 && !regions ? graph : this.#replace(graph, replaced);
  }

  #body(graph: Graph): Graph {
    let body = this.#bodies.get(graph);
    if (body === undefined) this.#bodies.set(graph, (body = this.graph(graph)));
    return body;
  }

  #rebuild(node: Node, image: (v: Value) => Value): readonly Value[] {
    const inputs = node.inputs.map(image);
    const bodies = node.bodies.map((body) => this.#body(body));
    const same = inputs.every((v, i) => v === node.inputs[i]) && bodies.every((body, i) => body === node.bodies[i]);
    return same ? node.outputs : new Node(node.op, inputs, node.attrs, bodies).outputs;
  }

  /** A product named by a term may come later in the trace than its replacement, so nodes are taken in the order of need. */
  #replace(graph: Graph, replaced: ReadonlyMap<Node, readonly Term[]>): Graph {
    const images = new Map<Value, Value>();
    const image = (v: Value) => images.get(v)!;
    const needs = (node: Node): readonly Value[] => {
      const terms = replaced.get(node);
      return terms === undefined ? node.inputs : terms.flatMap((t) => [t.product, ...t.factors.map((f) => f.scalar)]);
    };
    const stack = graph.outputs.map((v) => v.node);
    while (stack.length > 0) {
      const node = stack[stack.length - 1]!;
      const done = images.has(node.outputs[0]!);
      const missing = done ? [] : needs(node).filter((v) => !images.has(v));
      for (const v of missing) stack.push(v.node);
      if (missing.length > 0) continue;
      stack.pop();
      if (done) continue;
      const terms = replaced.get(node);
      const results = terms === undefined ? this.#rebuild(node, image) : [sumOf(terms, image)];
      node.outputs.forEach((v, i) => {
        images.set(v, results[i]!);
      });
    }
    return { inputs: graph.inputs, outputs: graph.outputs.map(image) };
  }
}
