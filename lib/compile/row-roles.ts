import { type Dim, product, quotient, type Shape } from '../graph/shape.js';
import { MODE } from './row-program.js';
import type { Instruction, Tensor } from './tensor.js';

/**
 * How an instruction meets the rows of a batch. 'rows': it reads or writes only the rows it is asked for; 'whole': it reads all of
 * the tensor whatever the rows; 'sum': it adds up over the rows it is given; 'space': an iteration space over the rows.
 */
export type RowRoles = {
  readonly inputs: readonly ('rows' | 'whole' | 'space')[];
  readonly outputs: readonly ('rows' | 'sum')[];
};

/** The axis that holds the rows in a dense tensor: the first that is not 1, or -1. */
function rowAxis(shape: Shape): number {
  return shape.findIndex((d) => d !== 1);
}

/** Whether a tensor is a stack of `rows` equal parts. */
export function hasRows({ shape }: { readonly shape: Shape }, rows: Dim): boolean {
  const axis = rowAxis(shape);
  return axis >= 0 && quotient(shape[axis]!, rows) !== null;
}

/** The shape of the parts of a stack that belong to so many of its rows. */
export function partOf(shape: Shape, rows: Dim, part: Dim): Shape {
  const axis = rowAxis(shape);
  return shape.map((d, i) => (i === axis ? product([quotient(d, rows)!, part]) : d));
}

const ROWS = 'rows',
  WHOLE = 'whole',
  SUM = 'sum';

/** Row programs that count their rows, or whose rows are one row of the space, mean something else on a part of it. */
function rowProgram({ inputs, outputs, ints, names }: Instruction, rows: Dim): RowRoles | null {
  const [r, c] = inputs[0]!.shape as [Dim, Dim];
  const flat = r === 1;
  if (quotient(flat ? c : r, rows) === null || names.includes('rowIndex')) return null;
  const numbers = ints as readonly number[];
  const modes = numbers.slice(0, inputs.length - 1);
  const results = numbers.slice(inputs.length - 1, inputs.length - 1 + outputs.length);
  if (modes.some((mode) => mode > MODE.scalar)) return null;
  if (flat) {
    const registers = numbers.slice(
      modes.length + results.length + 1,
      modes.length + results.length + 1 + 2 * numbers[modes.length + results.length]!,
    );
    const acrossRows = registers.some((kind, i) => i % 2 === 0 && kind === 1);
    if (acrossRows || names.includes('columnIndex') || modes.includes(MODE.row) || results.includes(MODE.column)) return null;
    return {
      inputs: ['space', ...modes.map((mode) => (mode === MODE.scalar ? WHOLE : ROWS))],
      outputs: results.map((mode) => (mode === MODE.scalar ? SUM : ROWS)),
    };
  }
  return {
    inputs: ['space', ...modes.map((mode) => (mode === MODE.element || mode === MODE.row ? ROWS : WHOLE))],
    outputs: results.map((mode) => (mode === MODE.element || mode === MODE.row ? ROWS : SUM)),
  };
}

function matmul({ inputs, ints }: Instruction, rows: Dim): RowRoles | null {
  const [a, b] = inputs as [Tensor, Tensor];
  const [transposeA, transposeB] = ints as readonly number[];
  if (!hasRows(a, rows)) return null;
  if (a.shape.length > 2) return a.shape[0] !== 1 && hasRows(b, rows) ? { inputs: [ROWS, ROWS], outputs: [ROWS] } : null;
  if (a.shape[0] === 1) return null;
  if (transposeA === 0) return { inputs: [ROWS, WHOLE], outputs: [ROWS] };
  return transposeB === 0 && b.shape[0] !== 1 && hasRows(b, rows) ? { inputs: [ROWS, ROWS], outputs: [SUM] } : null;
}

function reduction({ kernel, inputs, outputs, ints }: Instruction, rows: Dim): RowRoles | null {
  const [x] = inputs as [Tensor];
  if (!hasRows(x, rows)) return null;
  if (!ints.includes(rowAxis(x.shape))) return hasRows(outputs[0]!, rows) ? { inputs: [ROWS], outputs: [ROWS] } : null;
  return kernel === 'sum' ? { inputs: [ROWS], outputs: [SUM] } : null;
}

function copy({ inputs: [x], outputs: [y] }: Instruction, rows: Dim): RowRoles | null {
  return hasRows(x!, rows) && hasRows(y!, rows) ? { inputs: [ROWS], outputs: [ROWS] } : null;
}

/** The rows of a table that some rows name. */
function gather({ inputs: [, indices], outputs: [y], ints }: Instruction, rows: Dim): RowRoles | null {
  return ints[0] === 0 && hasRows(indices!, rows) && hasRows(y!, rows) ? { inputs: [WHOLE, ROWS], outputs: [ROWS] } : null;
}

const RULES: Readonly<Record<string, (instr: Instruction, rows: Dim) => RowRoles | null>> = {
  row: rowProgram,
  matmul,
  sum: reduction,
  max: reduction,
  copy,
  gather,
};

/** The roles of an instruction's operands with respect to `rows`, or null where it has to see all rows at once. */
export function rowRolesOf(instr: Instruction, rows: Dim): RowRoles | null {
  const roles = Object.hasOwn(RULES, instr.kernel) ? RULES[instr.kernel]!(instr, rows) : null;
  if (roles === null) return null;
  const fits =
    roles.inputs.every((role, i) => role !== ROWS || hasRows(instr.inputs[i]!, rows)) &&
    roles.outputs.every((role, i) => role !== ROWS || hasRows(instr.outputs[i]!, rows));
  return fits ? roles : null;
}
