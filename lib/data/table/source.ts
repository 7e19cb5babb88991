import { expected } from '../../base/errors.js';
import type { Decimal } from '../number.js';
import type { ColumnReader } from './column-reader.js';
import type { ColumnKind } from './columns.js';
import type { Row } from './preprocessing.js';

/** A column as a file has it. */
export type SourceColumn = {
  readonly name: string;
  /** How its values are read unless something else is asked for. */
  readonly kind: ColumnKind;
  /** What the column holds, where that is nothing a table can be made from; it has to be excluded then. */
  readonly unusable?: string;
};

/** What a file is like before its rows are read. */
export type SourceDescription = {
  readonly columns: readonly SourceColumn[];
  /** How numbers in text are read. */
  readonly decimal: Decimal;
  /** Names the place where the columns are named, for errors. */
  readonly where: string;
};

/** Which rows are read: those whose entry in `parts` is `part`. `parts` has an entry for every row of the file. */
export type Selection = { readonly parts: Uint8Array; readonly part: number };

/** Raw rows of a table, a thousand or so at a time, and where in the file each of them is. */
export type RowPiece = {
  readonly rows: readonly Row[];
  /** Names file and place of a row of this piece, by its index, for errors. */
  readonly where: (index: number) => string;
};

/** A file with rows and named columns, in whatever format. All its methods throw one sentence with file and place. */
export interface TableSource {
  readonly path: string;
  /** Reads the names of the columns and what tells their kinds; `decimal` as the option of that name. Throws where there are no rows. */
  describe(decimal: 'auto' | Decimal): Promise<SourceDescription>;
  /** About how many bytes the table takes when it is not compressed. */
  bytes(): Promise<number>;
  /** Number of rows. */
  count(): Promise<number>;
  /**
   * Hands the values of some columns, row after row, to their readers; yields from time to time, so that the readers can be emptied.
   * Throws where a selection is of another number of rows.
   */
  read(readers: readonly ColumnReader[], selection?: Selection): AsyncGenerator<void, void, undefined>;
  /** All rows with all columns that can be used. */
  rows(): AsyncGenerator<RowPiece, void, undefined>;
}

/** Throws unless a file still has the rows it had when they were counted. */
export function checkUnchanged(path: string, rows: number, before: number): void {
  if (rows === before) return;
  throw expected(path, `${before} rows, as when the file was read first`, rows, 'do not change the file while it is in use');
}

/** Rows of a piece of raw rows. */
export const ROWS_PER_PIECE = 1000;

/** Throws unless every column has a name of its own. */
export function checkColumnNames(where: string, names: readonly string[]): void {
  const first = new Map<string, number>();
  for (const [at, name] of names.entries()) {
    if (name === '') throw expected(where, `a name for column ${at + 1}`, 'none');
    const before = first.get(name);
    if (before !== undefined) {
      throw expected(where, 'every column to have its own name', `'${name}' for columns ${before + 1} and ${at + 1}`);
    }
    first.set(name, at);
  }
}
