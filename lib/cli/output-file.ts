import { fstatSync, lstatSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { atomicWrite } from '../checkpoint/atomic-write.js';
import { fileError } from './file-error.js';
import { usage } from './usage-error.js';

const STANDARD_OUTPUT = 1;

/** What is at a path, links followed, or null for nothing that can be looked at. */
function found(path: string): Stats | null {
  return statSync(path, { throwIfNoEntry: false }) ?? null;
}

const same = (a: Stats, b: Stats) => a.dev === b.dev && a.ino === b.ino;

/** Most links behind each other that are followed, as systems have it. */
const LINKS = 40;

/** The path that a link leads to, whether or not something is there. */
function followed(path: string, links = LINKS): string {
  if (links === 0 || lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return path;
  return followed(resolve(dirname(path), readlinkSync(path)), links - 1);
}

/** Throws where a file to write is one of those that are read, under whatever name. `who` speaks; `inputs`: what they are, and where. */
export function checkOutput(who: string, out: string, inputs: readonly (readonly [what: string, path: string])[]): void {
  const there = found(out);
  for (const [what, path] of inputs) {
    const input = found(path);
    if (there?.isFile() === true && input !== null && same(there, input))
      throw usage(who, `--out to be another file than ${what}`, `'${out}'`, 'it would be overwritten');
  }
}

/** Whether a path, such as /dev/stdout, is what standard output goes to. */
export function isStandardOutput(path: string): boolean {
  const there = found(path);
  return there !== null && !there.isDirectory() && same(there, fstatSync(STANDARD_OUTPUT));
}

/** Writes into a device or a pipe, piece by piece. */
async function writeInPlace(path: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const guarded = async <T>(work: () => Promise<T>) => {
    try {
      return await work();
    } catch (error) {
      throw fileError(path, 'a file that can be written', error);
    }
  };
  const handle = await guarded(() => open(path, 'w'));
  try {
    for await (const piece of pieces) await guarded(() => handle.writeFile(piece));
  } finally {
    await handle.close();
  }
}

/**
 * Writes a file whole or not at all, that which a link leads to; a device or a pipe is written in place, as it is no file that another could
 * stand for. Throws one sentence where it cannot be written; what makes the pieces may throw its own.
 */
export function writeOutput(path: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const there = found(path);
  return there === null || there.isFile() ? atomicWrite(followed(path), pieces) : writeInPlace(path, pieces);
}
