import type { Shape } from '../graph/shape.js';
import { MODE } from './row-program.js';
import { type Block, type Buffer, type Instruction, type Tensor, touched } from './tensor.js';

/** Parts of so many bytes together are cheaper to add up again for every reader than to be added up by an instruction of their own. */
const SMALL = 64 * 1024;

/** The stacks of partial sums among the outputs of blocks; before them come rows, whose sums may be over any axes of any view. */
function partialsOf({ outputs, ints }: Instruction): readonly Tensor[] {
  return outputs.slice(ints[1] as number);
}

/** The input of a row program that reads `sum` over its whole space, or -1 where it reads it in another way or more than once. */
function placeOf(reader: Instruction, sum: Tensor): number {
  if (reader.kernel !== 'row') return -1;
  const places = reader.inputs.flatMap((t, i) => (t.buffer === sum.buffer ? [i] : []));
  const [at] = places;
  if (places.length !== 1 || at === undefined || at === 0) return -1;
  const numbers = reader.ints as readonly number[];
  const registers = reader.inputs.length + reader.outputs.length;
  const single = reader.inputs[0]!.shape.every((d) => d === 1) && numbers[registers + 2 * (at - 1)] === 0;
  return numbers[at - 1] === MODE.element || (numbers[at - 1] === MODE.scalar && single) ? at : -1;
}

/** A row program that reads the parts instead of their sum. */
function readingParts(reader: Instruction, at: number, parts: Tensor): Instruction {
  const inputs = reader.inputs.map((t, i) => (i === at ? parts : t));
  const ints = reader.ints.map((n, i) => (i === at - 1 ? MODE.stack : n));
  return { ...reader, inputs, ints, inPlace: reader.inPlace.filter(([, i]) => i !== at) };
}

/**
 * Lets row programs add up the partial sums of blocks while they read them, so that the sums need no instruction and no memory of
 * their own. `kept` outlives the plan's instructions.
 */
export function absorbSums(
  block: Block,
  kept: ReadonlySet<Buffer>,
  bytesOf: (t: { dtype: Tensor['dtype']; shape: Shape }) => number,
): Block {
  const stacks = new Set(block.flatMap((instr) => (instr.kernel === 'blocks' ? partialsOf(instr).map((t) => t.buffer) : [])));
  const readers = new Map<Buffer, number[]>();
  block.forEach((instr, i) => {
    for (const buffer of touched(instr).reads) {
      const known = readers.get(buffer);
      if (known === undefined) readers.set(buffer, [i]);
      else known.push(i);
    }
  });
  const after: (Instruction | null)[] = [...block];
  block.forEach((instr, i) => {
    const [parts] = instr.inputs;
    const [sum] = instr.outputs;
    if (instr.kernel !== 'sum' || !stacks.has(parts!.buffer) || sum!.buffer.storage !== 'arena' || kept.has(sum!.buffer)) return;
    const users = readers.get(sum!.buffer) ?? [];
    const places = users.map((user) => placeOf(block[user]!, sum!));
    if (places.includes(-1) || (users.length > 1 && bytesOf(parts!) > SMALL)) return;
    users.forEach((user, u) => {
      after[user] = readingParts(after[user]!, places[u]!, parts!);
    });
    after[i] = null;
  });
  return after.filter((instr) => instr !== null);
}
