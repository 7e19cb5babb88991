import { expected } from '../../base/errors.js';
import { suggestion } from '../../base/nearest.js';
import { type Options, type OptionValues, resolveOptions } from '../../base/options.js';
import type { Decimal } from '../number.js';
import { resolveSplit, type SplitOptions } from '../split.js';
import { IMPUTATIONS, type Imputation } from './imputation.js';

/** Options of a table that have a default. */
export const TABLE_OPTIONS = {
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
  decimal: {
    kind: 'choice',
    description: 'What stands before the fraction of a number in text; auto looks at the first rows unless commas separate the fields.',
    choices: ['auto', 'point', 'comma'],
    default: 'auto',
  },
} as const satisfies Options;

/** Options of a table in a file. */
export type TableOptions = {
  /** Name of the column to learn. */
  readonly target: string;
  /**
   * What the target is. 'auto': classification for texts and for whole numbers with at most ten different values that each occur twice on
   * average, else regression. More than 50 classes, or from 100 rows on more than a tenth of the rows, are an error unless they are asked
   * for. @default 'auto'
   */
  readonly kind?: 'auto' | 'regression' | 'classification';
  /**
   * What fills in for missing numbers of features, computed from the training rows; missing categories become the most frequent one.
   * Missing are empty fields and, in columns of numbers and of categories, the texts
   * ? - -- NA N/A n/a N.A. #N/A #NA NaN nan null NULL None none NONE. Streamed tables have no 'median'. @default 'none': an error
   */
  readonly impute?: 'none' | Imputation;
  /**
   * What stands before the fraction of a number in text. With 'comma', '12,5' is a number and points may set thousands apart ('1.234,5';
   * '1.234' is 1234, '1.5' no number). 'auto': a comma where semicolons or tabs separate the fields of a CSV file and its first 1000 rows
   * have numbers with a comma and none that can only have a decimal point. Raw rows of text are read the same way in predictions.
   * @default 'auto'
   */
  readonly decimal?: 'auto' | Decimal;
  /** Columns that are not used, such as names and keys. @default [] */
  readonly exclude?: readonly string[];
  /** Columns of numbers that are categories. @default [] */
  readonly categorical?: readonly string[];
  /** How rows are dealt out. @default 15 % validation, 15 % test, seed 0 */
  readonly split?: SplitOptions;
  /**
   * Whether the examples are streamed from the file in every pass, in the order of the file, or kept in memory in random order.
   * @default streamed from 256 MiB on, counted without compression
   */
  readonly stream?: boolean;
};

/** The options of a table, checked, with their defaults. */
export type ResolvedTable = OptionValues<typeof TABLE_OPTIONS> & {
  readonly target: string;
  readonly exclude: readonly string[];
  readonly categorical: readonly string[];
  readonly split: SplitOptions;
  /** Undefined: told from the size of the file. */
  readonly stream: boolean | undefined;
};

const NAMES = ['target', 'exclude', 'categorical', 'split', 'stream', ...Object.keys(TABLE_OPTIONS)];

/** Checks options as far as that goes without the file; `who` begins the sentences. */
export function resolveTable(who: string, options: TableOptions): ResolvedTable {
  if (options === null || typeof options !== 'object') throw expected(who, 'options { target, ... }', String(options));
  for (const name of Object.keys(options)) {
    if (!NAMES.includes(name)) throw expected(who, 'a known option', `'${name}'`, suggestion(name, NAMES));
  }
  const { target, exclude = [], categorical = [], split = {}, stream, ...rest } = options;
  if (typeof target !== 'string') throw expected(who, 'target to be the name of a column', String(target));
  for (const [name, list] of Object.entries({ exclude, categorical })) {
    const fits = Array.isArray(list) && list.every((column) => typeof column === 'string');
    if (!fits) throw expected(who, `${name} to be a list of column names`, String(list));
  }
  if (stream !== undefined && typeof stream !== 'boolean') throw expected(who, 'stream to be true or false', String(stream));
  resolveSplit(who, split);
  return { target, exclude, categorical, split, stream, ...resolveOptions(who, TABLE_OPTIONS, rest) };
}
