import { allocate, type DType, type TypedArray } from '../graph/dtype.js';
import type { Dataset } from './dataset.js';

function pick(data: TypedArray, dtype: DType, width: number, rows: Int32Array): TypedArray {
  const picked = allocate(dtype, rows.length * width);
  for (let at = 0; at < rows.length; at++) {
    const from = rows[at]! * width;
    for (let offset = 0; offset < width; offset++) picked[at * width + offset] = data[from + offset]!;
  }
  return picked;
}

/** The examples of these row numbers, in their order, copied. Weights are picked with them; everything else stays what it is. */
export function subset(dataset: Dataset, rows: Int32Array): Dataset {
  const { features, targets, weights, count } = dataset;
  return {
    ...dataset,
    count: rows.length,
    features: { ...features, data: pick(features.data, features.dtype, features.data.length / count, rows) },
    targets: { ...targets, data: pick(targets.data, targets.dtype, targets.data.length / count, rows) as typeof targets.data },
    ...(weights !== undefined && { weights: Float64Array.from(rows, (row) => weights[row]!) }),
  };
}
