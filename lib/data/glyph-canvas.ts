/** Width and height of a glyph image in pixels. */
export const GLYPH_SIZE = 28;

/** A 28 x 28 ink layer on which thick, soft-edged line segments are drawn. Ink lies in [0, 1]; overlapping strokes keep the larger. */
export class GlyphCanvas {
  readonly ink = new Float64Array(GLYPH_SIZE * GLYPH_SIZE);

  clear(): void {
    this.ink.fill(0);
  }

  /**
   * Draws the segment from (x0, y0) to (x1, y1), pixel centers at integers, with half-width `radius` in pixels.
   * Ink is clamp(radius + 1/2 - distance, 0, 1): a one-pixel soft edge. Only pixels of the segment's bounding box are visited.
   */
  segment(x0: number, y0: number, x1: number, y1: number, radius: number): void {
    const { ink } = this;
    const reach = radius + 0.5;
    const top = Math.max(0, Math.ceil(Math.min(y0, y1) - reach)),
      bottom = Math.min(GLYPH_SIZE - 1, Math.floor(Math.max(y0, y1) + reach));
    const left = Math.max(0, Math.ceil(Math.min(x0, x1) - reach)),
      right = Math.min(GLYPH_SIZE - 1, Math.floor(Math.max(x0, x1) + reach));
    const dx = x1 - x0,
      dy = y1 - y0;
    const length2 = dx * dx + dy * dy;
    const inverse = length2 > 0 ? 1 / length2 : 0;
    for (let y = top; y <= bottom; y++) {
      const py = y - y0;
      for (let x = left; x <= right; x++) {
        const px = x - x0;
        const along = Math.min(1, Math.max(0, (px * dx + py * dy) * inverse)); // nearest point of the segment, 0 start, 1 end
        const ex = px - along * dx,
          ey = py - along * dy;
        const distance2 = ex * ex + ey * ey;
        if (distance2 >= reach * reach) continue;
        const value = Math.min(1, reach - Math.sqrt(distance2));
        const at = y * GLYPH_SIZE + x;
        if (value > ink[at]!) ink[at] = value;
      }
    }
  }

  /** The quadratic curve with control points p0, p1, p2 as `steps` segments. */
  curve(x0: number, y0: number, x1: number, y1: number, x2: number, y2: number, radius: number, steps = 5): void {
    let px = x0,
      py = y0;
    for (let step = 1; step <= steps; step++) {
      const t = step / steps,
        s = 1 - t;
      const x = s * s * x0 + 2 * s * t * x1 + t * t * x2;
      const y = s * s * y0 + 2 * s * t * y1 + t * t * y2;
      this.segment(px, py, x, y, radius);
      px = x;
      py = y;
    }
  }

  /** Erases the rectangle of `width` x `height` pixels whose corner is (x, y); parts outside the canvas are ignored. */
  erase(x: number, y: number, width: number, height: number): void {
    for (let row = Math.max(0, y); row < Math.min(GLYPH_SIZE, y + height); row++) {
      const start = row * GLYPH_SIZE;
      this.ink.fill(0, start + Math.max(0, x), start + Math.max(0, Math.min(GLYPH_SIZE, x + width)));
    }
  }
}
