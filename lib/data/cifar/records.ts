import { expected } from '../../base/errors.js';

/** Length of one side of an image, and its channels: red, green, blue. */
export const SIDE = 32;
export const CHANNELS = 3;
const PIXELS = SIDE * SIDE;

/** Numbers of one image. */
export const IMAGE = PIXELS * CHANNELS;

/** How a binary file of the CIFAR data sets is made up: some label bytes, then three planes of pixels, row by row. */
export type RecordFormat = {
  /** Label bytes of a record, and which of them is the label. */
  readonly labelBytes: number;
  readonly labelAt: number;
  readonly classes: number;
};

/** Records as they lie in a file, checked. */
export type Records = {
  readonly count: number;
  label(record: number): number;
  /** Writes one image into images[i,32,32,3] as example `i`. */
  copyImage(record: number, images: Uint8Array, i: number): void;
};

/**
 * The records in the bytes of one binary file of CIFAR-10 or CIFAR-100; `path` names it in errors.
 * @throws TypeError that names the file, the byte and what was expected, for files that are empty, cut off, damaged or of another kind.
 */
export function parseRecords(path: string, bytes: Uint8Array, { labelBytes, labelAt, classes }: RecordFormat): Records {
  const size = labelBytes + IMAGE;
  const count = Math.floor(bytes.length / size);
  const rest = bytes.length % size;
  const what = `records of ${size} bytes: ${labelBytes === 1 ? 'a label' : `${labelBytes} labels`} and ${CHANNELS} x ${SIDE} x ${SIDE} pixels`;
  if (bytes.length === 0) throw expected(`${path} byte 0`, what, 'the end', 'the file is empty');
  if (rest !== 0) {
    throw expected(`${path} byte ${count * size}`, what, `the end after ${rest} bytes`, 'it is cut off or of another kind');
  }
  const label = (record: number) => bytes[record * size + labelAt]!;
  for (let record = 0; record < count; record++) {
    if (label(record) >= classes) throw expected(`${path} byte ${record * size + labelAt}`, `a label below ${classes}`, label(record));
  }
  return {
    count,
    label,
    copyImage(record, images, i) {
      let from = record * size + labelBytes;
      for (let channel = 0; channel < CHANNELS; channel++) {
        for (let pixel = 0; pixel < PIXELS; pixel++) images[i * IMAGE + pixel * CHANNELS + channel] = bytes[from++]!;
      }
    },
  };
}
