import { type Graph, Spec } from '../../lib/graph/node.js';
import { bind, type Shape } from '../../lib/graph/shape.js';
import { verify } from '../../lib/graph/verify.js';
import { type Extension, evaluate, type Sizes } from '../oracle/evaluate.js';
import { generator } from '../oracle/random.js';
import { count, type Tensor, tensor } from '../oracle/tensor.js';

/** A float64 type. */
export const f64 = <const S extends Shape>(...shape: S): Spec<S> => new Spec('float64', shape);

/** Random elements in (-scale, scale) for each input of a graph. */
export function randomInputs(graph: Graph, sizes: Sizes, seed: number, scale = 1): Tensor[] {
  const random = generator(seed);
  return graph.inputs.map((v) => {
    const shape = v.shape.map((d) => bind(d, sizes));
    return tensor(
      v.dtype,
      shape,
      Array.from({ length: count(shape) }, () => scale * (2 * random() - 1)),
    );
  });
}

/** Verifies a graph and runs it in the oracle. */
export function run(graph: Graph, inputs: readonly Tensor[], sizes: Sizes = {}, extension: Extension = {}): Tensor[] {
  verify(graph);
  return evaluate(graph, inputs, sizes, extension);
}

/** Central differences of output 0 of a graph by every element of input `which`: a Jacobian [outputs, elements]. */
export function differences(
  graph: Graph,
  inputs: readonly Tensor[],
  which: number,
  sizes: Sizes = {},
  extension: Extension = {},
  h = 1e-6,
): number[][] {
  const x = inputs[which]!;
  const at = (j: number, step: number) => {
    const data = x.data.slice();
    data[j]! += step;
    return evaluate(graph, inputs.with(which, { ...x, data }), sizes, extension)[0]!.data;
  };
  const columns = [...x.data].map((_, j) => {
    const after = at(j, h),
      before = at(j, -h);
    return [...after].map((v, i) => (v - before[i]!) / (2 * h));
  });
  return columns[0]!.map((_, i) => columns.map((column) => column[i]!));
}
