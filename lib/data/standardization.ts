import { expected } from '../base/errors.js';
import type { TypedArray } from '../graph/dtype.js';
import type { Standardization } from './dataset.js';

/**
 * Mean and population standard deviation of each of `width` features over the rows of all `parts` (each part: rows x width), in float64.
 * A constant feature has its value as mean and the scale 1, so that it maps to 0, rounding of the sums aside.
 */
export function standardizationOf(parts: readonly TypedArray[], width: number): Standardization {
  const rows = parts.reduce((total, part) => total + part.length, 0) / width;
  if (!Number.isInteger(rows) || rows < 1) throw expected('standardization', `at least one row of ${width} features`, `${rows} rows`);
  const mean = new Float64Array(width),
    scale = new Float64Array(width);
  const constant = new Uint8Array(width).fill(1);
  const first = parts.find((part) => part.length > 0)!;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += width) {
      for (let feature = 0; feature < width; feature++) {
        mean[feature]! += part[at + feature]!;
        if (part[at + feature] !== first[feature]) constant[feature] = 0;
      }
    }
  }
  for (let feature = 0; feature < width; feature++) mean[feature] = constant[feature] ? first[feature]! : mean[feature]! / rows;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += width) {
      for (let feature = 0; feature < width; feature++) {
        const centered = part[at + feature]! - mean[feature]!;
        scale[feature]! += centered * centered;
      }
    }
  }
  for (let feature = 0; feature < width; feature++) scale[feature] = Math.sqrt(scale[feature]! / rows) || 1;
  return { mean, scale };
}
