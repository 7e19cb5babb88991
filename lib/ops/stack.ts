import type { Value } from '../graph/node.js';
import { expandDims } from './movement.js';
import { concat } from './slicing.js';

/** Values of one shape side by side along a new axis. */
export function stack(values: readonly Value[], axis = 0): Value {
  return concat(
    values.map((v) => expandDims(v, axis)),
    axis,
  );
}
