import { expected } from '../base/errors.js';
import type { TypedArray } from '../graph/dtype.js';
import type { Standardization } from './dataset.js';

/**
 * Mean and population standard deviation of each of `width` features over the rows of all `parts` (each part: rows x width), in float64.
 * A deviation of 0 (a constant feature) becomes 1, so that such a feature maps to 0.
 */
export function standardizationOf(parts: readonly TypedArray[], width: number): Standardization {
  const rows = parts.reduce((total, part) => total + part.length, 0) / width;
  if (!Number.isInteger(rows) || rows < 1) throw expected('standardization', `at least one row of ${width} features`, `${rows} rows`);
  const mean = new Float64Array(width),
    scale = new Float64Array(width);
  for (const part of parts) {
    for (let at = 0; at < part.length; at += width) {
      for (let feature = 0; feature < width; feature++) mean[feature]! += part[at + feature]!;
    }
  }
  for (let feature = 0; feature < width; feature++) mean[feature]! /= rows;
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
