import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

const MEBIBYTE = 2 ** 20;

/** Bytes of a file from which on only its size, its beginning and its end count. */
export const LARGE = 256 * MEBIBYTE;

/** The SHA-256 of some stretches of a file, `end` included, in hexadecimal digits. */
async function sha256(path: string, stretches: readonly { readonly start: number; readonly end: number }[]): Promise<string> {
  const hash = createHash('sha256');
  for (const stretch of stretches) for await (const piece of createReadStream(path, stretch)) hash.update(piece as Buffer);
  return hash.digest('hex');
}

/**
 * What tells a file from others and from itself after a change: 'sha256 HEX' of its bytes; of one above `large` bytes its size and the
 * SHA-256 of its first and last MiB. Null for what cannot be read.
 */
export async function fingerprint(path: string, large: number = LARGE): Promise<string | null> {
  try {
    const { size } = await stat(path);
    if (size <= large) return `sha256 ${await sha256(path, size === 0 ? [] : [{ start: 0, end: size - 1 }])}`;
    const ends = [
      { start: 0, end: MEBIBYTE - 1 },
      { start: size - MEBIBYTE, end: size - 1 },
    ];
    return `${size} bytes, sha256 of both ends ${await sha256(path, ends)}`;
  } catch {
    return null;
  }
}
