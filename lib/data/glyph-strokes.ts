/**
 * Pen paths of the ten digits, several handwriting styles each, in a box of 10 x 14 units around the origin (y points down).
 * Commands: M x y (move), L x y (line), Q cx cy x y (quadratic curve).
 */
const STYLES: readonly (readonly string[])[] = [
  [
    'M 0 -7 Q 4.6 -7 4.6 0 Q 4.6 7 0 7 Q -4.6 7 -4.6 0 Q -4.6 -7 0 -7',
    'M 1 -6.5 Q -4.5 -8 -4.5 0 Q -4.5 7 0 7 Q 4.5 7 4.5 0 Q 4.5 -6 -1 -7',
    'M 0 -7 Q 4.6 -7 4.6 0 Q 4.6 7 0 7 Q -4.6 7 -4.6 0 Q -4.6 -7 0 -7 M 3.2 -4.5 L -3.2 4.5',
  ],
  ['M 0 -7 L 0 7', 'M -3 -4 L 0.5 -7 L 0.5 7', 'M -3 -4 L 0 -7 L 0 7 M -3.5 7 L 3.5 7'],
  [
    'M -4.2 -4 Q -4 -7 0 -7 Q 4.2 -7 4.2 -3.5 Q 4.2 0 -4.2 7 L 4.4 7',
    'M -4 -5 Q -3 -7.4 0.5 -7 Q 4.4 -6.4 3.6 -2.5 Q 2.5 2 -3 6 Q -5.4 7 -4 4.8 Q -2 3.4 0 5.8 Q 2.4 7.6 4.8 5.6',
    'M -4 -7 L 2 -7 Q 4.4 -7 4.4 -3.6 Q 4.4 0 0 0 Q -4.4 0 -4.4 3.6 L -4.4 7 L 4.4 7',
  ],
  [
    'M -4 -5.8 Q -2 -7 0.6 -7 Q 4 -7 4 -3.6 Q 4 -0.4 -0.5 -0.4 Q 4.6 -0.4 4.6 3.4 Q 4.6 7 0 7 Q -3 7 -4.6 5.2',
    'M -4 -7 L 4 -7 L -0.5 -1.5 Q 4.6 -1.8 4.6 2.8 Q 4.6 7 0 7 Q -3 7 -4.6 5.2',
  ],
  ['M 2 7 L 2 -7 L -4.6 2.4 L 4.6 2.4', 'M -3 -7 Q -4 -2 -4 1 L 4.6 1 M 2 -4.5 L 2 7', 'M -1 -7 L -4.5 1.5 L 4.6 1 M 2.6 -7 L 1 7'],
  [
    'M 4 -7 L -3 -7 L -3.6 -0.8 Q -1.5 -2.2 0.6 -2.2 Q 4.6 -2 4.6 2.4 Q 4.6 7 0 7 Q -3 7 -4.6 5.2',
    'M -3.4 -7 L -3.4 -1 Q 4.4 -2.6 4.4 2.4 Q 4.4 6.6 -4.4 6.8 M -3.4 -7 L 4.6 -6.4',
  ],
  [
    'M 3.4 -7 Q -4.6 -5 -4.6 2.4 Q -4.6 7 0 7 Q 4.5 7 4.5 2.6 Q 4.5 -1.2 0.4 -1.2 Q -4 -1.2 -4.6 2.4',
    'M 0.5 -7 L -3.6 1 Q -5.4 7 0.2 7 Q 4.4 7 4.2 3.2 Q 4 0 0.4 0 Q -3 0 -4 3.6',
  ],
  ['M -4.4 -7 L 4.4 -7 L -1.4 7', 'M -4.4 -6 Q 0 -8 4.4 -7 Q 0.6 0 0 7', 'M -4.4 -7 L 4.4 -7 L -1.6 7 M -2.6 0 L 3.6 0'],
  [
    'M 0 -0.6 Q -3.8 -0.6 -3.8 -3.8 Q -3.8 -7 0 -7 Q 3.8 -7 3.8 -3.8 Q 3.8 -0.6 0 -0.6 Q 4.6 -0.6 4.6 3.2 Q 4.6 7 0 7 Q -4.6 7 -4.6 3.2 Q -4.6 -0.6 0 -0.6',
    'M 4 -5.4 Q 1 -8 -2.6 -6.4 Q -5.6 -4 -1 -1.2 Q 4.6 1.4 4.4 4 Q 3.6 7 0 7 Q -4.6 7 -4.2 3.6 Q -3.6 1 1 -1.4 Q 4 -3.4 4 -5.4',
  ],
  [
    'M 4.4 -3 Q 4 1 -0.2 1 Q -4.4 1 -4.4 -3 Q -4.4 -7 0 -7 Q 4.4 -7 4.4 -3 Q 4.6 5 -2.4 7',
    'M 3.8 -3.4 Q 3.6 0.4 -0.4 0.4 Q -4.2 0.4 -4.2 -3.2 Q -4.2 -7 0 -7 Q 3.8 -7 3.8 -3.4 L 3.4 7',
  ],
];

/** One drawn style of a digit: control points and how they are joined. */
export type GlyphStyle = {
  /** x, y of every control point, in pen units. */
  readonly points: Float64Array;
  /** Pieces as indices of their control points: two for a line, three for a quadratic curve. */
  readonly pieces: readonly (readonly number[])[];
};

const POINTS_OF = { M: 1, L: 1, Q: 2 } as const;

function parse(path: string): GlyphStyle {
  const tokens = path.split(' ');
  const points: number[] = [];
  const pieces: number[][] = [];
  for (let at = 0; at < tokens.length; ) {
    const command = tokens[at++] as keyof typeof POINTS_OF;
    const last = points.length / 2 - 1;
    const count = POINTS_OF[command];
    for (const token of tokens.slice(at, at + 2 * count)) points.push(Number(token));
    at += 2 * count;
    if (command === 'L') pieces.push([last, last + 1]);
    if (command === 'Q') pieces.push([last, last + 1, last + 2]);
  }
  return { points: Float64Array.from(points), pieces };
}

/** Styles of each digit 0-9. */
export const GLYPH_STYLES: readonly (readonly GlyphStyle[])[] = STYLES.map((styles) => styles.map(parse));
