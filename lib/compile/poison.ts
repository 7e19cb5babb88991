import { isFloat } from '../graph/dtype.js';
import type { Dim } from '../graph/shape.js';
import { product } from '../graph/shape.js';
import { RowProgram } from './row-program.js';
import { type Block, type Buffer, type Instruction, Tensor, touched } from './tensor.js';

/** A row program that overwrites a tensor: NaN, or for integers a number nobody expects. */
function poisonOf(tensor: Tensor): Instruction {
  const dtype = tensor.dtype === 'bool' ? 'uint8' : tensor.dtype;
  const count: Dim = product(tensor.shape);
  const program = new RowProgram({ rows: 1, cols: count });
  const value = isFloat(dtype) ? Number.NaN : dtype === 'int32' ? -2147483647 : 255;
  program.store(program.fill(value, 'element', dtype), 'element', new Tensor(tensor.buffer, dtype, tensor.shape));
  return program.finish(0);
}

/** Tensors over arena memory that a block's own instructions write, by memory. */
function owned(block: Block, kept: ReadonlySet<Buffer>): Map<Buffer, Tensor> {
  const tensors = new Map<Buffer, Tensor>();
  for (const instr of block) {
    for (const t of instr.outputs) {
      if (t.buffer.storage === 'arena' && !t.buffer.pinned && !kept.has(t.buffer)) tensors.set(t.buffer, t);
    }
  }
  return tensors;
}

/**
 * Overwrites arena memory after its last use, so that a plan which reads memory too late or before it is written shows it.
 * For tests. `kept` outlives the block.
 */
export function poison(block: Block, kept: ReadonlySet<Buffer>): Instruction[] {
  const tensors = owned(block, kept);
  const last = new Map<Buffer, number>();
  block.forEach((instr, i) => {
    const { reads, writes } = touched(instr);
    for (const buffer of [...reads, ...writes]) last.set(buffer, i);
  });
  const dying = block.map((): Tensor[] => []);
  for (const [buffer, tensor] of tensors) dying[last.get(buffer)!]!.push(tensor);
  return block.flatMap((instr, i) => {
    const results = new Set(instr.ints.flatMap((n) => (n instanceof Tensor ? [n.buffer] : [])));
    const regions = instr.regions.map((region) => poison(region, new Set([...kept, ...results])));
    return [{ ...instr, regions }, ...dying[i]!.map(poisonOf)];
  });
}
