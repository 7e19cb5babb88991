import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { threadId } from 'node:worker_threads';
import { expected } from '../base/errors.js';

let count = 0;

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

/** Makes the new name itself survive a loss of power; systems that cannot open folders do without. */
async function syncFolder(path: string): Promise<void> {
  let folder: FileHandle;
  try {
    folder = await open(dirname(path), 'r');
  } catch {
    return;
  }
  try {
    await folder.sync();
  } catch (error) {
    if (!['EINVAL', 'EPERM', 'EBADF'].includes(codeOf(error))) throw error; // a file system without it
  } finally {
    await folder.close();
  }
}

/** Does one thing with a file; its error becomes one sentence with the path. */
async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw expected(path, 'a file that can be written', codeOf(error));
  }
}

/**
 * Writes a file whole or not at all: into a temporary file beside it, flushed to the disk and then renamed. A crash leaves the file that was
 * there before. Pieces are written in order and must not change meanwhile; an error of what makes them is passed on.
 * @throws TypeError that names the file where it cannot be written; nothing is left behind then.
 */
export async function atomicWrite(path: string, pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
  const temporary = `${path}.${process.pid}-${threadId}-${count++}.partial`;
  try {
    const handle = await writing(path, () => open(temporary, 'w'));
    try {
      for await (const piece of pieces) await writing(path, () => handle.writeFile(piece));
      await writing(path, () => handle.sync());
    } finally {
      await writing(path, () => handle.close());
    }
    await writing(path, () => rename(temporary, path));
    await writing(path, () => syncFolder(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}
