import type { Shape } from '../graph/shape.js';
import { product } from '../graph/shape.js';

/**
 * How a value of shape `from` fills a value of shape `to`, aligned at the right as in NumPy, seen from an iteration space
 * [rows, cols] with cols the last axis of `to`: 'same' elements, one value per 'row', one per 'column', one 'scalar' for all,
 * or something else ('general').
 */
export type Pattern = 'same' | 'row' | 'column' | 'scalar' | 'general';

export function pattern(from: Shape, to: Shape): Pattern {
  if (from.every((d) => d === 1)) return to.every((d) => d === 1) ? 'same' : 'scalar';
  const offset = to.length - from.length;
  let leadingKept = offset === 0 || to.slice(0, offset).every((d) => d === 1);
  let leadingRepeated = true;
  for (let i = 0; i < from.length - 1; i++) {
    const d = from[i]!;
    if (d !== to[i + offset]) leadingKept = false;
    if (d !== 1) leadingRepeated = false;
  }
  const last = from[from.length - 1]!;
  const lastKept = last === to[to.length - 1];
  if (leadingKept && lastKept) return 'same';
  if (leadingKept && last === 1) return 'row';
  if (leadingRepeated && lastKept) return 'column';
  return 'general';
}

/** For each output axis the input axis, or -1. */
export function broadcastAxes(from: Shape, to: Shape): number[] {
  const offset = to.length - from.length;
  return to.map((_, i) => (i < offset ? -1 : i - offset));
}

/** An iteration space: all axes but the last, and the last. */
export type Space = { readonly rows: number | string; readonly cols: number | string };

export function spaceOf(shape: Shape): Space {
  return { rows: product(shape.slice(0, -1)), cols: shape[shape.length - 1] ?? 1 };
}

export function spaceKey(space: Space): string {
  return `${space.rows}x${space.cols}`;
}
