import { basename } from 'node:path';
import { expected, outOfRange } from '../../base/errors.js';
import { suggestion } from '../../base/nearest.js';
import { type Options, resolveOptions } from '../../base/options.js';
import type { Dataset, Targets, Task } from '../dataset.js';
import { resolveSplit, type Split, type SplitOptions, split } from '../split.js';
import { standardizationOf } from '../standardization.js';
import { type Column, type ColumnKind, sortCategories } from '../table/columns.js';
import { IMPUTATIONS, type Imputation, imputed, mostFrequent } from '../table/imputation.js';
import { type ColumnSpec, encode, featuresOf, Preprocessing, type TargetSpec } from '../table/preprocessing.js';
import { readTable, type Table } from './table.js';

/** Options of `csv` that have a default. */
export const CSV_OPTIONS = {
  kind: {
    kind: 'choice',
    description: 'What the target is; auto tells from its values.',
    choices: ['auto', 'regression', 'classification'],
    default: 'auto',
  },
  impute: {
    kind: 'choice',
    description: 'What fills in for missing numbers of features, from the training rows; missing categories become the most frequent one.',
    choices: ['none', ...IMPUTATIONS],
    default: 'none',
  },
} as const satisfies Options;

/** Options of a CSV file. */
export type CsvOptions = {
  /** Name of the column to learn. */
  readonly target: string;
  /**
   * What the target is. 'auto': classification for texts and for whole numbers with at most ten different values that each occur twice on
   * average, else regression. @default 'auto'
   */
  readonly kind?: 'auto' | 'regression' | 'classification';
  /** What fills in for missing numbers of features, computed from the training rows; missing categories become the most frequent one. @default 'none': an error */
  readonly impute?: 'none' | Imputation;
  /** Columns that are not used, such as names and keys. @default [] */
  readonly exclude?: readonly string[];
  /** Columns of numbers that are categories. @default [] */
  readonly categorical?: readonly string[];
  /** How rows are dealt out. @default 15 % validation, 15 % test, seed 0 */
  readonly split?: SplitOptions;
};

/** A table ready to train on, and the way its columns went. */
export type CsvTask = Task & {
  /** What the target was taken for. */
  readonly kind: 'regression' | 'classification';
  /** Turns further raw rows into features like those of the task. */
  readonly preprocessing: Preprocessing;
};

const NAMES = ['target', 'exclude', 'categorical', 'split', ...Object.keys(CSV_OPTIONS)];
const HIDDEN = 50;
const EPOCHS = 200;
const BATCH_SIZE = 100;

/** Most different whole numbers that are taken for classes. */
const MOST_CLASSES = 10;

/** How the target has to be read for what it is said to be. */
const TARGET_KINDS = { auto: null, regression: 'number', classification: 'category' } as const satisfies Record<string, ColumnKind | null>;

function resolve(options: CsvOptions) {
  if (options === null || typeof options !== 'object') throw expected('csv', 'options { target, ... }', String(options));
  for (const name of Object.keys(options)) {
    if (!NAMES.includes(name)) throw expected('csv', 'a known option', `'${name}'`, suggestion(name, NAMES));
  }
  const { target, exclude = [], categorical = [], split = {}, ...rest } = options;
  if (typeof target !== 'string') throw expected('csv', 'target to be the name of a column', String(target));
  for (const [name, list] of Object.entries({ exclude, categorical })) {
    const fits = Array.isArray(list) && list.every((column) => typeof column === 'string');
    if (!fits) throw expected('csv', `${name} to be a list of column names`, String(list));
  }
  resolveSplit('csv', split);
  return { target, exclude, categorical, split, ...resolveOptions('csv', CSV_OPTIONS, rest) };
}

/** Whether a value of a column is missing. */
function lacks({ kind }: Column, value: number): boolean {
  return kind === 'number' ? Number.isNaN(value) : value < 0;
}

/** Numbers of the rows of a column, without those that are missing. */
function present(column: Column, rows: Int32Array): Float64Array {
  const found = new Float64Array(rows.length);
  let count = 0;
  for (let at = 0; at < rows.length; at++) {
    const value = column.values[rows[at]!]!;
    if (!lacks(column, value)) found[count++] = value;
  }
  return found.subarray(0, count);
}

/** Mean and deviation of some numbers, which have to be finite. */
function moments(file: string, name: string, values: Float64Array): { readonly mean: number; readonly scale: number } {
  const { mean, scale } = standardizationOf([values], 1);
  if (!Number.isFinite(mean[0]) || !Number.isFinite(scale[0])) {
    throw outOfRange(file, `column '${name}' to have a finite mean and deviation`, 'numbers too large for them');
  }
  return { mean: mean[0]!, scale: scale[0]! };
}

/** What becomes of a column, from its training rows. */
function columnSpec(file: string, column: Column, train: Int32Array, impute: 'none' | Imputation): ColumnSpec {
  const { name } = column;
  const values = present(column, train);
  if (values.length === 0) throw expected(file, `a value of column '${name}' in the training rows`, 'none', 'exclude the column');
  if (column.kind === 'category') {
    const { categories } = column;
    return { name, kind: 'category', missing: impute === 'none' ? null : categories[mostFrequent(values)]!, categories };
  }
  const missing = impute === 'none' ? null : imputed(values, impute);
  const filled = new Float64Array(train.length).fill(missing ?? Number.NaN); // without imputation every value is there
  filled.set(values);
  return { name, kind: 'number', missing, ...moments(file, name, filled) };
}

/** What the target is, by itself or as asked for. */
function targetSpec(file: string, column: Column, train: Int32Array, kind: 'auto' | 'regression' | 'classification'): TargetSpec {
  const { name } = column;
  const classes = column.kind === 'category' ? column.categories : kind === 'auto' ? wholeClasses(column.values) : null;
  if (classes === null) return { name, kind: 'regression', ...moments(file, name, present(column, train)) };
  if (classes.length < 2) throw expected(file, `at least two classes in the target '${name}'`, `only '${classes[0]}'`);
  return { name, kind: 'classification', classes };
}

/** The few different whole numbers of a target, as classes; null where there are too many or other ones. */
function wholeClasses(values: Float64Array): readonly string[] | null {
  const found = new Set<number>();
  for (const value of values) {
    if (!Number.isInteger(value)) return null;
    found.add(value);
    if (found.size > Math.min(MOST_CLASSES, values.length / 2)) return null;
  }
  return sortCategories([...found].map(String));
}

function targets(column: Column, spec: TargetSpec, rows: Int32Array): Targets {
  if (spec.kind === 'regression') {
    const data = new Float32Array(rows.length);
    for (let at = 0; at < rows.length; at++) data[at] = (column.values[rows[at]!]! - spec.mean) / spec.scale;
    return { data, shape: [1], dtype: 'float32' };
  }
  const code = new Map(spec.classes.map((name, at) => [name, at]));
  const label = (row: number) => (column.kind === 'category' ? column.values[row]! : code.get(String(column.values[row]))!);
  return { data: rows.map(label), shape: [], dtype: 'int32', classes: spec.classes.length };
}

/** What stands in for a missing value: a number or the code of a category; NaN where none can be missing. */
function fillerOf(spec: ColumnSpec): number {
  if (spec.missing === null) return Number.NaN;
  return spec.kind === 'number' ? spec.missing : spec.categories.indexOf(spec.missing);
}

function dataset(table: Table, preprocessing: Preprocessing, rows: Int32Array): Dataset {
  const { width, columns, target } = preprocessing;
  const data = new Float32Array(rows.length * width);
  let offset = 0;
  for (const [position, spec] of columns.entries()) {
    const column = table.features[position]!;
    const filler = fillerOf(spec);
    for (let at = 0; at < rows.length; at++) {
      const value = column.values[rows[at]!]!;
      encode(spec, lacks(column, value) ? filler : value, data, at * width + offset);
    }
    offset += featuresOf(spec);
  }
  return {
    count: rows.length,
    features: { data, shape: [width], dtype: 'float32' },
    targets: targets(table.target, target, rows),
    preprocessing,
  };
}

/**
 * A CSV file (RFC 4180, UTF-8, a header; fields separated by commas, semicolons or tabs) as a task: columns of numbers are standardized
 * with means and deviations of the training rows, others become one feature for each category; rows are dealt out at random. Empty fields,
 * ?, NA, N/A, NaN and null are missing. A number target is standardized too, so that its losses are in units of its variance.
 * A multi-layer perceptron [features, 50, outputs], 200 epochs, batch 100. The file is streamed; memory holds the columns as numbers.
 * @throws one sentence that names the file, the line and what was expected, for everything that cannot be used.
 */
export async function csv(path: string, options: CsvOptions): Promise<CsvTask> {
  const { target, kind, impute, exclude, categorical, split: shares } = resolve(options);
  const targetKind = TARGET_KINDS[kind];
  const table = await readTable(path, { target, targetKind, exclude, categorical, missing: impute !== 'none' });
  const parts: Split = split(path, table.rows, shares);
  const preprocessing = new Preprocessing({
    columns: table.features.map((column) => columnSpec(path, column, parts.train, impute)),
    target: targetSpec(path, table.target, parts.train, kind),
  });
  const part = (rows: Int32Array) => dataset(table, preprocessing, rows);
  return {
    name: basename(path),
    kind: preprocessing.target.kind,
    preprocessing,
    train: part(parts.train),
    validation: parts.validation.length === 0 ? null : part(parts.validation),
    test: part(parts.test),
    layers: [preprocessing.width, HIDDEN, preprocessing.outputs],
    loss: preprocessing.target.kind === 'classification' ? 'crossEntropy' : 'squaredError',
    epochs: EPOCHS,
    batchSize: BATCH_SIZE,
  };
}
