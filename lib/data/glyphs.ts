import { outOfRange } from '../base/errors.js';
import type { Dataset, Standardization, Task } from './dataset.js';
import { GLYPH_SIZE, GlyphCanvas } from './glyph-canvas.js';
import { GLYPH_STYLES } from './glyph-strokes.js';
import { Random } from './random.js';
import { standardizationOf } from './standardization.js';

const PIXELS = GLYPH_SIZE * GLYPH_SIZE;
const CLASSES = GLYPH_STYLES.length;

/** How strongly glyphs are deformed; chosen so that a linear classifier stays under 90 % while a small network passes 95 %. */
const DEFORMATION = {
  /** Deviation of each control point, in pen units (the pen box is 10 x 14). */
  wobble: 0.25,
  /** Tangent of half the largest rotation. */
  rotation: 0.16,
  /** Largest horizontal shear. */
  shear: 0.2,
  /** Pixels per pen unit, separately in x and y. */
  scale: [1, 1.5],
  /** Largest shift of the center, in pixels. */
  shift: 2.6,
  /** Half-width of the pen in pixels. */
  pen: [1, 2],
  /** Grey level of full ink. */
  ink: [150, 255],
  /** Largest deviation of the additive noise, in grey levels. */
  noise: 12,
  /** Probability and side lengths in pixels of an erased rectangle. */
  occlusion: 0.35,
  patch: [3, 6],
} as const;

function draw(canvas: GlyphCanvas, digit: number, random: Random): void {
  const styles = GLYPH_STYLES[digit]!;
  const { points, pieces } = styles[random.integer(styles.length)]!;
  const d = DEFORMATION;
  const t = random.uniform(-d.rotation, d.rotation); // rotation by 2 atan(t) without trigonometry
  const cos = (1 - t * t) / (1 + t * t),
    sin = (2 * t) / (1 + t * t);
  const shear = random.uniform(-d.shear, d.shear);
  const sx = random.uniform(...d.scale),
    sy = random.uniform(...d.scale);
  const center = (GLYPH_SIZE - 1) / 2;
  const cx = center + random.uniform(-d.shift, d.shift),
    cy = center + random.uniform(-d.shift, d.shift);
  const radius = random.uniform(...d.pen);
  const xs: number[] = [],
    ys: number[] = [];
  for (let at = 0; at < points.length; at += 2) {
    const y = sy * (points[at + 1]! + d.wobble * random.normal());
    const x = sx * (points[at]! + d.wobble * random.normal()) - shear * y;
    xs.push(cx + cos * x - sin * y);
    ys.push(cy + sin * x + cos * y);
  }
  canvas.clear();
  for (const [p, q, r] of pieces) {
    if (r === undefined) canvas.segment(xs[p!]!, ys[p!]!, xs[q!]!, ys[q!]!, radius);
    else canvas.curve(xs[p!]!, ys[p!]!, xs[q!]!, ys[q!]!, xs[r]!, ys[r]!, radius);
  }
  if (random.uniform(0, 1) < d.occlusion) {
    const width = d.patch[0] + random.integer(d.patch[1] - d.patch[0] + 1),
      height = d.patch[0] + random.integer(d.patch[1] - d.patch[0] + 1);
    canvas.erase(3 + random.integer(22 - width), 3 + random.integer(22 - height), width, height);
  }
}

/** Writes the ink with noise as grey levels 0-255. One word gives four noise values: two bytes would be wasted on each otherwise. */
function expose(canvas: GlyphCanvas, random: Random, pixels: Uint8Array): void {
  const { ink } = canvas;
  const level = random.uniform(...DEFORMATION.ink);
  // A byte minus its mean 127.5 has deviation 73.9; the sum of two has 104.5.
  const noise = random.uniform(0, DEFORMATION.noise) / 104.5;
  for (let at = 0; at < PIXELS; at += 2) {
    const word = random.bits();
    const first = (word & 255) + ((word >>> 8) & 255) - 255,
      second = ((word >>> 16) & 255) + (word >>> 24) - 255;
    pixels[at] = Math.max(0, Math.min(255, Math.round(level * ink[at]! + noise * first)));
    pixels[at + 1] = Math.max(0, Math.min(255, Math.round(level * ink[at + 1]! + noise * second)));
  }
}

/** Splits of the task; each has its own random stream, so that sizes can change without changing other images. */
const STREAM = { train: 0x7261696e, validation: 0x76616c69, test: 0x74657374 } as const;

/**
 * Draws `count` labelled images: pixels[count * 784] row by row, labels[count] in random order of digits.
 * Image i depends on the seed, the split and i alone.
 */
export function drawGlyphs(split: keyof typeof STREAM, count: number, seed = 0): { pixels: Uint8Array; labels: Uint8Array } {
  const pixels = new Uint8Array(count * PIXELS),
    labels = new Uint8Array(count);
  const canvas = new GlyphCanvas();
  for (let index = 0; index < count; index++) {
    const random = new Random(seed, STREAM[split], index);
    const digit = random.integer(CLASSES);
    labels[index] = digit;
    draw(canvas, digit, random);
    expose(canvas, random, pixels.subarray(index * PIXELS, (index + 1) * PIXELS));
  }
  return { pixels, labels };
}

/** Options of the embedded task. */
export type GlyphsOptions = {
  /** Seed of the drawings, an integer; unrelated to the seed of training. @default 0 */
  readonly seed?: number;
  /** Training images, >= 1. @default 20000 */
  readonly train?: number;
  /** Validation images, drawn besides the training images; 0 for none. @default 2000 */
  readonly validation?: number;
  /** Test images, >= 1. @default 4000 */
  readonly test?: number;
};

function dataset({ pixels, labels }: { pixels: Uint8Array; labels: Uint8Array }, standardization: Standardization): Dataset {
  return {
    count: labels.length,
    features: { data: pixels, shape: [PIXELS], dtype: 'uint8', standardization },
    targets: { data: labels, shape: [], dtype: 'uint8', classes: CLASSES },
  };
}

/**
 * The embedded task `glyphs`: handwritten-looking digits drawn on the spot, 28 x 28 grey pixels, 10 classes, MLP 784-50-10.
 * Strokes in several styles are bent, rotated, sheared, scaled and shifted, drawn with a pen of random width, partly erased and made noisy.
 * Pixels are standardized with the statistics of training and validation images together, like those of Fashion-MNIST.
 * @throws RangeError for a seed that is not an integer or a size out of range.
 */
export function glyphs(options: GlyphsOptions = {}): Task {
  const { seed = 0, train = 20_000, validation = 2_000, test = 4_000 } = options;
  if (!Number.isSafeInteger(seed)) throw outOfRange('glyphs', 'seed to be an integer', seed);
  for (const [name, size, least] of [
    ['train', train, 1],
    ['validation', validation, 0],
    ['test', test, 1],
  ] as const) {
    if (!Number.isSafeInteger(size) || size < least || size > 1_000_000) {
      throw outOfRange('glyphs', `${name} to be an integer from ${least} to 1000000`, size);
    }
  }
  const drawn = {
    train: drawGlyphs('train', train, seed),
    validation: drawGlyphs('validation', validation, seed),
    test: drawGlyphs('test', test, seed),
  };
  const standardization = standardizationOf([drawn.train.pixels, drawn.validation.pixels], PIXELS);
  return {
    name: 'glyphs',
    train: dataset(drawn.train, standardization),
    validation: validation === 0 ? null : dataset(drawn.validation, standardization),
    test: dataset(drawn.test, standardization),
    layers: [PIXELS, 50, CLASSES],
    loss: 'crossEntropy',
    epochs: 10,
    batchSize: 50,
  };
}
