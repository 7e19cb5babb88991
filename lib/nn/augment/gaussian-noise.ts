import { expected, outOfRange } from '../../base/errors.js';
import { showValue } from '../../base/options.js';
import '../../ops/fluent.js';
import { randomNormal } from '../../ops/random.js';
import type { Augment } from './augment.js';

/** Adds independent normal noise to every input; `deviation` > 0 is in units of the standardized features where they are standardized. */
export function gaussianNoise(deviation: number): Augment {
  if (typeof deviation !== 'number') throw expected('gaussianNoise', 'deviation to be a number', showValue(deviation));
  if (!(deviation > 0 && deviation < Number.POSITIVE_INFINITY))
    throw outOfRange('gaussianNoise', 'deviation to be in (0, inf)', showValue(deviation));
  return (x, key) => x.add(randomNormal(key, x.shape, x.dtype).mul(deviation));
}
