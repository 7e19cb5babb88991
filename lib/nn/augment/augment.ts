import type { Value } from '../../graph/node.js';

/**
 * Changes the inputs of a training batch: x[n, ...shape] after cast and standardization, with a key int32[2] that differs from step to step.
 * Traced into the step; all passes of a step see one result, of the shape and dtype of x.
 */
export type Augment = (x: Value, key: Value) => Value;
