/** What stands between whole digits and fraction. */
export type Decimal = 'point' | 'comma';

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** A number whose thousands are set apart by points, such as 1.234.567,8; 0.123 is none. */
const GROUPED = /^[+-]?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d*)?$/;

/** A number with a decimal comma as one with a decimal point; '' for one with a decimal point. */
function pointed(text: string): string {
  if (!text.includes('.')) return text.replace(',', '.');
  return GROUPED.test(text) ? text.replaceAll('.', '').replace(',', '.') : '';
}

/**
 * The finite decimal number that a text is, such as '-1.5e3', or NaN: no hexadecimal digits, no infinities, no separators of thousands. With a
 * decimal comma '1,5' and '1.234,5' are numbers, '1.234' is a whole one, and '1.5' and '0.123' are none.
 */
export function parseNumber(text: string, decimal: Decimal = 'point'): number {
  if (decimal === 'comma') return parseNumber(pointed(text));
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : Number.NaN;
}

const SPACE = 0x20,
  PLUS = 0x2b,
  MINUS = 0x2d,
  POINT = 0x2e,
  COMMA = 0x2c,
  ZERO = 0x30;

/** Digits that always fit in the 53 bits of a number. */
const EXACT_DIGITS = 15;
const POWERS = Float64Array.from({ length: EXACT_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

/**
 * `parseNumber` of the part [from, to) of a text without the spaces around it. Up to 15 plain digits are read without making a text:
 * digits and power of ten are exact, so that their quotient is the nearest number (W. D. Clinger, How to read floating point numbers
 * accurately, 1990).
 */
export function parseNumberIn(text: string, from: number, to: number, decimal: Decimal = 'point'): number {
  const mark = decimal === 'comma' ? COMMA : POINT;
  let at = from;
  while (at < to && text.charCodeAt(at) === SPACE) at++;
  let end = to;
  while (end > at && text.charCodeAt(end - 1) === SPACE) end--;
  const start = at;
  const sign = at < end ? text.charCodeAt(at) : ZERO;
  if (sign === MINUS || sign === PLUS) at++;
  let digits = 0,
    fraction = -1, // digits behind the mark; -1 before it
    value = 0;
  for (; at < end; at++) {
    const code = text.charCodeAt(at);
    const digit = code - ZERO;
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      digits++;
      if (fraction >= 0) fraction++;
    } else if (code === mark && fraction < 0) fraction = 0;
    else break;
  }
  if (at < end || digits === 0 || digits > EXACT_DIGITS) return parseNumber(text.slice(start, end).trim(), decimal);
  if (fraction > 0) value /= POWERS[fraction]!;
  return sign === MINUS ? -value : value;
}
