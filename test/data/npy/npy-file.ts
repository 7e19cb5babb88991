import { join } from 'node:path';
import { root } from '../../root.js';

/** Path of a file that numpy wrote; `make.py` beside it tells how. */
export function fixture(name: string): string {
  return join(root, 'test/data/npy/fixtures', name);
}

/** Bytes of an npy file of version 1.0 with this header text, whatever it says. */
export function npyBytes(header: string, data: Uint8Array): Buffer {
  const text = Buffer.from(`${header}\n`, 'latin1');
  const length = Buffer.alloc(2);
  length.writeUInt16LE(text.length);
  return Buffer.concat([Buffer.from([0x93]), Buffer.from('NUMPY'), Buffer.of(1, 0), length, text, data]);
}

/** The header that numpy writes for little-endian float32. */
export function float32Header(shape: string): string {
  return `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`;
}
