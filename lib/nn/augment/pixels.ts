import { expected } from '../../base/errors.js';
import { showValue } from '../../base/options.js';
import type { Value } from '../../graph/node.js';
import { format, product } from '../../graph/shape.js';
import '../../ops/fluent.js';
import { gather } from '../../ops/gather.js';
import { iota } from '../../ops/sources.js';

/** Height, width and channels of one image. */
export type ImageShape = readonly [height: number, width: number, channels: number];

/** Throws unless this is a list of three integers >= 1. */
export function checkImage(who: string, image: ImageShape): void {
  if (!Array.isArray(image) || image.length !== 3 || !image.every((d) => Number.isSafeInteger(d) && d >= 1))
    throw expected(who, 'an image shape [height, width, channels]', showValue(image));
}

/** Row and column in an image, int32[n,h,w]. */
export type Places = { readonly row: Value; readonly column: Value };

/**
 * Images x, [n,h,w,c] or any other shape of as many values per example, with every pixel taken from the place that `from` tells, in the same
 * example. Throws TypeError for inputs of another size.
 */
export function takePixels(who: string, x: Value, [h, w, c]: ImageShape, from: (to: Places) => Places): Value {
  if (x.rank < 2 || product(x.shape.slice(1)) !== h * w * c) throw expected(who, `images of ${h} x ${w} x ${c} values`, format(x));
  const n = x.shape[0]!;
  const all = [n, h, w];
  const { row, column } = from({ row: iota(all, 1), column: iota(all, 2) });
  const places = iota(all, 0)
    .mul(h * w)
    .add(row.mul(w))
    .add(column); // int32[n,h,w]
  return gather(x.reshape([product(all), c]), places).reshape(x.shape);
}
