import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Rows of the UCI Energy table. */
export const ENERGY_ROWS = 768;

/** A stand-in for the Energy table: eight features, and a target that is a smooth function of them. */
export function energyLines(): string[] {
  return Array.from({ length: ENERGY_ROWS }, (_, row) => {
    const features = Array.from({ length: 8 }, (_, column) => Number((10 * column + Math.sin(row * (column + 1))).toFixed(4)));
    return [...features, Number((20 + 3 * features[0]! - features[1]! * features[2]!).toFixed(4))].join('\t');
  });
}

/** An order of all rows: steps of 5, coprime to 768. */
export function orderLines(): string[] {
  return Array.from({ length: ENERGY_ROWS }, (_, at) => String((5 * at + 11) % ENERGY_ROWS));
}

/** Writes both files of the task. */
export function writeEnergy(folder: string): void {
  writeFileSync(join(folder, 'data.txt'), `${energyLines().join('\n')}\n\n`);
  writeFileSync(join(folder, 'permutation_indices.txt'), `${orderLines().join('\n')}\n`);
}
