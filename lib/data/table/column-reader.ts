import { expected, outOfRange } from '../../base/errors.js';
import { suggestion } from '../../base/nearest.js';
import { type Decimal, parseNumber, parseNumberIn } from '../number.js';
import { type ColumnKind, isMissing, sortCategories } from './columns.js';
import { type Remedy, TableError } from './table-error.js';
import { Vector } from './vector.js';

/** Names file and place of what is being read, for errors. */
export type Where = () => string;

/** What a column does without a value: features may be imputed, the target may not. */
export type Missing = 'fill' | 'reject' | 'rejectTarget';

/** Most categories of one column; more are almost certainly names or keys, and each would become a feature. */
export const MOST_CATEGORIES = 1000;

function lacking(name: string, field: string, missing: Missing, where: Where): TypeError {
  const got = field === '' ? 'none' : `'${field}'`;
  if (missing === 'rejectTarget') return expected(where(), `a value in the target '${name}'`, got, 'remove the row');
  const remedy = { option: 'impute', value: 'median' } as const;
  return new TableError(where(), `a value in column '${name}'`, got, { words: 'remove the row', remedy });
}

/** Numbers from which on none is read: the sum of squares of smaller ones is finite in float64 for any number of rows, so there is a deviation. */
const TOO_LARGE = 1e140;

/** Reads the values of one column of a table, from texts or from values that have a type already. */
export interface ColumnReader {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Values read since `clear`: numbers, NaN where missing; or codes of categories, -1 where missing. */
  readonly values: Float64Array | Int32Array;
  readonly count: number;
  /** The part [from, to) of a text. */
  text(text: string, from: number, to: number, where: Where): void;
  /** A number, NaN where missing. */
  number(value: number, where: Where): void;
  clear(): void;
}

/** A column of numbers. */
export class NumberReader implements ColumnReader {
  readonly kind = 'number';
  readonly name: string;
  readonly #missing: Missing;
  readonly #decimal: Decimal;
  /** Values read before the last `clear`. */
  #before = 0;
  /** Missing ones among all values read. */
  #absent = 0;
  readonly #vector = new Vector((length) => new Float64Array(length));

  constructor(name: string, missing: Missing, decimal: Decimal) {
    this.name = name;
    this.#decimal = decimal;
    this.#missing = missing;
  }

  get values(): Float64Array {
    return this.#vector.values;
  }

  get count(): number {
    return this.#vector.count;
  }

  text(text: string, from: number, to: number, where: Where): void {
    const value = parseNumberIn(text, from, to, this.#decimal);
    if (!(Math.abs(value) < TOO_LARGE)) this.#checkMissing(text.slice(from, to).trim(), value, where);
    this.#vector.push(value);
  }

  number(value: number, where: Where): void {
    if (!(Math.abs(value) < TOO_LARGE)) this.#checkMissing(Number.isNaN(value) ? '' : String(value), value, where);
    this.#vector.push(value);
  }

  clear(): void {
    this.#before += this.count;
    this.#vector.count = 0;
  }

  /** Throws for a value that cannot be used, as it came and as it was read, unless it is missing and may be. */
  #checkMissing(text: string, value: number, where: Where): void {
    if (Number.isFinite(value)) throw outOfRange(where(), `a number of usable size in column '${this.name}'`, `'${text}'`);
    if (!isMissing(text)) {
      const what = `a number in column '${this.name}'`;
      const other = this.#decimal === 'point' ? 'comma' : 'point';
      const remedy: Remedy = Number.isNaN(parseNumber(text, other))
        ? { option: 'categorical', value: [this.name] }
        : { option: 'decimal', value: other };
      if (remedy.option === 'categorical' && this.#isMostlyNumbers) throw expected(where(), what, `'${text}'`, this.#advice);
      throw new TableError(where(), what, `'${text}'`, { words: 'mend it', remedy });
    }
    if (this.#missing !== 'fill') throw lacking(this.name, text, this.#missing, where);
    this.#absent++;
  }

  /** Whether more than half of what has been read are numbers; where nothing has, the first rows have told that it is. */
  get #isMostlyNumbers(): boolean {
    const read = this.#before + this.count;
    return read === 0 || 2 * (read - this.#absent) > read;
  }

  /** What to do about a text among numbers. */
  get #advice(): string {
    if (this.#missing === 'rejectTarget') return 'mend it, or remove the row';
    return `mend it, or leave the field empty if the value is missing${this.#missing === 'fill' ? '' : " and set impute: 'median'"}`;
  }
}

/** A text with memory of its own: a part of a long text would keep all of it. */
function detached(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}

const ABSENT = -1;

/** A column of categories. Codes are given as categories come, or those of the categories that are known before. */
export class CategoryReader implements ColumnReader {
  readonly kind = 'category';
  readonly name: string;
  readonly #missing: Missing;
  readonly #known: readonly string[] | null;
  readonly #vector = new Vector((length) => new Int32Array(length));
  #codes: Map<string, number>;
  #categories: string[];

  /** `known`: all categories in their order, for a file that has been read before. */
  constructor(name: string, missing: Missing, known: readonly string[] | null = null) {
    this.name = name;
    this.#missing = missing;
    this.#known = known;
    this.#categories = [...(known ?? [])];
    this.#codes = new Map(this.#categories.map((category, code) => [category, code]));
  }

  get values(): Int32Array {
    return this.#vector.values;
  }

  get count(): number {
    return this.#vector.count;
  }

  /** The categories so far, by their codes. */
  get categories(): readonly string[] {
    return this.#categories;
  }

  text(text: string, from: number, to: number, where: Where): void {
    const category = text.slice(from, to).trim();
    const code = this.#codes.get(category) ?? this.#add(category, where);
    if (code === ABSENT && this.#missing !== 'fill') throw lacking(this.name, category, this.#missing, where);
    this.#vector.push(code);
  }

  number(value: number, where: Where): void {
    const text = Number.isNaN(value) ? '' : String(value);
    this.text(text, 0, text.length, where);
  }

  clear(): void {
    this.#vector.count = 0;
  }

  /** Sorts the categories and gives all values read the codes of that order. */
  sort(): void {
    const sorted = sortCategories(this.#categories);
    const rank = new Map(sorted.map((category, at) => [category, at]));
    const newCode = Int32Array.from(this.#categories, (category) => rank.get(category)!);
    const { values, count } = this;
    for (let at = 0; at < count; at++) if (values[at]! >= 0) values[at] = newCode[values[at]!]!;
    this.#categories = sorted;
    this.#codes = new Map(rank);
  }

  /** The code of a text that has not come before. */
  #add(text: string, where: Where): number {
    const category = detached(text);
    const missing = isMissing(category);
    if (!missing) this.#checkNew(category, where);
    const code = missing ? ABSENT : this.#categories.push(category) - 1;
    this.#codes.set(category, code);
    return code;
  }

  #checkNew(category: string, where: Where): void {
    const { name } = this;
    if (this.#known !== null) {
      const hint = `the file has changed since; ${suggestion(category, this.#known)}`;
      throw expected(where(), `a category of column '${name}' that was there when the file was read first`, `'${category}'`, hint);
    }
    if (this.#categories.length < MOST_CATEGORIES) return;
    const learned = this.#missing === 'rejectTarget';
    const remedy: Remedy = learned ? { option: 'kind', value: 'regression' } : { option: 'exclude', value: [name] };
    throw new TableError(where(), `at most ${MOST_CATEGORIES} categories in column '${name}'`, 'more', { remedy });
  }
}

/** What is read of a column. */
export type ColumnChoice = {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly missing: Missing;
  /** Whether it was asked for by name that the column holds categories. */
  readonly named: boolean;
  /** How its texts are read if it holds numbers. */
  readonly decimal: Decimal;
};

/** The reader of a column; `known`: its categories, for a file that has been read before. */
export function columnReader(
  { name, kind, missing, decimal }: ColumnChoice,
  known: readonly string[] | null = null,
): NumberReader | CategoryReader {
  return kind === 'number' ? new NumberReader(name, missing, decimal) : new CategoryReader(name, missing, known);
}
