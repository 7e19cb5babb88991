import { expected } from './errors.js';

/** Nested plain objects and arrays; everything else is a leaf. */
export type Tree<T> = T | readonly Tree<T>[] | { readonly [key: string]: Tree<T> };

/** The tree S with every leaf of type A replaced by one of type B. A tree of unknown structure stays one. */
export type Mapped<S, A, B> = [readonly S[]] extends [S] ? Tree<B> : S extends A ? B : { [K in keyof S]: Mapped<S[K], A, B> };

function isBranch(node: unknown): node is Record<string, unknown> {
  if (node === null || typeof node !== 'object') return false;
  const prototype = Object.getPrototypeOf(node);
  return prototype === Object.prototype || prototype === null || Array.isArray(node);
}

/** Leaves with their paths ('0.weight'; '' for a bare leaf), in key order. */
export function entries<T>(tree: Tree<T>, path = ''): [string, T][] {
  if (!isBranch(tree)) return [[path, tree as T]];
  return Object.keys(tree).flatMap((key) => entries(tree[key] as Tree<T>, path === '' ? key : `${path}.${key}`));
}

/** Leaves without their paths, in key order. */
export function leaves<T>(tree: Tree<T>): T[] {
  return entries(tree).map(([, leaf]) => leaf);
}

/** Applies `f` to corresponding leaves of trees of one structure. */
export function map<R>(f: (...leaves: any[]) => R, ...trees: [any, ...any[]]): any {
  return mapWithPath((_path, ...leaves) => f(...leaves), ...trees);
}

/** The same, with the path of the leaves as first argument. Throws TypeError for trees of unequal structure. */
export function mapWithPath<R>(f: (path: string, ...leaves: any[]) => R, ...trees: [any, ...any[]]): any {
  const visit = (path: string, nodes: any[]): any => {
    const [first, ...rest] = nodes;
    if (!isBranch(first)) return f(path, ...nodes);
    const keys = Object.keys(first);
    for (const other of rest) {
      if (!isBranch(other) || Object.keys(other).length !== keys.length || !keys.every((key) => Object.hasOwn(other, key))) {
        throw expected('tree.map', `trees of one structure at '${path}'`, isBranch(other) ? `{${Object.keys(other)}}` : String(other));
      }
    }
    const results = keys.map(
      (key) =>
        [
          key,
          visit(
            path === '' ? key : `${path}.${key}`,
            nodes.map((node) => node[key]),
          ),
        ] as const,
    );
    return Array.isArray(first) ? results.map(([, value]) => value) : Object.fromEntries(results);
  };
  return visit('', trees);
}

/** Rebuilds a tree of the structure of `like` from leaves in the order of `leaves(like)`. */
export function rebuild<T>(like: Tree<unknown>, values: readonly T[]): any {
  let at = 0;
  return map(() => values[at++]!, like);
}
