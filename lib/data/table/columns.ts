import { type Decimal, parseNumber } from '../number.js';

/** How a column is read. */
export type ColumnKind = 'number' | 'category';

/** Texts that stand for a missing value, spaces around them aside, in columns of numbers and of categories. `TableOptions` lists them for users. */
export const MISSING_TEXTS = '? - -- NA N/A n/a N.A. #N/A #NA NaN nan null NULL None none NONE'.split(' ');
const MISSING: ReadonlySet<string> = new Set(['', ...MISSING_TEXTS]);

/** Whether a field stands for a missing value: it is empty or one of `MISSING_TEXTS`. */
export function isMissing(field: string): boolean {
  return MISSING.has(field.trim());
}

/** Share of numbers among the values from which on a column counts as numeric, so that a typing error does not make it categorical. */
const MOSTLY = 0.9;

/** The kind of a column from some of its fields: numbers when at least nine tenths of the values that are there are numbers. */
export function inferKind(fields: readonly string[], decimal: Decimal): ColumnKind {
  const present = fields.filter((field) => !isMissing(field));
  const numbers = present.filter((field) => !Number.isNaN(parseNumber(field.trim(), decimal)));
  return numbers.length >= MOSTLY * present.length ? 'number' : 'category';
}

/** Categories in their fixed order: by value where all are numbers, else by code units. */
export function sortCategories(categories: Iterable<string>): string[] {
  const texts = [...categories];
  const numeric = texts.every((text) => !Number.isNaN(parseNumber(text)));
  return texts.sort((a, b) => (numeric && Number(a) !== Number(b) ? Number(a) - Number(b) : a < b ? -1 : a > b ? 1 : 0));
}
