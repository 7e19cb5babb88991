import { internal } from '../base/errors.js';
import type { Node } from '../graph/node.js';

type Numbers = readonly number[];

function flags(...values: unknown[]): number[] {
  return values.map((value) => (value === true ? 1 : 0));
}

/** Integer attributes of the kernels that take a node's inputs and outputs as they are: docs/contracts.md section 5. */
const KERNEL_INTS: Readonly<Record<string, (attrs: never) => readonly number[]>> = {
  matmul: ({ transposeA, transposeB }: Record<string, unknown>) => flags(transposeA, transposeB),
  sum: ({ axes }: { axes: Numbers }) => axes,
  max: ({ axes }: { axes: Numbers }) => axes,
  argmax: ({ axis }: { axis: number }) => [axis],
  transpose: ({ perm }: { perm: Numbers }) => perm,
  slice: ({ starts, steps }: { starts: Numbers; steps: Numbers }) => [...starts, ...steps],
  pad: ({ low, interior }: { low: Numbers; interior: Numbers }) => [...low, ...interior],
  concat: ({ axis }: { axis: number }) => [axis],
  gather: ({ axis }: { axis: number }) => [axis],
  scatterAdd: ({ axis }: { axis: number }) => [axis],
  iota: ({ axis }: { axis: number }) => [axis],
  foldIn: () => [],
  randomBits: () => [],
  randomUniform: () => [],
  randomNormal: () => [],
  permutation: () => [],
};

/** The `ints` of a node's kernel. */
export function kernelInts(node: Node): readonly number[] {
  const ints = Object.hasOwn(KERNEL_INTS, node.op.name) ? KERNEL_INTS[node.op.name] : undefined;
  if (ints === undefined) throw internal(`compile: the op '${node.op.name}' has no kernel`);
  return ints(node.attrs as never);
}
