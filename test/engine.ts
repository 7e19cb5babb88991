import type { Tree } from '../lib/base/tree.js';
import * as tree from '../lib/base/tree.js';
import { compile } from '../lib/compile/compile.js';
import type { CompileOptions } from '../lib/compile/program.js';
import { allocate, type TypedArray } from '../lib/graph/dtype.js';
import type { Graph, Spec, Value } from '../lib/graph/node.js';
import { bind, product, type Shape } from '../lib/graph/shape.js';
import { trace } from '../lib/graph/trace.js';
import { evaluate } from './oracle/evaluate.js';
import { tensor } from './oracle/tensor.js';

/** Elements of a tensor, row by row. */
export type Data = ArrayLike<number>;

/** Sizes of the named dimensions. */
export type Sizes = Readonly<Record<string, number>>;

/** Makes a callable of a traced function: trees of data like the specs in, a tree of data out. Traces and compiles once. */
// biome-ignore lint/suspicious/noExplicitAny: arguments are trees of any structure
export type Engine = (fn: (...args: any[]) => unknown, specs: readonly unknown[], sizes: Sizes) => (...args: unknown[]) => unknown;

const boundShape = (shape: Shape, sizes: Sizes) => shape.map((d) => bind(d, sizes));

/** A tensor filled with one number. */
export function filled(spec: Spec, value: number, sizes: Sizes): Data {
  return allocate(spec.dtype, bind(product(spec.shape), sizes)).fill(value);
}

/** The data that belong to a tree of types, in the order of its leaves. Data may be plain arrays, hence the walk along the types. */
function dataOf(specs: Tree<Spec>, data: unknown): Data[] {
  const found: Data[] = [];
  tree.map((_spec: Spec, leaf: Data) => found.push(leaf), specs, data);
  return found;
}

const oracle: Engine = (fn, specs, sizes) => {
  const graph: Graph & { readonly result: unknown } = trace(fn as (...args: unknown[]) => unknown, specs as readonly unknown[]);
  return (...args) => {
    const data = specs.flatMap((spec, i) => dataOf(spec as Tree<Spec>, args[i]));
    const inputs = graph.inputs.map((v, i) => tensor(v.dtype, boundShape(v.shape, sizes), data[i]!));
    return tree.rebuild(
      graph.result as Tree<Value>,
      evaluate(graph, inputs, sizes).map((out) => out.data),
    );
  };
};

/** Room for more than the sizes of a run, so that nothing can depend on a batch filling its buffers. */
const roomy = (sizes: Sizes) => Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, 2 * size + 1]));

function typed(spec: Spec, data: Data): TypedArray {
  const array = allocate(spec.dtype, data.length);
  array.set(data);
  return array;
}

/** Plans; with `options`, of another shape than these small programs would get. */
const native =
  (options: CompileOptions): Engine =>
  (fn, specs, sizes) => {
    const all = { ...options, capacity: roomy(sizes) };
    const call = compile(fn as never, specs as readonly Spec[], all) as unknown as (...args: unknown[]) => unknown;
    return (...args) =>
      call(
        ...specs.map((spec, i) => {
          const data = dataOf(spec as Tree<Spec>, args[i]);
          return tree.rebuild(
            spec as Tree<Spec>,
            tree.leaves(spec as Tree<Spec>).map((leaf, j) => typed(leaf, data[j]!)),
          );
        }),
      );
  };

/** An engine with its name; `isExact32`: whether it rounds float32 to float32. */
export type NamedEngine = { readonly name: string; readonly engine: Engine; readonly isExact32: boolean };

/** What tests run traced functions on. The oracle computes in float64 throughout, so float32 says nothing there. */
export const engines: readonly NamedEngine[] = [
  { name: 'oracle', engine: oracle, isExact32: false },
  { name: 'native', engine: native({}), isExact32: true },
  { name: 'native, in blocks', engine: native({ blockRows: 3 }), isExact32: true },
];
