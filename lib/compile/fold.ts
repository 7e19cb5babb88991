import { type DType, isFloat } from '../graph/dtype.js';
import type { Graph, Node, Value } from '../graph/node.js';
import { constantOf, full } from '../ops/sources.js';
import { rewrite } from './rewrite.js';

type Numbers = (...x: number[]) => number;

/** Functions whose JavaScript result is the correctly rounded one, so that folding does not change a bit. */
const FLOAT: Readonly<Record<string, Numbers>> = {
  add: (a, b) => a! + b!,
  sub: (a, b) => a! - b!,
  mul: (a, b) => a! * b!,
  div: (a, b) => a! / b!,
  minimum: (a, b) => Math.min(a!, b!),
  maximum: (a, b) => Math.max(a!, b!),
  neg: (a) => -a!,
  abs: (a) => Math.abs(a!),
  sign: (a) => Math.sign(a!),
  sqrt: (a) => Math.sqrt(a!),
  square: (a) => a! * a!,
  reciprocal: (a) => 1 / a!,
};
const INT: Readonly<Record<string, Numbers>> = {
  add: (a, b) => (a! + b!) | 0,
  sub: (a, b) => (a! - b!) | 0,
  mul: (a, b) => Math.imul(a!, b!),
  neg: (a) => -a! | 0,
};
const COMPARE: Readonly<Record<string, Numbers>> = {
  eq: (a, b) => Number(a === b),
  ne: (a, b) => Number(a !== b),
  lt: (a, b) => Number(a! < b!),
  le: (a, b) => Number(a! <= b!),
  gt: (a, b) => Number(a! > b!),
  ge: (a, b) => Number(a! >= b!),
  not: (a) => Number(a === 0),
  and: (a, b) => Number(a !== 0 && b !== 0),
  or: (a, b) => Number(a !== 0 || b !== 0),
};

function functionOf(name: string, dtype: DType): Numbers | undefined {
  if (name === 'select') return (c, a, b) => (c !== 0 ? a! : b!);
  if (Object.hasOwn(COMPARE, name)) return COMPARE[name];
  const table = isFloat(dtype) ? FLOAT : dtype === 'int32' ? INT : {};
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** The constant in the precision in which the plan would hold it. */
function stored(value: number, dtype: DType): number {
  return dtype === 'float32' ? Math.fround(value) : value;
}

function foldNode(node: Node, inputs: readonly Value[]): Value | null {
  const out = node.outputs[0]!;
  const f = functionOf(node.op.name, inputs[0]?.dtype ?? out.dtype);
  if (f === undefined) return null;
  const values: number[] = [];
  for (const v of inputs) {
    const value = constantOf(v);
    if (value === null) return null;
    values.push(stored(value, v.dtype));
  }
  const result = stored(f(...values), out.dtype);
  // NaN and infinities stay where they arise, so that a plan shows the operation that made them.
  return Number.isFinite(result) ? full(out.shape, result, out.dtype) : null;
}

/** Constant folding: elementwise ops on constants (also broadcast ones) become constants, bit for bit what the plan would compute. */
export function fold(graph: Graph): Graph {
  return rewrite(graph, () => (node, inputs, _bodies, keep) => {
    if (inputs.length === 0 || node.outputs.length !== 1) return keep();
    const folded = foldNode(node, inputs);
    return folded === null ? keep() : [folded];
  });
}
