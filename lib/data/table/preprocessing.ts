import { expected, outOfRange } from '../../base/errors.js';
import { suggestion } from '../../base/nearest.js';
import type { Features, Targets } from '../dataset.js';
import { type Decimal, parseNumber } from '../number.js';
import { type Answer, answersOf } from './answers.js';
import { isMissing } from './columns.js';
import { decimalHint } from './decimal-hint.js';
import { parsePreprocessing } from './parse-preprocessing.js';
import { rawValue, textOf } from './raw-value.js';
import { targetsOf } from './row-targets.js';

/** How one column becomes features. `missing` fills in for a missing value; null where a missing value is an error. */
export type ColumnSpec =
  /** One feature, (x - mean) / scale. */
  | {
      readonly name: string;
      readonly kind: 'number';
      readonly missing: number | null;
      readonly mean: number;
      readonly scale: number;
    }
  /** One feature for each category: 1 for the row's own, 0 for the others. */
  | { readonly name: string; readonly kind: 'category'; readonly missing: string | null; readonly categories: readonly string[] };

/** What the model answers: one number, standardized, or one logit for each class. */
export type TargetSpec =
  | { readonly name: string; readonly kind: 'regression'; readonly mean: number; readonly scale: number }
  | { readonly name: string; readonly kind: 'classification'; readonly classes: readonly string[] };

/** Everything that lies between the columns of a table and a model. Plain data: it survives JSON. */
export type PreprocessingSpec = {
  readonly columns: readonly ColumnSpec[];
  readonly target: TargetSpec;
  /** What stands before the fraction of numbers in the texts of raw rows; see `TableOptions`. @default 'point' */
  readonly decimal?: Decimal;
};

/** What a raw row holds in one column. */
export type RowValue = string | number | boolean | null | undefined;

/** A raw row: column names and what they hold. Columns that no feature needs are ignored; null, undefined and '' are missing values. */
export type Row = Readonly<Record<string, RowValue>>;

/** What objects of a type have to be like to be raw rows: `R extends RowOf<R>` accepts interfaces too, which have no index signature. */
export type RowOf<R> = object & { readonly [Name in keyof R]: RowValue };

/** Number of features a column becomes. */
export function featuresOf(column: ColumnSpec): number {
  return column.kind === 'number' ? 1 : column.categories.length;
}

/** Writes the features of one value: a number, or the code of a category. */
export function encode(column: ColumnSpec, value: number, into: Float32Array, at: number): void {
  if (column.kind === 'number') into[at] = (value - column.mean) / column.scale;
  else into[at + value] = 1;
}

const CATEGORY = 'category';

/** The number, or the code of the category, that a raw value stands for. */
function read(column: ColumnSpec, row: Row, codes: ReadonlyMap<string, number>, decimal: Decimal, where: string): number {
  const raw = rawValue(row, column.name, where);
  const text = textOf(raw);
  const known = codes.get(text); // first: in older models a text that is missing now may be a category
  if (known !== undefined) return known;
  if (isMissing(text)) {
    if (column.missing === null) {
      throw expected(where, `a value in column '${column.name}'`, 'none', 'no imputation was asked for in training');
    }
    return column.kind === CATEGORY ? codes.get(column.missing)! : column.missing;
  }
  if (column.kind === CATEGORY) {
    throw expected(where, `a category of column '${column.name}' seen in training`, `'${text}'`, suggestion(text, column.categories));
  }
  const value = typeof raw === 'number' ? raw : parseNumber(text, decimal);
  if (!Number.isFinite(value)) throw expected(where, `a number in column '${column.name}'`, `'${text}'`, decimalHint(text, decimal));
  return value;
}

/**
 * Turns raw rows into features as in training, and the outputs of a model into answers. Made by `csv`; `Preprocessing.parse` makes it again
 * from what `JSON.stringify` wrote.
 */
export class Preprocessing {
  readonly columns: readonly ColumnSpec[];
  readonly target: TargetSpec;
  /** What stands before the fraction of numbers in texts. */
  readonly decimal: Decimal;
  readonly #codes: readonly ReadonlyMap<string, number>[];

  constructor({ columns, target, decimal = 'point' }: PreprocessingSpec) {
    this.columns = columns;
    this.target = target;
    this.decimal = decimal;
    this.#codes = columns.map((column) => new Map(column.kind === CATEGORY ? column.categories.map((name, code) => [name, code]) : []));
  }

  /**
   * Preprocessing from plain data of unknown origin, such as a file's. `who` begins the errors.
   * @throws TypeError for anything unusable: kinds, names that repeat, numbers that are not finite, scales that are not > 0, repeated or
   * missing categories.
   */
  static parse(json: unknown, who = 'preprocessing'): Preprocessing {
    return new Preprocessing(parsePreprocessing(who, json));
  }

  /** Number of features. */
  get width(): number {
    return this.columns.reduce((total, column) => total + featuresOf(column), 0);
  }

  /** Number of outputs of a model: one for each class, or one. */
  get outputs(): number {
    return this.target.kind === 'classification' ? this.target.classes.length : 1;
  }

  /**
   * Features float32[rows * width] of raw rows; the target's column is not needed.
   * `where` names a row in errors, by default 'row 1' and so on.
   * @throws TypeError for no rows, rows without a column, missing values without imputation, text where a number is expected, and categories
   * that training did not see; RangeError for numbers whose standardized value is beyond float32.
   */
  features<R extends RowOf<R>>(rows: readonly R[], where: (index: number) => string = (index) => `row ${index + 1}`): Features {
    if (rows.length === 0) throw expected('preprocessing', 'at least one row', 'none');
    const { width } = this;
    const data = new Float32Array(rows.length * width);
    for (const [index, row] of (rows as readonly object[] as readonly Row[]).entries()) {
      let at = index * width;
      for (const [position, column] of this.columns.entries()) {
        encode(column, read(column, row, this.#codes[position]!, this.decimal, where(index)), data, at);
        if (!Number.isFinite(data[at])) {
          throw outOfRange(where(index), `a number of usable size in column '${column.name}'`, `'${textOf(row[column.name])}'`);
        }
        at += featuresOf(column);
      }
    }
    return { data, shape: [width], dtype: 'float32' };
  }

  /**
   * Targets of raw rows as in training: float32[rows, 1] standardized, or labels int32[rows]. `where` as for features.
   * @throws TypeError for rows without the column, missing values, text where a number is expected, and classes that training did not see;
   * RangeError for numbers whose standardized value is beyond float32.
   */
  targets<R extends RowOf<R>>(rows: readonly R[], where: (index: number) => string = (index) => `row ${index + 1}`): Targets {
    return targetsOf(this, rows as readonly object[] as readonly Row[], where);
  }

  /**
   * What the outputs of a model stand for, examples first: a number in the target's units for each output of a regression, a class and
   * the probabilities (softmax) of all classes for each row of logits.
   * @throws TypeError for outputs that are not whole examples, RangeError for outputs that are not finite.
   */
  answers(outputs: ArrayLike<number>): Answer[] {
    return answersOf(this.target, outputs);
  }

  /** The plain data that `new Preprocessing` and `Preprocessing.parse` take. A decimal point goes without saying, as in older files. */
  toJSON(): PreprocessingSpec {
    const { columns, target, decimal } = this;
    return decimal === 'point' ? { columns, target } : { columns, target, decimal };
  }
}
