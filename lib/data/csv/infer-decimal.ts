import { type Decimal, parseNumber } from '../number.js';

const isNumber = (text: string, decimal: Decimal) => !Number.isNaN(parseNumber(text, decimal));

/**
 * What stands before the fraction of numbers, from some of the records: a comma where some are numbers by a comma only and none by a point
 * only; always a point where commas separate the fields.
 */
export function inferDecimal(separator: string, records: readonly (readonly string[])[]): Decimal {
  if (separator === ',') return 'point';
  let commas = false;
  for (const field of records.flat()) {
    const text = field.trim();
    if (text.includes('.') && isNumber(text, 'point') && !isNumber(text, 'comma')) return 'point';
    commas ||= text.includes(',') && isNumber(text, 'comma');
  }
  return commas ? 'comma' : 'point';
}
