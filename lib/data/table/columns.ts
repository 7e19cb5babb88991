import { expected } from '../../base/errors.js';
import { parseNumber } from '../number.js';

/** How a column is read. */
export type ColumnKind = 'number' | 'category';

/** A column with all its rows: numbers (NaN where missing), or codes of sorted categories (-1 where missing). */
export type Column =
  | { readonly name: string; readonly kind: 'number'; readonly values: Float64Array }
  | { readonly name: string; readonly kind: 'category'; readonly values: Int32Array; readonly categories: readonly string[] };

/** Texts that stand for a missing value, spaces around them aside. */
const MISSING: ReadonlySet<string> = new Set(['', '?', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL']);

/** Most categories of one column; more are almost certainly names or keys, and each would become a feature. */
export const MOST_CATEGORIES = 1000;

/** Whether a field stands for a missing value. */
export function isMissing(field: string): boolean {
  return MISSING.has(field.trim());
}

/** Share of numbers among the values from which on a column counts as numeric, so that a typing error does not make it categorical. */
const MOSTLY = 0.9;

/** The kind of a column from some of its fields: numbers when at least nine tenths of the values that are there are numbers. */
export function inferKind(fields: readonly string[]): ColumnKind {
  const present = fields.filter((field) => !isMissing(field));
  const numbers = present.filter((field) => !Number.isNaN(parseNumber(field.trim())));
  return numbers.length >= MOSTLY * present.length ? 'number' : 'category';
}

/** Categories in their fixed order: by value where all are numbers, else by code units. */
export function sortCategories(categories: Iterable<string>): string[] {
  const texts = [...categories];
  const numeric = texts.every((text) => !Number.isNaN(parseNumber(text)));
  return texts.sort((a, b) => (numeric && Number(a) !== Number(b) ? Number(a) - Number(b) : a < b ? -1 : a > b ? 1 : 0));
}

/** Collects one column field by field. */
export class ColumnBuilder {
  readonly name: string;
  readonly kind: ColumnKind;
  #values: Float64Array | Int32Array;
  #count = 0;
  readonly #codes = new Map<string, number>();
  #missing = 0;

  constructor(name: string, kind: ColumnKind) {
    this.name = name;
    this.kind = kind;
    this.#values = kind === 'number' ? new Float64Array(1024) : new Int32Array(1024);
  }

  /** Adds a row and tells whether its value is there. `where` names file and line in errors. */
  push(field: string, where: () => string): boolean {
    const before = this.#missing;
    if (this.#count === this.#values.length) {
      const larger = this.kind === 'number' ? new Float64Array(2 * this.#count) : new Int32Array(2 * this.#count);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#count++] = this.kind === 'number' ? this.#number(field, where) : this.#code(field, where);
    return this.#missing === before;
  }

  finish(file: string): Column {
    const { name, kind } = this;
    if (this.#missing === this.#count) throw expected(file, `a value in some row of column '${name}'`, 'none', 'exclude the column');
    const values = this.#values.subarray(0, this.#count);
    if (kind === 'number') return { name, kind, values: values as Float64Array };
    const categories = sortCategories(this.#codes.keys());
    const rank = new Int32Array(categories.length);
    for (const [at, category] of categories.entries()) rank[this.#codes.get(category)!] = at;
    return { name, kind, categories, values: (values as Int32Array).map((code) => (code < 0 ? -1 : rank[code]!)) };
  }

  #number(field: string, where: () => string): number {
    const text = field.trim();
    const value = parseNumber(text);
    if (!Number.isNaN(value)) return value;
    if (!isMissing(text)) {
      throw expected(where(), `a number in column '${this.name}'`, `'${text}'`, 'mend it, or read the column as categorical');
    }
    this.#missing++;
    return Number.NaN;
  }

  #code(field: string, where: () => string): number {
    const text = field.trim();
    const known = this.#codes.get(text);
    if (known !== undefined) return known;
    if (isMissing(text)) {
      this.#missing++;
      return -1;
    }
    const code = this.#codes.size;
    if (code === MOST_CATEGORIES) {
      throw expected(
        where(),
        `at most ${MOST_CATEGORIES} categories in column '${this.name}'`,
        'more',
        'exclude a column of names or keys; for a target of numbers choose regression',
      );
    }
    this.#codes.set(text, code);
    return code;
  }
}
