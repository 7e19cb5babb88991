import { DTYPES, type DType } from '../graph/dtype.js';
import type { Space } from './broadcasting.js';
import { type Instruction, instruction, shapeTensor, type Tensor } from './tensor.js';

/**
 * How a tensor meets the iteration space [rows, cols]: all of it, one value per row, one per column, a single one, or a stack of
 * several tensors over all of it, which is loaded as their sum, added up from the first to the last.
 */
export const MODE = { element: 0, row: 1, column: 2, scalar: 3, stack: 4 } as const;
export type Mode = keyof typeof MODE;

/** A register holds a tile of elements, one value per row of the tile, or sums of the columns, which are only stored. Written once. */
export type Register = { readonly kind: 'element' | 'row' | 'column'; readonly dtype: DType };

const KINDS: readonly Register['kind'][] = ['element', 'row', 'column'];

type Input = { readonly tensor: Tensor; readonly mode: Mode; readonly register: Register };
type Output = { readonly tensor: Tensor; readonly mode: Exclude<Mode, 'stack'>; readonly register: Register };
type Step = { readonly opcode: string; readonly to: Register; readonly operands: readonly Register[]; readonly real: number | null };

/** Assembles one row program: docs/contracts.md section 5. */
export class RowProgram {
  readonly #space: Space;
  readonly #inputs: Input[] = [];
  readonly #outputs: Output[] = [];
  readonly #steps: Step[] = [];
  readonly #known = new Map<string, Register>();
  readonly #numbers = new Map<object, number>();

  constructor(space: Space) {
    this.#space = space;
  }

  get steps(): number {
    return this.#steps.length;
  }

  #number(thing: object): number {
    let n = this.#numbers.get(thing);
    if (n === undefined) this.#numbers.set(thing, (n = this.#numbers.size));
    return n;
  }

  #once(key: string, make: () => Register): Register {
    let register = this.#known.get(key);
    if (register === undefined) this.#known.set(key, (register = make()));
    return register;
  }

  /** A register with a tensor's values; loading the same again costs nothing. A stack loads into an element register. */
  load(tensor: Tensor, mode: Mode, kind: 'element' | 'row'): Register {
    return this.#once(`load ${this.#number(tensor.buffer)} ${mode} ${kind}`, () => {
      const register: Register = { kind, dtype: tensor.dtype };
      this.#inputs.push({ tensor, mode, register });
      return register;
    });
  }

  fill(value: number, kind: 'element' | 'row', dtype: DType): Register {
    return this.#once(`fill ${Object.is(value, -0) ? '-0' : value} ${kind} ${dtype}`, () => this.#push('fill', { kind, dtype }, [], value));
  }

  cast(from: Register, dtype: DType): Register {
    if (from.dtype === dtype) return from;
    return this.#once(`cast ${this.#number(from)} ${dtype}`, () => this.#push('cast', { kind: from.kind, dtype }, [from]));
  }

  /** Repeats a row's value along the row. */
  spread(from: Register): Register {
    return this.#once(`spread ${this.#number(from)}`, () => this.#push('spread', { kind: 'element', dtype: from.dtype }, [from]));
  }

  /** The place of each element along the columns or the rows. */
  index(opcode: 'columnIndex' | 'rowIndex', dtype: DType): Register {
    return this.#once(`${opcode} ${dtype}`, () => this.#push(opcode, { kind: 'element', dtype }, []));
  }

  op(opcode: string, to: Register, operands: readonly Register[]): Register {
    return this.#push(opcode, to, operands);
  }

  #push(opcode: string, to: Register, operands: readonly Register[], real: number | null = null): Register {
    this.#steps.push({ opcode, to, operands, real });
    return to;
  }

  /** Stores a register of the mode's kind; mode 'scalar' stores the sum of any other over the space. */
  store(register: Register, mode: Output['mode'], tensor: Tensor): void {
    this.#outputs.push({ tensor, mode, register });
  }

  /** The `row` instruction. */
  finish(order: number): Instruction {
    const registers: Register[] = [...this.#inputs.map(({ register }) => register), ...this.#steps.map(({ to }) => to)];
    const index = new Map(registers.map((register, i) => [register, i]));
    const names: string[] = [];
    const opcodes = new Map<string, number>();
    const reals: number[] = [];
    const code = this.#steps.flatMap(({ opcode, to, operands, real }) => {
      if (!opcodes.has(opcode)) opcodes.set(opcode, names.push(opcode) - 1);
      const [a, b, c] = operands.map((r) => index.get(r)!);
      return [opcodes.get(opcode)!, index.get(to)!, a ?? -1, b ?? -1, c ?? -1, real === null ? -1 : reals.push(real) - 1];
    });
    const ints = [
      ...this.#inputs.map(({ mode }) => MODE[mode]),
      ...this.#outputs.map(({ mode }) => MODE[mode]),
      registers.length,
      ...registers.flatMap(({ kind, dtype }) => [KINDS.indexOf(kind), DTYPES.indexOf(dtype)]),
      ...this.#outputs.map(({ register }) => index.get(register)!),
      this.#steps.length,
      ...code,
    ];
    const inputs = [shapeTensor([this.#space.rows, this.#space.cols]), ...this.#inputs.map(({ tensor }) => tensor)];
    return instruction(
      'row',
      inputs,
      this.#outputs.map(({ tensor }) => tensor),
      { ints, reals, names, order, inPlace: this.#inPlace() },
    );
  }

  /** An output may take the memory of an input of the same mode and dtype that is loaded once. */
  #inPlace(): [number, number][] {
    const loads = new Map<object, number>();
    for (const { tensor } of this.#inputs) loads.set(tensor.buffer, (loads.get(tensor.buffer) ?? 0) + 1);
    return this.#outputs.flatMap((output, o) =>
      this.#inputs.flatMap((input, i): [number, number][] => {
        const sums = output.mode === 'column' || output.mode === 'scalar';
        const alike = !sums && output.mode === input.mode && output.tensor.dtype === input.tensor.dtype;
        return alike && loads.get(input.tensor.buffer) === 1 ? [[o, i + 1]] : [];
      }),
    );
  }
}
