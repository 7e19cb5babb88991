import { MODE } from './row-program.js';
import { type Block, type Instruction, Tensor } from './tensor.js';

const MODES = Object.keys(MODE);

/** Names tensors by storage and number, in order of appearance: 't3' in the arena, 's0' and 's0 next' slots, 'c1' constants. */
class Names {
  readonly #known = new Map<object, string>();
  readonly #slots: readonly string[];
  constructor(slots: readonly string[]) {
    this.#slots = slots;
  }
  of({ buffer, dtype, shape }: Tensor): string {
    const type = `${dtype}[${shape.join(',')}]`;
    if (buffer.storage === 'shape') return `[${shape.join(',')}]`;
    if (buffer.storage === 'current') return `${this.#slots[buffer.where]}:${type}`;
    if (buffer.storage === 'next') return `${this.#slots[buffer.where]}':${type}`;
    let name = this.#known.get(buffer);
    if (name === undefined) {
      name = `${buffer.storage[0] === 'a' ? 't' : buffer.storage[0]}${this.#known.size}`;
      this.#known.set(buffer, name);
    }
    return `${name}:${type}`;
  }
}

/** A row program as 'add(0,1) exp(2)'; registers are numbered as in the program. */
function printRow(instr: Instruction): string {
  const numbers = instr.ints as readonly number[];
  const inputs = instr.inputs.length - 1;
  const outputs = instr.outputs.length;
  let at = inputs + outputs;
  const modes = numbers.slice(0, at).map((mode) => MODES[mode]);
  at += 1 + 2 * numbers[at]!;
  const stored = numbers.slice(at, at + outputs);
  at += outputs;
  const count = numbers[at++]!;
  const steps: string[] = [];
  for (let i = 0; i < count; i++, at += 6) {
    const [opcode, to, ...rest] = numbers.slice(at, at + 6) as [number, number, ...number[]];
    const operands = rest
      .slice(0, 3)
      .filter((r) => r >= 0)
      .map((r) => `r${r}`);
    if (rest[3]! >= 0) operands.push(String(instr.reals[rest[3]!]));
    steps.push(`r${to}=${instr.names[opcode]}(${operands.join(',')})`);
  }
  return `{ load ${modes.slice(0, inputs).join(' ') || 'nothing'}; ${steps.join(' ')}; store ${stored.map((r, i) => `r${r} ${modes[inputs + i]}`).join(', ')} }`;
}

type Line = { readonly indent: string; readonly text: string; readonly instruction: boolean };

function printBlock(block: Block, names: Names, indent: string, lines: Line[]): void {
  for (const instr of block) {
    const out = instr.outputs.map((t) => names.of(t)).join(', ');
    const inputs = instr.inputs.map((t) => names.of(t)).join(', ');
    const detail =
      instr.kernel === 'row'
        ? printRow(instr)
        : instr.ints.length === 0
          ? ''
          : `[${instr.ints.map((n) => (n instanceof Tensor ? names.of(n) : n)).join(' ')}]`;
    lines.push({ indent, text: `${out} = ${instr.kernel}(${inputs})${detail === '' ? '' : ` ${detail}`}`, instruction: true });
    instr.regions.forEach((region, i) => {
      lines.push({ indent: `${indent}  `, text: `region ${i}:`, instruction: false });
      printBlock(region, names, `${indent}    `, lines);
    });
  }
}

function linesOf(block: Block, slots: readonly string[]): readonly Line[] {
  const lines: Line[] = [];
  printBlock(block, new Names(slots), '', lines);
  return lines;
}

/** A plan as text, one instruction per line; for snapshots and for people. */
export function printPlan(block: Block, slots: readonly string[]): string {
  return linesOf(block, slots)
    .map(({ indent, text }) => indent + text)
    .join('\n');
}

/** The line of every instruction, in their order, those of a region after the one they belong to. */
export function printInstructions(block: Block, slots: readonly string[]): string[] {
  return linesOf(block, slots)
    .filter(({ instruction }) => instruction)
    .map(({ text }) => text);
}
