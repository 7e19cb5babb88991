import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { ExecutionContext } from 'ava';

/** Bytes of an IDX file; `shape` may lie about the data, and `type` is the third byte of the magic number. */
export function idxBytes(shape: readonly number[], data: Uint8Array, type = 8): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header[2] = type;
  header[3] = shape.length;
  for (const [axis, length] of shape.entries()) header.writeUInt32BE(length, 4 + 4 * axis);
  return Buffer.concat([header, data]);
}

/** A folder that is removed when the test ends. */
export function temporaryFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'adamqlr-test-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a file into a new temporary folder and returns its path. */
export function temporaryFile(t: ExecutionContext, name: string, bytes: Uint8Array): string {
  const path = join(temporaryFolder(t), name);
  writeFileSync(path, bytes);
  return path;
}

/** A tiny stand-in for the four Fashion-MNIST files: class c lights up rows 2c and 2c + 1. */
export function writeTinyFashion(folder: string, { train = 60, test = 20, gzip = true } = {}): void {
  for (const [name, count] of [
    ['train', train],
    ['t10k', test],
  ] as const) {
    const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
    const images = new Uint8Array(count * 784);
    for (let i = 0; i < count; i++) {
      for (let pixel = 0; pixel < 784; pixel++) {
        const lit = Math.floor(Math.floor(pixel / 28) / 2) === labels[i]!;
        images[i * 784 + pixel] = (lit ? 180 : 20) + ((i * 31 + pixel * 17) % 40);
      }
    }
    const put = (file: string, bytes: Buffer) => writeFileSync(join(folder, gzip ? `${file}.gz` : file), gzip ? gzipSync(bytes) : bytes);
    put(`${name}-images-idx3-ubyte`, idxBytes([count, 28, 28], images));
    put(`${name}-labels-idx1-ubyte`, idxBytes([count], labels));
  }
}
