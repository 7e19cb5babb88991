import { type FileHandle, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';

const SUFFIX = '.part';

/** Set apart from each other by this: downloads of one thread. */
let downloads = 0;

function ownerName(): string {
  return `${hostname()}-${process.pid}-${threadId}-${++downloads}`;
}

/** Whether the process that a partial file is named after has ended, on this machine. */
function abandoned(owner: string): boolean {
  const prefix = `${hostname()}-`;
  const pid = owner.startsWith(prefix) ? /^(\d+)-\d+-\d+$/.exec(owner.slice(prefix.length))?.[1] : undefined;
  if (pid === undefined) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.size ?? -1;
}

/** Takes over the largest partial file that nobody writes any more. */
async function adopt(folder: string, name: string, path: string): Promise<boolean> {
  const owners = (await readdir(folder)).filter((file) => file.startsWith(`${name}.`) && file.endsWith(SUFFIX));
  const free = owners.filter((file) => file === name + SUFFIX || abandoned(file.slice(name.length + 1, -SUFFIX.length)));
  const sized = await Promise.all(free.map(async (file) => ({ file: join(folder, file), size: await sizeOf(join(folder, file)) })));
  for (const { file } of sized.toSorted((a, b) => b.size - a.size)) {
    const taken = await rename(file, path).then(
      () => true,
      () => false, // another download was faster
    );
    if (taken) return true;
  }
  return false;
}

/**
 * The part of a file that has been downloaded so far, beside its final place. It is named after its owner, and taken over by renaming, so
 * that no two downloads write to one file; what an ended process or a failed download has left is continued.
 */
export class PartialFile {
  readonly #folder: string;
  readonly #name: string;
  readonly #path: string;
  readonly #handle: FileHandle;
  #size: number;

  private constructor(folder: string, name: string, path: string, handle: FileHandle, size: number) {
    this.#folder = folder;
    this.#name = name;
    this.#path = path;
    this.#handle = handle;
    this.#size = size;
  }

  static async open(folder: string, name: string): Promise<PartialFile> {
    const path = join(folder, `${name}.${ownerName()}${SUFFIX}`);
    const handle = await open(path, (await adopt(folder, name, path)) ? 'r+' : 'wx+');
    return new PartialFile(folder, name, path, handle, (await handle.stat()).size);
  }

  get size(): number {
    return this.#size;
  }

  async append(bytes: Uint8Array): Promise<void> {
    let from = 0;
    while (from < bytes.length) from += (await this.#handle.write(bytes, from, bytes.length - from, this.#size + from)).bytesWritten;
    this.#size += bytes.length;
  }

  async clear(): Promise<void> {
    await this.#handle.truncate(0);
    this.#size = 0;
  }

  /** The bytes so far. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    const buffer = new Uint8Array(1 << 20);
    for (let at = 0; at < this.#size; ) {
      const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  /** Puts the file in its final place, in one step. */
  async finish(): Promise<void> {
    await this.#handle.sync();
    await this.#handle.close();
    await rename(this.#path, join(this.#folder, this.#name));
  }

  /** Leaves what there is to a later download. */
  async release(): Promise<void> {
    await this.#handle.close();
    await (this.#size > 0 ? rename(this.#path, join(this.#folder, this.#name + SUFFIX)) : unlink(this.#path));
  }
}
