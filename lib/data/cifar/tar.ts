import { basename } from 'node:path';
import { expected } from '../../base/errors.js';
import { fileChunks } from '../file-chunks.js';

const BLOCK = 512;

/** Fields of a header (POSIX ustar) as [offset, length]. */
const FIELDS = { name: [0, 100], size: [124, 12], checksum: [148, 8], type: [156, 1] } as const;

const REGULAR = ['0', '\0'];

function text(header: Uint8Array, [offset, length]: readonly [number, number]): string {
  return Buffer.from(header.subarray(offset, offset + length))
    .toString('latin1')
    .replace(/\0.*$/s, '');
}

/** Sum of all bytes of a header, its own field counted as spaces. */
function sumOf(header: Uint8Array): number {
  const [from, length] = FIELDS.checksum;
  return header.reduce((sum, byte, at) => sum + (at >= from && at < from + length ? 0x20 : byte), 0);
}

/** Takes exact numbers of bytes from a stream of chunks. */
class Taker {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #path: string;
  #rest: Uint8Array = new Uint8Array(0);
  taken = 0;

  constructor(path: string, chunks: AsyncIterable<Uint8Array>) {
    this.#path = path;
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async take(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length; ) {
      if (this.#rest.length === 0) {
        const { done, value } = await this.#chunks.next();
        if (done === true) throw expected(`${this.#path} byte ${this.taken + filled}`, 'more of a tar archive', 'the end', 'it is cut off');
        this.#rest = value;
      }
      const part = this.#rest.subarray(0, length - filled);
      bytes.set(part, filled);
      filled += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    this.taken += length;
    return bytes;
  }

  /** Stops reading. */
  async end(): Promise<void> {
    await this.#chunks.return?.();
  }
}

/**
 * The files with the given names in a tar archive (POSIX ustar, gzipped or not), wherever they lie in its folders.
 * @throws TypeError that names the archive and the byte (after decompression) where it is cut off or damaged, or the name that it lacks.
 */
export async function readTar(path: string, names: readonly string[]): Promise<ReadonlyMap<string, Uint8Array<ArrayBuffer>>> {
  const archive = new Taker(path, fileChunks(path, 'tar archive'));
  const found = new Map<string, Uint8Array<ArrayBuffer>>();
  try {
    while (found.size < names.length) {
      const at = `${path} byte ${archive.taken}`;
      const header = await archive.take(BLOCK);
      if (header.every((byte) => byte === 0)) break; // the end of an archive
      const sum = Number.parseInt(text(header, FIELDS.checksum).trim(), 8);
      if (sum !== sumOf(header))
        throw expected(at, 'a header of a tar archive with the right checksum', 'other bytes', 'is it a tar archive?');
      const size = Number.parseInt(text(header, FIELDS.size).trim(), 8);
      const name = basename(text(header, FIELDS.name));
      const bytes = await archive.take(Math.ceil(size / BLOCK) * BLOCK);
      if (REGULAR.includes(String.fromCharCode(header[FIELDS.type[0]]!)) && names.includes(name)) found.set(name, bytes.subarray(0, size));
    }
  } finally {
    await archive.end();
  }
  const missing = names.find((name) => !found.has(name));
  if (missing !== undefined) throw expected(path, `${missing} in the archive`, 'none');
  return found;
}
