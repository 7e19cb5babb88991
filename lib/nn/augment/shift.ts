import { outOfRange } from '../../base/errors.js';
import { showValue } from '../../base/options.js';
import type { Value } from '../../graph/node.js';
import { maximum, minimum } from '../../ops/arithmetic.js';
import '../../ops/fluent.js';
import { foldIn, randomUniform } from '../../ops/random.js';
import type { Augment } from './augment.js';
import { checkImage, type ImageShape, takePixels } from './pixels.js';

/**
 * Moves every image by -pixels .. pixels up or down, and as far left or right, each distance equally likely; the pixels at the border are
 * repeated. Inputs are [n, height, width, channels], or the same values in any other shape.
 */
export function shift(pixels: number, image: ImageShape): Augment {
  checkImage('shift', image);
  const [height, width] = image;
  const limit = Math.min(height, width);
  if (!Number.isSafeInteger(pixels) || pixels < 1 || pixels >= limit)
    throw outOfRange('shift', `pixels to be an integer in [1, ${limit})`, showValue(pixels));
  // The product may be rounded up to 2 pixels + 1.
  const distance = (key: Value, x: Value) =>
    minimum(
      randomUniform(key, [x.shape[0]!])
        .mul(2 * pixels + 1)
        .cast('int32'),
      2 * pixels,
    )
      .sub(pixels)
      .reshape([x.shape[0]!, 1, 1]);
  const within = (place: Value, size: number) => maximum(minimum(place, size - 1), 0);
  return (x, key) => {
    const down = distance(foldIn(key, 0), x),
      right = distance(foldIn(key, 1), x);
    return takePixels('shift', x, image, ({ row, column }) => ({
      row: within(row.sub(down), height),
      column: within(column.sub(right), width),
    }));
  };
}
