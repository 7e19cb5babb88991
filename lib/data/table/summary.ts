import { expected } from '../../base/errors.js';
import type { CategoryReader, NumberReader } from './column-reader.js';
import { sortCategories } from './columns.js';
import { type Imputation, type Imputer, imputer } from './imputation.js';
import { Moments } from './moments.js';
import { PARTS } from './parts.js';
import type { ColumnSpec, TargetSpec } from './preprocessing.js';
import { TableError } from './table-error.js';

/** Most different whole numbers that are taken for classes. */
const MOST_CLASSES = 10;

/** Most classes that are not asked for: so many in all, and from some rows on this share of the rows. */
const UNASKED = { classes: 50, rows: 100, share: 0.1 };

/** Values from which on a column of which more than this share are different texts is taken for names or keys. */
const KEYS = { values: 20, share: 0.5 };

/** What the columns of a table have in common. */
export type SummaryOptions = {
  readonly file: string;
  readonly impute: 'none' | Imputation;
  /** Whether only little of a column may be kept. */
  readonly streamed: boolean;
};

const noValue = (file: string, name: string) =>
  new TableError(file, `a value of column '${name}' in the training rows`, 'none', { remedy: { option: 'exclude', value: [name] } });

/** Finds out what becomes of a column of numbers, from its training rows. */
class NumberSummary {
  readonly #options: SummaryOptions;
  readonly #reader: NumberReader;
  readonly #moments = new Moments();
  readonly #imputer: Imputer | null;
  #missing = 0;

  constructor(reader: NumberReader, options: SummaryOptions) {
    this.#reader = reader;
    this.#options = options;
    const { impute, file, streamed } = options;
    this.#imputer = impute === 'none' ? null : imputer(impute, `${file} column '${reader.name}'`, streamed);
  }

  add(parts: Uint8Array, first: number, from: number, to: number): void {
    const { values } = this.#reader;
    for (let at = from; at < to; at++) {
      if (parts[first + at] !== PARTS.train) continue;
      const value = values[at]!;
      if (Number.isNaN(value)) this.#missing++;
      else {
        this.#moments.add(value);
        this.#imputer?.add(value);
      }
    }
  }

  finish(): ColumnSpec {
    const { file } = this.#options;
    const { name } = this.#reader;
    const moments = this.#moments;
    if (moments.count === 0) throw noValue(file, name);
    const missing = this.#imputer?.filler(moments.mean) ?? null;
    if (missing !== null) moments.addCopies(missing, this.#missing);
    return { name, kind: 'number', missing, mean: moments.mean, scale: moments.scale };
  }
}

/** Finds out what becomes of a column of categories: all of them, and the most frequent one of the training rows. */
class CategorySummary {
  readonly #options: SummaryOptions;
  readonly #reader: CategoryReader;
  readonly #named: boolean;
  readonly #counts: number[] = [];
  #values = 0;

  /** `named`: whether its categories were asked for, so that even keys are taken. */
  constructor(reader: CategoryReader, named: boolean, options: SummaryOptions) {
    this.#reader = reader;
    this.#named = named;
    this.#options = options;
  }

  add(parts: Uint8Array, first: number, from: number, to: number): void {
    const { values } = this.#reader;
    for (let at = from; at < to; at++) {
      const code = values[at]!;
      if (code < 0) continue;
      this.#values++;
      if (parts[first + at] === PARTS.train) this.#counts[code] = (this.#counts[code] ?? 0) + 1;
    }
  }

  finish(): ColumnSpec {
    const { file, impute } = this.#options;
    const { name, categories: coded } = this.#reader;
    this.#checkKeys(name, coded.length);
    const counts = new Map(coded.map((category, code) => [category, this.#counts[code] ?? 0]));
    const categories = sortCategories(coded);
    let best = '',
      most = 0;
    for (const category of categories) if (counts.get(category)! > most) [best, most] = [category, counts.get(category)!];
    if (most === 0) throw noValue(file, name);
    return { name, kind: 'category', missing: impute === 'none' ? null : best, categories };
  }

  /** Names and keys would each become a feature that tells nothing of other rows. */
  #checkKeys(name: string, different: number): void {
    if (this.#named || this.#values < KEYS.values || different <= KEYS.share * this.#values) return;
    const got = `${different} different ones in ${this.#values} rows, like names or keys`;
    const remedy = { option: 'exclude', value: [name] } as const;
    throw new TableError(this.#options.file, `texts in column '${name}' that come again`, got, { remedy });
  }
}

/** Finds out what the target is, by itself or as asked for. */
class TargetSummary {
  readonly #file: string;
  readonly #reader: NumberReader | CategoryReader;
  readonly #moments = new Moments();
  /** The different whole numbers so far; null where the target is no class of numbers. */
  #whole: Set<number> | null;
  readonly #auto: boolean;
  #rows = 0;

  /** `auto`: few whole numbers are classes, and many texts are not. */
  constructor(file: string, reader: NumberReader | CategoryReader, auto: boolean) {
    this.#file = file;
    this.#reader = reader;
    this.#auto = auto;
    this.#whole = auto ? new Set() : null;
  }

  add(parts: Uint8Array, first: number, from: number, to: number): void {
    const { kind, values } = this.#reader;
    this.#rows += to - from;
    if (kind === 'category') return;
    for (let at = from; at < to; at++) {
      const value = values[at]!;
      if (this.#whole !== null) this.#look(value);
      if (parts[first + at] === PARTS.train) this.#moments.add(value);
    }
  }

  finish(): TargetSpec {
    const reader = this.#reader;
    const { name } = reader;
    const classes = reader.kind === 'category' ? sortCategories((reader as CategoryReader).categories) : this.#wholeClasses();
    const { mean, scale } = this.#moments;
    if (classes === null) return { name, kind: 'regression', mean, scale };
    if (classes.length < 2) throw expected(this.#file, `at least two classes in the target '${name}'`, `only '${classes[0]}'`);
    if (this.#auto) this.#checkClasses(name, classes);
    return { name, kind: 'classification', classes };
  }

  /** Throws for so many classes that they are rather numbers or names that went wrong. */
  #checkClasses(name: string, classes: readonly string[]): void {
    const most = this.#rows < UNASKED.rows ? UNASKED.classes : Math.min(UNASKED.classes, Math.floor(UNASKED.share * this.#rows));
    if (classes.length <= most) return;
    const what = `numbers or at most ${most} classes in the target '${name}' of ${this.#rows} rows`;
    const got = `${classes.length} different texts such as '${classes[0]}' and '${classes.at(-1)}'`;
    const remedy = { option: 'kind', value: 'classification' } as const;
    throw new TableError(this.#file, what, got, { words: 'mend them if they should be numbers', remedy });
  }

  #look(value: number): void {
    const whole = this.#whole!;
    if (Number.isInteger(value)) whole.add(value);
    if (!Number.isInteger(value) || whole.size > MOST_CLASSES) this.#whole = null;
  }

  #wholeClasses(): string[] | null {
    const whole = this.#whole;
    return whole === null || whole.size > this.#rows / 2 ? null : sortCategories([...whole].map(String));
  }
}

/** Sees what the readers of features hold, again and again, and tells what becomes of their columns. */
export interface Summary<Spec> {
  /** Adds the values [from, to) that the reader holds; `parts` has the part of every row, `first` is the row of the first value. */
  add(parts: Uint8Array, first: number, from: number, to: number): void;
  finish(): Spec;
}

/** The summary of a feature column; `named`: whether it was asked for by name that it holds categories. */
export function featureSummary(reader: NumberReader | CategoryReader, named: boolean, options: SummaryOptions): Summary<ColumnSpec> {
  return reader.kind === 'number'
    ? new NumberSummary(reader as NumberReader, options)
    : new CategorySummary(reader as CategoryReader, named, options);
}

/** The summary of the target; `auto`: few different whole numbers are taken for classes, many different texts are an error. */
export function targetSummary(file: string, reader: NumberReader | CategoryReader, auto: boolean): Summary<TargetSpec> {
  return new TargetSummary(file, reader, auto);
}
