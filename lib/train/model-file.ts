import { expected } from '../base/errors.js';
import { readSafetensors, type Tensor, writeSafetensors } from '../checkpoint/safetensors.js';
import type { TypedArray } from '../graph/dtype.js';
import type { Spec } from '../graph/node.js';
import { format, sameShape } from '../graph/shape.js';
import { type ModelDescription, readDescription, writeDescription } from './model-description.js';

/** A model file: what it says of the model, and its tensors by slot: `params.*`, `model.*`, and in a checkpoint all others. */
export type ModelFile = { readonly description: ModelDescription; readonly tensors: ReadonlyMap<string, Tensor> };

/** Slots with their contents as tensors. */
export function tensorsOf(
  specs: Iterable<readonly [name: string, spec: Spec]>,
  contents: (name: string) => TypedArray,
): Map<string, Tensor> {
  return new Map([...specs].map(([name, { dtype, shape }]) => [name, { dtype, shape: shape as readonly number[], data: contents(name) }]));
}

/** Writes a model file, whole or not at all; equal contents give equal bytes. What it says is read back first, so that it can be loaded. */
export async function writeModelFile(path: string, { description, tensors }: ModelFile): Promise<void> {
  const metadata = writeDescription(description);
  readDescription(path, metadata);
  await writeSafetensors(path, { tensors, metadata });
}

/** Reads a model file; throws TypeError that begins with the path for anything that is none. */
export async function readModelFile(path: string): Promise<ModelFile> {
  const { tensors, metadata } = await readSafetensors(path);
  return { description: readDescription(path, metadata), tensors };
}

/** Most differences that an error lists. */
const MOST = 3;

/** Throws TypeError, with the first differences, unless the tensors of a file are the wanted ones in name, dtype and shape. */
export function checkTensors(
  path: string,
  of: string,
  wanted: Iterable<readonly [name: string, spec: Spec]>,
  tensors: ReadonlyMap<string, Tensor>,
): void {
  const specs = new Map(wanted);
  const differences = [...specs].flatMap(([name, spec]) => {
    const tensor = tensors.get(name);
    if (tensor === undefined) return [`no '${name}'`];
    const fits = tensor.dtype === spec.dtype && sameShape(tensor.shape, spec.shape);
    return fits ? [] : [`'${name}' ${format(tensor)} in place of ${format(spec)}`];
  });
  for (const name of tensors.keys()) if (!specs.has(name)) differences.push(`'${name}' besides`);
  if (differences.length === 0) return;
  const rest = differences.length - MOST;
  throw expected(
    path,
    `the tensors of ${of}`,
    [...differences.slice(0, MOST), ...(rest > 0 ? [`${rest} more differences`] : [])].join(', '),
  );
}
