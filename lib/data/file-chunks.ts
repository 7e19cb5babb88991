import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { expected } from '../base/errors.js';

/** Bytes asked for at once: enough that the work on a chunk outweighs getting it. */
const CHUNK = 256 * 1024;

/** Deflate cannot expand further than this, so a header that promises more is wrong before anything is allocated. */
const GZIP_LIMIT = 1032;

/** What can be told of a file before it is read. */
export type FileKind = {
  readonly bytes: number;
  /** Told by the first two bytes (1f 8b, RFC 1952) and not by the name. */
  readonly gzipped: boolean;
  /** The most bytes that `fileChunks` can give: the size of the file, or what gzip can make of it. */
  readonly limit: number;
};

/**
 * Looks at a file that may be gzipped.
 * @throws TypeError that names the file where it is missing, unreadable or no file; `what` names the kind of file there, such as 'CSV file'.
 */
export async function inspectFile(path: string, what: string): Promise<FileKind> {
  try {
    const handle = await open(path);
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) throw expected(path, `a readable ${what}`, 'something that is not a file');
      const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
      const gzipped = buffer[0] === 0x1f && buffer[1] === 0x8b;
      return { bytes: stat.size, gzipped, limit: gzipped ? stat.size * GZIP_LIMIT : stat.size };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw sentence(path, what, error, 0);
  }
}

/** The sentence for what went wrong with a file after `given` bytes, or the error itself where it is none of the file's. */
function sentence(path: string, what: string, error: unknown, given: number): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall !== undefined) return expected(path, `a readable ${what}`, code);
  if (!code?.startsWith('Z_')) return error;
  const hint = code === 'Z_BUF_ERROR' ? 'it is cut off' : 'it is damaged; fetch it again';
  return expected(path, `valid gzip data after byte ${given} of the decompressed file`, (error as Error).message, hint);
}

/**
 * The bytes of a file in chunks, so that memory holds one of them; those of a gzipped file are decompressed on the way.
 * @throws TypeError that names the file where it cannot be read, and the byte (counted after decompression) where gzip data are cut off or
 * damaged; `what` names the kind of file there.
 */
export async function* fileChunks(path: string, what: string): AsyncGenerator<Uint8Array, void, undefined> {
  const { gzipped } = await inspectFile(path, what);
  const file = createReadStream(path, { highWaterMark: CHUNK });
  const gunzip = gzipped ? createGunzip({ chunkSize: CHUNK }) : null;
  if (gunzip !== null) file.on('error', (error) => gunzip.destroy(error));
  const chunks = (gunzip === null ? file : file.pipe(gunzip))[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let given = 0;
  try {
    for (;;) {
      const next = await chunks.next().catch((error: unknown) => {
        throw sentence(path, what, error, given);
      });
      if (next.done) return;
      given += next.value.length;
      yield next.value;
    }
  } finally {
    file.destroy();
    gunzip?.destroy();
  }
}

/** All bytes of a file that may be gzipped, in a buffer of their own. Errors as for `fileChunks`. */
export async function readBytes(path: string, what: string): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  for await (const part of fileChunks(path, what)) parts.push(part);
  const bytes = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
