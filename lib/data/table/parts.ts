import type { Split } from '../split.js';

/** Codes of the parts of a table. */
export const PARTS = { train: 0, validation: 1, test: 2 } as const;

/** The part of every row, one byte each. */
export function partsOf({ train, validation, test }: Split): Uint8Array {
  const parts = new Uint8Array(train.length + validation.length + test.length);
  for (const row of validation) parts[row] = PARTS.validation;
  for (const row of test) parts[row] = PARTS.test;
  return parts;
}
