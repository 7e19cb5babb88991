import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { expected } from '../base/errors.js';

/** Deflate cannot expand further than this, so a header that promises more is wrong before anything is allocated. */
const GZIP_LIMIT = 1032;

/** The contents of a file, gunzipped if it was gzipped. */
export type FileContents = {
  /** The most bytes that `chunks` can hold: the size of the file, or what gzip can make of it. */
  readonly limit: number;
  readonly gzipped: boolean;
  /**
   * The bytes from the beginning, to be read once.
   * @throws TypeError that names the file and the byte (counted after decompression) where gzip data are cut off or damaged.
   */
  readonly chunks: AsyncIterable<Uint8Array>;
};

async function inspect(path: string, what: string): Promise<{ readonly gzipped: boolean; readonly size: number }> {
  const handle = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw expected(path, what, error.code ?? error.message);
  });
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw expected(path, what, 'something that is not a file');
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return { gzipped: buffer[0] === 0x1f && buffer[1] === 0x8b, size: stat.size };
  } finally {
    await handle.close();
  }
}

async function* plain(path: string): AsyncGenerator<Uint8Array> {
  for await (const chunk of createReadStream(path)) yield chunk as Uint8Array;
}

async function* gunzipped(path: string): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path);
  const gunzip = createGunzip();
  file.on('error', (error) => gunzip.destroy(error));
  let produced = 0;
  try {
    for await (const chunk of file.pipe(gunzip)) {
      produced += (chunk as Uint8Array).length;
      yield chunk as Uint8Array;
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined || !code.startsWith('Z_')) throw error;
    const hint = code === 'Z_BUF_ERROR' ? 'it is cut off' : 'it is damaged; fetch it again';
    throw expected(path, `valid gzip data after byte ${produced} of the decompressed file`, message, hint);
  } finally {
    file.destroy();
    gunzip.destroy();
  }
}

/**
 * Opens a file that may be gzipped, which its first two bytes tell (1f 8b, RFC 1952) and not its name. Streams: memory holds one chunk.
 * `what`: how errors call the file, such as 'a readable IDX file'.
 * @throws TypeError that names the file where it is missing, unreadable or no file.
 */
export async function openFile(path: string, what: string): Promise<FileContents> {
  const { gzipped, size } = await inspect(path, what);
  return { gzipped, limit: gzipped ? size * GZIP_LIMIT : size, chunks: gzipped ? gunzipped(path) : plain(path) };
}

/** All bytes of a file that may be gzipped, in a buffer of their own. Errors as for `openFile`. */
export async function readBytes(path: string, what: string): Promise<Uint8Array<ArrayBuffer>> {
  const { chunks } = await openFile(path, what);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of chunks) {
    parts.push(part);
    size += part.length;
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
