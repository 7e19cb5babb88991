import type { DType } from '../graph/dtype.js';
import type { Value } from '../graph/node.js';
import { eq } from './comparison.js';
import { cast } from './identity.js';
import { expandDims } from './movement.js';
import { iota } from './sources.js';

/** 1 at the label and 0 elsewhere: integer labels[...] -> [..., classes]. A label outside [0, classes) gives zeros. */
export function oneHot(labels: Value, classes: number, dtype: DType = 'float32'): Value {
  const index = expandDims(cast(labels, 'int32'), -1);
  return cast(eq(index, iota([...labels.shape, classes])), dtype);
}
