import { expected } from '../base/errors.js';
import { entries, leaves, map, mapWithPath, type Tree } from '../base/tree.js';
import { type Graph, inNewScope, input, isInput, nodesOf, Spec, Value } from './node.js';

/** A function as a graph: `inputs` and `outputs` are the leaves of `args` and `result`, in order. */
export type Traced<A, R> = Graph & { readonly args: A; readonly result: R };

/** What each Spec of a tree becomes while tracing: a Value of its shape. */
export type Placeholders<T> = T extends Spec<infer S> ? Value<S> : { -readonly [K in keyof T]: Placeholders<T[K]> };

/** Values that a graph reads but that are neither its inputs nor computed from them: an open function's captures. */
export function strayInputs(graph: Graph): Value[] {
  const own = new Set(graph.inputs.map((v) => v.node));
  return nodesOf(graph.outputs)
    .filter((node) => isInput(node) && !own.has(node))
    .map((node) => node.outputs[0]!);
}

/**
 * Calls `fn` once with placeholders for trees of Specs and returns the graph of what it computed.
 * Inputs are named by argument and path: '0.weight'. A function that reads a value of another trace is an error.
 */
export function trace<const A extends readonly unknown[], R>(fn: (...args: Placeholders<A>) => R, specs: A): Traced<Placeholders<A>, R> {
  return inNewScope(() => {
    const args = specs.map((tree, i) =>
      mapWithPath((path, spec: Spec) => {
        if (!(spec instanceof Spec)) throw expected('trace', `a Spec at '${path}' of argument ${i}`, typeof spec);
        return input(spec, path === '' ? `${i}` : `${i}.${path}`);
      }, tree),
    ) as Placeholders<A>;
    const result = fn(...args);
    for (const [path, value] of entries<unknown>(result)) {
      if (!(value instanceof Value)) throw expected('trace', `a traced value at '${path}' of the result`, typeof value);
    }
    const graph = { inputs: leaves(args as Tree<Value>), outputs: leaves(result as Tree<Value>), args, result };
    const [stray] = strayInputs(graph);
    if (stray !== undefined)
      throw expected('trace', 'a function of its arguments', `a use of '${stray.node.attrs.name}' from outside`, 'pass it as an argument');
    return graph;
  });
}

/** Specs of a tree of values. */
export function specsOf(tree: Tree<Value>): Tree<Spec> {
  return map((v: Value) => v.spec, tree);
}
