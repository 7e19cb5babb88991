const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** The finite decimal number that a text is, such as '-1.5e3', or NaN: no hexadecimal digits, no infinities, no separators of thousands. */
export function parseNumber(text: string): number {
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : Number.NaN;
}

const SPACE = 0x20,
  PLUS = 0x2b,
  MINUS = 0x2d,
  POINT = 0x2e,
  ZERO = 0x30;

/** Digits that always fit in the 53 bits of a number. */
const EXACT_DIGITS = 15;
const POWERS = Float64Array.from({ length: EXACT_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

/**
 * `parseNumber` of the part [from, to) of a text without the spaces around it. Up to 15 plain digits are read without making a text:
 * digits and power of ten are exact, so that their quotient is the nearest number (W. D. Clinger, How to read floating point numbers
 * accurately, 1990).
 */
export function parseNumberIn(text: string, from: number, to: number): number {
  let at = from;
  while (at < to && text.charCodeAt(at) === SPACE) at++;
  let end = to;
  while (end > at && text.charCodeAt(end - 1) === SPACE) end--;
  const start = at;
  const sign = at < end ? text.charCodeAt(at) : ZERO;
  if (sign === MINUS || sign === PLUS) at++;
  let digits = 0,
    fraction = -1, // digits behind the point; -1 before it
    value = 0;
  for (; at < end; at++) {
    const code = text.charCodeAt(at);
    const digit = code - ZERO;
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      digits++;
      if (fraction >= 0) fraction++;
    } else if (code === POINT && fraction < 0) fraction = 0;
    else break;
  }
  if (at < end || digits === 0 || digits > EXACT_DIGITS) return parseNumber(text.slice(start, end).trim());
  if (fraction > 0) value /= POWERS[fraction]!;
  return sign === MINUS ? -value : value;
}
