import { type Graph, isInput, type Node, nodesOf, type Value } from '../../lib/graph/node.js';
import { bind, type Dim, type Shape } from '../../lib/graph/shape.js';
import { ELEMENTWISE } from './elementwise.js';
import { count, type Tensor, tensor } from './tensor.js';
import { type BoundAttrs, TENSOR_OPS, type TensorOp } from './tensor-ops.js';

export type Sizes = Readonly<Record<string, number>>;

/** Further ops, by name: a test may define an op of its own. */
export type Extension = Readonly<Record<string, TensorOp>>;

function boundShape(shape: Shape, sizes: Sizes): number[] {
  return shape.map((d) => bind(d, sizes));
}

function boundAttrs(attrs: BoundAttrs, sizes: Sizes): BoundAttrs {
  return 'dim' in attrs ? { ...attrs, dim: bind(attrs.dim as Dim, sizes) } : attrs;
}

function slices(x: Tensor, at: number): Tensor {
  const shape = x.shape.slice(1),
    size = count(shape);
  return { dtype: x.dtype, shape, data: x.data.slice(at * size, (at + 1) * size) };
}

function scan(node: Node, inputs: readonly Tensor[], sizes: Sizes, extension: Extension): Tensor[] {
  const { consts, carries, length, reverse } = node.attrs as { consts: number; carries: number; length: Dim; reverse: boolean };
  const steps = bind(length, sizes),
    body = node.bodies[0]!;
  let carry = inputs.slice(consts, consts + carries);
  const ys: Tensor[][] = Array.from({ length: steps }, () => []);
  for (let t = 0; t < steps; t++) {
    const at = reverse ? steps - 1 - t : t;
    const xs = inputs.slice(consts + carries).map((x) => slices(x, at));
    const outputs = evaluate(body, [...inputs.slice(0, consts), ...carry, ...xs], sizes, extension);
    carry = outputs.slice(0, carries);
    ys[at] = outputs.slice(carries);
  }
  const stacked = node.outputs.slice(carries).map((v, i) =>
    tensor(
      v.dtype,
      boundShape(v.shape, sizes),
      ys.flatMap((y) => [...y[i]!.data]),
    ),
  );
  return [...carry, ...stacked];
}

function run(node: Node, inputs: readonly Tensor[], sizes: Sizes, extension: Extension): readonly Tensor[] {
  const { name } = node.op;
  if (name === 'scan') return scan(node, inputs, sizes, extension);
  if (name === 'cond') return evaluate(node.bodies[inputs[0]!.data[0] ? 0 : 1]!, inputs.slice(1), sizes, extension);
  const out = { dtype: node.outputs[0]!.dtype, shape: boundShape(node.outputs[0]!.shape, sizes) };
  const elementwise = ELEMENTWISE[name];
  if (elementwise !== undefined) {
    return [
      tensor(
        out.dtype,
        out.shape,
        Array.from({ length: count(out.shape) }, (_, i) => elementwise(...inputs.map((x) => x.data[i]!))),
      ),
    ];
  }
  const op = TENSOR_OPS[name] ?? extension[name];
  if (op === undefined) throw new Error(`oracle: no definition of '${name}'`);
  return [op(inputs, boundAttrs(node.attrs, sizes), out)];
}

/** Runs a graph node by node in float64, with every named size bound: the independent twin of compiled plans. */
export function evaluate(graph: Graph, inputs: readonly Tensor[], sizes: Sizes = {}, extension: Extension = {}): Tensor[] {
  const table = new Map<Value, Tensor>();
  graph.inputs.forEach((v, i) => {
    const x = inputs[i]!;
    const shape = boundShape(v.shape, sizes);
    if (x.dtype !== v.dtype || `${x.shape}` !== `${shape}`)
      throw new Error(`oracle: input ${i} is ${x.dtype}[${x.shape}], not ${v.dtype}[${shape}]`);
    table.set(v, x);
  });
  for (const node of nodesOf(graph.outputs)) {
    if (isInput(node)) {
      if (!table.has(node.outputs[0]!)) throw new Error(`oracle: input '${node.attrs.name}' is not bound`);
      continue;
    }
    const results = run(
      node,
      node.inputs.map((v) => table.get(v)!),
      sizes,
      extension,
    );
    node.outputs.forEach((v, i) => {
      const result = results[i]!,
        shape = boundShape(v.shape, sizes);
      if (result.dtype !== v.dtype || `${result.shape}` !== `${shape}`)
        throw new Error(`oracle: '${node.op.name}' gave ${result.dtype}[${result.shape}], not ${v.dtype}[${shape}]`);
      table.set(v, result);
    });
  }
  return graph.outputs.map((v) => table.get(v)!);
}
