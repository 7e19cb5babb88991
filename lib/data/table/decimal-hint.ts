import { type Decimal, parseNumber } from '../number.js';

/** What to say of a text that would be a number with the other decimal mark; else nothing. */
export function decimalHint(text: string, decimal: Decimal): string | undefined {
  const isOther = !Number.isNaN(parseNumber(text, decimal === 'comma' ? 'point' : 'comma'));
  return isOther ? `numbers had a decimal ${decimal} in training` : undefined;
}
