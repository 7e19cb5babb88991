import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { expected } from '../base/errors.js';

/** Bytes asked for at once: enough that the work on a chunk outweighs getting it. */
const CHUNK = 256 * 1024;

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** The size of a file in bytes and whether it is gzipped, told by its first two bytes. */
export async function inspectFile(path: string, what: string): Promise<{ readonly bytes: number; readonly gzipped: boolean }> {
  try {
    const handle = await open(path);
    try {
      const { size } = await handle.stat();
      const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
      return { bytes: size, gzipped: isGzip(buffer) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw sentence(path, what, error);
  }
}

/** The sentence for what went wrong with a file, or the error itself where it is none of the file's. */
function sentence(path: string, what: string, error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall !== undefined) return expected(path, `a readable ${what}`, code);
  if (!code?.startsWith('Z_')) return error;
  const hint = code === 'Z_BUF_ERROR' ? 'it is cut off' : 'it is damaged; fetch it again';
  return expected(path, 'valid gzip data', (error as Error).message, hint);
}

/**
 * The bytes of a file in chunks; those of a gzipped file, told by its first two bytes and not by its name, are decompressed on the way.
 * @throws one sentence that names the file where it cannot be read or its gzip data is damaged; `what` names the kind of file there.
 */
export async function* fileChunks(path: string, what: string): AsyncGenerator<Uint8Array, void, undefined> {
  const { gzipped } = await inspectFile(path, what);
  const file = createReadStream(path, { highWaterMark: CHUNK });
  const gunzip = gzipped ? createGunzip({ chunkSize: CHUNK }) : null;
  if (gunzip !== null) file.on('error', (error) => gunzip.destroy(error));
  const chunks = (gunzip === null ? file : file.pipe(gunzip))[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  try {
    for (;;) {
      const next = await chunks.next().catch((error: unknown) => {
        throw sentence(path, what, error);
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    file.destroy();
    gunzip?.destroy();
  }
}
