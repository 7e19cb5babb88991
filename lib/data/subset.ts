import { outOfRange } from '../base/errors.js';
import { allocate, type DType, type TypedArray } from '../graph/dtype.js';
import type { Dataset } from './dataset.js';

/** The given rows of an array of `count` equal parts. */
function rowsOf<T extends TypedArray>(data: T, dtype: DType, count: number, rows: Int32Array): T {
  const width = data.length / count;
  const picked = allocate(dtype, rows.length * width) as T;
  rows.forEach((row, at) => {
    picked.set(data.subarray(row * width, (row + 1) * width), at * width);
  });
  return picked;
}

/**
 * The examples of these row numbers, in their order, copied. Weights are picked with them; everything else stays what it is.
 * @throws RangeError for a row number outside [0, count).
 */
export function subset(dataset: Dataset, rows: Int32Array): Dataset {
  const { features, targets, weights, count } = dataset;
  const at = rows.findIndex((row) => !(row >= 0 && row < count));
  if (at >= 0) throw outOfRange('subset', `row numbers in [0, ${count})`, `${rows[at]} at place ${at}`);
  return {
    ...dataset,
    count: rows.length,
    features: { ...features, data: rowsOf(features.data, features.dtype, count, rows) },
    targets: { ...targets, data: rowsOf(targets.data, targets.dtype, count, rows) },
    ...(weights !== undefined && { weights: rowsOf(weights, 'float64', count, rows) }),
  };
}
