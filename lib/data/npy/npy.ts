import { expected } from '../../base/errors.js';
import type { DType, TypedArray } from '../../graph/dtype.js';
import { sizeOf } from '../../graph/shape.js';
import { readBytes } from '../file-chunks.js';
import { type Element, elementOf } from './element.js';
import { parseHeader } from './header.js';
import { rowMajor } from './row-major.js';

/** An array from a file of numpy: C order, in the nearest element type that this library has. */
export type NpyArray = {
  /** Axes from slow to fast; [] for a single number. */
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** product(shape) elements; bools are bytes 0 and 1. */
  readonly data: TypedArray;
};

function decode(who: string, element: Element, bytes: Uint8Array<ArrayBuffer>, start: number): TypedArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, bytes.length - start);
  const data = element.read(view);
  const at = element.accepts === undefined ? -1 : data.findIndex((value) => !element.accepts!(value));
  if (at < 0) return element.narrow?.(data) ?? (data as TypedArray);
  throw expected(`${who} byte ${start + at * element.bytes}`, element.wants!, data[at], element.hint);
}

/** The array in the bytes of an npy file; `who` names the file in errors. */
export function parseNpy(who: string, bytes: Uint8Array<ArrayBuffer>): NpyArray {
  const { descr, shape, fortranOrder, start } = parseHeader(who, bytes);
  const element = elementOf(who, descr);
  const wanted = sizeOf(shape) * element.bytes;
  const got = bytes.length - start;
  if (got !== wanted) {
    const what = `${wanted} bytes from byte ${start} on for shape [${shape}] of '${descr}'`;
    throw expected(who, what, `${got} bytes`, got < wanted ? 'it is cut off' : 'only one array in a file is read');
  }
  const data = decode(who, element, bytes, start);
  return { shape, dtype: element.dtype, data: fortranOrder ? rowMajor(data, shape) : data };
}

/**
 * Reads an array that numpy's `save` wrote (npy format 1.0, 2.0 and 3.0), gzipped or not. float32, float64, uint8 and bool stay what they
 * are; float16 becomes float32; other integers become int32, where each of them has to fit. Either byte order; Fortran order is turned
 * into C order. Format: numpy.lib.format.
 * @throws TypeError, one sentence that names the file, the byte and what was expected, for a file that is missing, cut off, too long or no
 * npy file, and for arrays of objects (pickled, which are never read), texts, dates, records, complex and long numbers.
 */
export async function npy(path: string): Promise<NpyArray> {
  return parseNpy(path, await readBytes(path, 'npy file'));
}
