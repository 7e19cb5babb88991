import '../../ops/fluent.js';
import { randomUniform } from '../../ops/random.js';
import { select } from '../../ops/select.js';
import type { Augment } from './augment.js';
import { checkImage, type ImageShape, takePixels } from './pixels.js';

/** Mirrors every image left to right with probability 1/2. Inputs are [n, height, width, channels], or the same values in any other shape. */
export function horizontalFlip(image: ImageShape): Augment {
  checkImage('horizontalFlip', image);
  const [, width] = image;
  return (x, key) => {
    const flips = randomUniform(key, [x.shape[0]!]).lt(0.5).reshape([x.shape[0]!, 1, 1]);
    return takePixels('horizontalFlip', x, image, ({ row, column }) => ({
      row,
      column: select(flips, column.neg().add(width - 1), column),
    }));
  };
}
