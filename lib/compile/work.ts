import { BYTES, type DType } from '../graph/dtype.js';
import { bind, type Dim, product, type Shape } from '../graph/shape.js';
import type { Instruction, Tensor } from './tensor.js';

/** A sum of products: `times` for each of `of` elements. */
export type Amount = readonly { readonly times: number; readonly of: Dim }[];

/** What an amount is at these sizes. */
export function amountAt(amount: Amount, sizes: Readonly<Record<string, number>>): number {
  return amount.reduce((total, { times, of }) => total + times * bind(of, sizes), 0);
}

/** c[m,n] = a[m,k] b[k,n]: a multiplication and an addition for each of m k n. */
function matmulOperations({ inputs: [a, b], ints }: Instruction): Amount {
  const columns = b!.shape.at(ints[1] === 1 ? -2 : -1)!;
  return [{ times: 2, of: product([...a!.shape, columns]) }];
}

/** Opcodes that only bring values to where they are used. */
const MOVES = ['fill', 'spread', 'rowIndex', 'columnIndex', 'cast'];

/** One operation for each instruction of the program, except those that only move, and each element, or row where it works on rows. */
function rowOperations({ inputs, outputs, ints, names }: Instruction): Amount {
  const [rows, columns] = inputs[0]!.shape as [Dim, Dim];
  const numbers = ints as readonly number[];
  const modes = inputs.length - 1 + outputs.length;
  const registers = modes + 1;
  const steps = registers + 2 * numbers[modes]! + outputs.length;
  const times = { element: 0, row: 0 };
  for (let at = steps + 1; at < numbers.length; at += 6) {
    const [opcode, to] = numbers.slice(at, at + 2) as [number, number];
    const name = names[opcode]!;
    if (MOVES.includes(name)) continue;
    const onRows = numbers[registers + 2 * to] === 1 && name !== 'rowSum' && name !== 'rowMax';
    times[onRows ? 'row' : 'element']++;
  }
  return [
    { times: times.element, of: product([rows, columns]) },
    { times: times.row, of: rows },
  ];
}

/** Floating-point operations of an instruction; none for one that only moves, draws or counts, and for a region what is in it is not its own. */
export function operationsOf(instr: Instruction): Amount {
  if (instr.kernel === 'matmul') return matmulOperations(instr);
  if (instr.kernel === 'row') return rowOperations(instr);
  if (['sum', 'max', 'argmax'].includes(instr.kernel)) return [{ times: 1, of: instr.inputs[0]!.count() }];
  return [];
}

type Typed = { readonly dtype: DType; readonly shape: Shape };

function bytesOf({ dtype, shape }: Typed): Amount[number] {
  return { times: BYTES[dtype], of: product(shape) };
}

/** Bytes that an instruction has to read and write: every operand once, and of what it takes a part of only that part. */
export function trafficOf({ kernel, inputs, outputs, regions }: Instruction): Amount {
  if (regions.length > 0) return [];
  const partly = kernel === 'gather' || kernel === 'slice';
  const read = inputs.filter((t) => t.buffer.storage !== 'shape').map((t, i): Tensor => (partly && i === 0 ? outputs[0]! : t));
  return [...read, ...outputs].map(bytesOf);
}
