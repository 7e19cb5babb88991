import { type FileHandle, open } from 'node:fs/promises';
import { expected } from '../base/errors.js';
import { allocate } from '../graph/dtype.js';
import { sizeOf } from '../graph/shape.js';
import { atomicWrite } from './atomic-write.js';
import { headerLength, type Place, PREFIX, readHeader, type Tensor, writeHeader } from './safetensors-header.js';

export type { Tensor } from './safetensors-header.js';

/** What a safetensors file holds: tensors by name, and texts. */
export type Safetensors = { readonly tensors: ReadonlyMap<string, Tensor>; readonly metadata: Readonly<Record<string, string>> };

/** Bytes per read at most; some systems take no more at once. */
const MOST_READ = 2 ** 30;

function bytesOf({ data }: Tensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * Writes tensors and texts in the safetensors format (github.com/huggingface/safetensors): 8 bytes little-endian length, a header in JSON,
 * the data of all tensors without gaps. The file appears whole or not at all; equal contents give equal bytes. The arrays must
 * not change before the promise resolves.
 * @throws TypeError for values that are not as many as their shape says, and where the file cannot be written.
 */
export async function writeSafetensors(path: string, { tensors, metadata }: Safetensors): Promise<void> {
  const { bytes, places } = writeHeader(path, tensors, metadata);
  await atomicWrite(path, [bytes, ...places.map(({ name }) => bytesOf(tensors.get(name)!))]);
}

/** Fills `into` from a position of the file; false where the file ends before. */
async function fill(handle: FileHandle, into: Uint8Array, position: number): Promise<boolean> {
  for (let at = 0; at < into.length; ) {
    const { bytesRead } = await handle.read(into, at, Math.min(MOST_READ, into.length - at), position + at);
    if (bytesRead === 0) return false;
    at += bytesRead;
  }
  return true;
}

async function tensorAt(file: string, handle: FileHandle, { name, dtype, shape }: Place, position: number): Promise<Tensor> {
  const tensor = {
    dtype,
    shape,
    data: allocate(dtype, sizeOf(shape)),
  };
  if (!(await fill(handle, bytesOf(tensor), position)))
    throw expected(`${file} byte ${position}`, `the data of '${name}'`, 'the end of the file');
  if (dtype === 'bool') {
    const at = tensor.data.findIndex((value) => value > 1);
    if (at >= 0) throw expected(`${file} byte ${position + at}`, `'${name}' to hold 0 and 1 alone`, tensor.data[at]);
  }
  return tensor;
}

async function contents(file: string, handle: FileHandle): Promise<Safetensors> {
  const { size } = await handle.stat();
  const prefix = new Uint8Array(Math.min(PREFIX, size));
  await fill(handle, prefix, 0);
  const header = new Uint8Array(headerLength(file, prefix, size));
  await fill(handle, header, PREFIX);
  const { places, metadata } = readHeader(file, header, size);
  const tensors = new Map<string, Tensor>();
  for (const place of places) tensors.set(place.name, await tensorAt(file, handle, place, PREFIX + header.length + place.begin));
  return { tensors, metadata };
}

/**
 * Reads a safetensors file of the dtypes F32, F64, I32, U8 and BOOL.
 * @throws TypeError that names file and byte for everything that the format does not allow: truncated files, holes and overlaps, wrong sizes,
 * names that come twice, headers above 100 MB, other dtypes.
 */
export async function readSafetensors(path: string): Promise<Safetensors> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    throw expected(path, 'a readable file', (error as NodeJS.ErrnoException).code ?? error);
  }
  try {
    return await contents(path, handle);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === undefined ? error : expected(path, 'a readable file', code); // EISDIR and failing disks
  } finally {
    await handle.close();
  }
}
