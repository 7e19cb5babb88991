import type { Node, Value } from '../graph/node.js';
import type { Dim } from '../graph/shape.js';
import type { GraphLowering } from './lower.js';
import { Buffer, instruction, shapeTensor, Tensor } from './tensor.js';

type ScanAttrs = {
  readonly length: Dim;
  readonly reverse: boolean;
  readonly consts: number;
  readonly carries: number;
  readonly xs: number;
};

function pinned(v: Value): Tensor {
  return new Tensor(new Buffer('arena', -1, true), v.dtype, v.shape);
}

/** A slice of a stack, whose address the scan sets. */
function windowOf(stack: Value): Tensor {
  return new Tensor(new Buffer('window', -1, true), stack.dtype, stack.shape.slice(1));
}

/**
 * Results of a body that the executor copies after each iteration. They must not be another carry's memory, which an
 * earlier copy of the same round would overwrite.
 */
function readable(body: GraphLowering, t: Tensor): Tensor {
  const own = t.buffer.storage === 'arena' && !t.buffer.pinned;
  return own || t.buffer.storage === 'constant' ? t : body.copy(t, t.dtype, t.shape, Number.MAX_SAFE_INTEGER);
}

/** Lets the body write a y slice where the stack wants it, or copies it there. */
function intoWindow(body: GraphLowering, t: Tensor, stack: Value, taken: ReadonlySet<Buffer>): Tensor {
  const free =
    t.buffer.storage === 'arena' && !t.buffer.pinned && t.buffer.views === 1 && body.produced.has(t.buffer) && !taken.has(t.buffer);
  if (free) {
    t.buffer.storage = 'window';
    t.buffer.pinned = true;
    return t;
  }
  const to = windowOf(stack);
  body.emit(instruction('copy', [t], [to], { order: Number.MAX_SAFE_INTEGER }));
  return to;
}

/** Lowers a scan to the executor's instruction: docs/contracts.md section 4. */
export function lowerScan(outer: GraphLowering, node: Node): void {
  const { length, reverse, consts, carries, xs } = node.attrs as ScanAttrs;
  const graph = node.bodies[0]!;
  const tensors = node.inputs.map((v) => outer.tensorOf(v));
  const outputs = node.outputs.map((v) => outer.tensorOf(v));
  const carryIn = graph.inputs.slice(consts, consts + carries).map(pinned);
  const windows = node.inputs.slice(consts + carries).map(windowOf);
  const given = [...tensors.slice(0, consts), ...carryIn, ...windows];
  const body = outer.body(graph, given);
  const results = body.run(graph.outputs);
  const carryOut = results.slice(0, carries).map((t) => readable(body, t));
  const taken = new Set(carryOut.map((t) => t.buffer));
  const slices = results.slice(carries).map((t, i) => {
    const slice = intoWindow(body, t, node.outputs[carries + i]!, taken);
    taken.add(t.buffer);
    return slice;
  });
  const ints = [consts, carries, xs, slices.length, reverse ? 1 : 0, ...carryIn, ...carryOut, ...windows, ...slices];
  outer.emit(
    instruction('scan', [shapeTensor([length]), ...tensors.slice(consts)], outputs, { ints, regions: [body.instructions], order: node.id }),
  );
}

/** Lowers a cond to the executor's instruction. */
export function lowerCond(outer: GraphLowering, node: Node): void {
  const [pred, ...operands] = node.inputs.map((v) => outer.tensorOf(v));
  const outputs = node.outputs.map((v) => outer.tensorOf(v));
  const branches = node.bodies.map((graph) => {
    const body = outer.body(graph, operands);
    return { body, results: body.run(graph.outputs) };
  });
  const ints = [outputs.length, ...branches.flatMap(({ results }) => results)];
  outer.emit(instruction('cond', [pred!], outputs, { ints, regions: branches.map(({ body }) => body.instructions), order: node.id }));
}
