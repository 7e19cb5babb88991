import { expected } from '../base/errors.js';
import { showValue } from '../base/options.js';
import { Spec, Value } from '../graph/node.js';
import { format, sameShape } from '../graph/shape.js';
import { trace } from '../graph/trace.js';

/**
 * Changes the inputs of a training batch: x[n, ...shape] after cast and standardization, with a key int32[2] that differs from step to step.
 * Traced into the step; all passes of a step see one result, of the shape and dtype of x.
 */
export type Augment = (x: Value, key: Value) => Value;

/** Throws unless `augment` keeps shape and dtype of inputs of this type. */
export function checkAugment(augment: Augment, input: Spec): void {
  if (typeof augment !== 'function') {
    throw expected('fit', 'augment to be a function of inputs and key', showValue(augment), 'for example nn.augment.gaussianNoise(0.1)');
  }
  const check = (x: Value, key: Value): Value => {
    const result: unknown = augment(x, key);
    if (!(result instanceof Value) || result.dtype !== input.dtype || !sameShape(result.shape, input.shape))
      throw expected('fit', `augment to keep ${format(input)}`, result instanceof Value ? format(result) : showValue(result));
    return result;
  };
  trace(check as never, [input, new Spec('int32', [2])]);
}
