import { expected } from '../../base/errors.js';
import { type NpyArray, parseNpy } from './npy.js';
import { readZip } from './zip.js';

const SUFFIX = '.npy';

/**
 * Reads the arrays that numpy's `savez` or `savez_compressed` wrote, by their names. Elements as for `npy`.
 * @throws TypeError, one sentence that names the file, the array in it, the byte and what was expected, for archives that are missing, cut
 * off, damaged, encrypted or zip64, and for everything that `npy` refuses.
 */
export async function npz(path: string): Promise<Readonly<Record<string, NpyArray>>> {
  const arrays = new Map<string, NpyArray>();
  for await (const { name, bytes } of readZip(path)) {
    const key = name.slice(0, -SUFFIX.length);
    if (!name.endsWith(SUFFIX)) throw expected(path, `entries NAME${SUFFIX}`, `'${name}'`, 'is it an npz file?');
    if (arrays.has(key)) throw expected(path, 'every name once', `'${name}' twice`);
    arrays.set(key, parseNpy(`${path} (${name})`, bytes));
  }
  if (arrays.size === 0) throw expected(path, 'at least one array', 'an empty archive');
  return Object.fromEntries(arrays);
}
