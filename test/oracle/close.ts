import type { Tensor } from './tensor.js';

/** The largest |a - b| relative to max(1, |b|); NaN equals NaN, infinities must be the same. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i]!,
      y = b[i]!;
    if (Object.is(x, y) || x === y) continue;
    const error = Math.abs(x - y) / Math.max(1, Math.abs(y));
    worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error);
  }
  return worst;
}

/** The same of two tensors; infinite when types differ. */
export function tensorDistance(a: Tensor, b: Tensor): number {
  return a.dtype === b.dtype && `${a.shape}` === `${b.shape}` ? distance(a.data, b.data) : Number.POSITIVE_INFINITY;
}
