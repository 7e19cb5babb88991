import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Value of a pixel of the stand-in images: tells record, channel, row and column apart, and classes by brightness. */
export function pixel(label: number, channel: number, row: number, column: number): number {
  return (20 * label + 7 * channel + 3 * row + column) % 256;
}

/** Bytes of a binary file as the data set's page describes it: label bytes, then red, green and blue planes, row by row. */
export function cifarBytes(labels: readonly (readonly number[])[]): Uint8Array {
  const records = labels.map((bytes) => {
    const planes: number[] = [...bytes];
    for (let channel = 0; channel < 3; channel++) {
      for (let row = 0; row < 32; row++) {
        for (let column = 0; column < 32; column++) planes.push(pixel(bytes.at(-1)!, channel, row, column));
      }
    }
    return planes;
  });
  return Uint8Array.from(records.flat());
}

/** Labels of the stand-in for one batch: batch b begins with class b. */
export function labelsOf(batch: number, count: number): number[][] {
  return Array.from({ length: count }, (_, record) => [(batch + record) % 10]);
}

/** A tiny stand-in for the files of CIFAR-10: some of them gzipped. */
export function writeTinyCifar(folder: string, { batches = [1, 2, 3, 4, 5], count = 10 } = {}): void {
  for (const batch of batches) {
    const bytes = cifarBytes(labelsOf(batch, count));
    const name = join(folder, `data_batch_${batch}.bin`);
    if (batch % 2 === 0) writeFileSync(`${name}.gz`, gzipSync(bytes));
    else writeFileSync(name, bytes);
  }
  writeFileSync(join(folder, 'test_batch.bin'), cifarBytes(labelsOf(0, count)));
}
