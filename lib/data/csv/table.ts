import { expected } from '../../base/errors.js';
import { suggestion } from '../../base/nearest.js';
import { type Column, ColumnBuilder, type ColumnKind, inferKind } from '../table/columns.js';
import { readCsv } from './read.js';

/** Which columns are read and how. */
export type Choice = {
  readonly target: string;
  /** How the target must be read; null to tell from its values. */
  readonly targetKind: ColumnKind | null;
  readonly exclude: readonly string[];
  readonly categorical: readonly string[];
  /** Whether features may be missing. */
  readonly missing: boolean;
};

/** The columns of a file: the features in its order, and the target. */
export type Table = { readonly rows: number; readonly features: readonly Column[]; readonly target: Column };

/** Rows that are kept as text until the kinds of the columns are told from them. */
const SAMPLE = 1000;

type Kept = { readonly position: number; readonly builder: ColumnBuilder };

/** Takes records one by one: the header, a sample that decides how columns are read, then every row into its columns. */
class TableReader {
  readonly #file: string;
  readonly #choice: Choice;
  #header: readonly string[] | null = null;
  #sample: { readonly fields: readonly string[]; readonly line: number }[] = [];
  #kept: Kept[] | null = null;
  #rows = 0;

  constructor(file: string, choice: Choice) {
    this.#file = file;
    this.#choice = choice;
  }

  record(fields: readonly string[], line: number): void {
    if (this.#header === null) {
      this.#header = this.#readHeader(fields, line);
      return;
    }
    if (fields.length !== this.#header.length) {
      const hint = 'put fields that hold the separator in quotes';
      throw expected(`${this.#file} line ${line}`, `${this.#header.length} fields, as the header has`, fields.length, hint);
    }
    this.#rows++;
    if (this.#kept !== null) this.#add(fields, line);
    else if (this.#sample.push({ fields, line }) === SAMPLE) this.#decide();
  }

  finish(): Table {
    if (this.#header === null) throw expected(`${this.#file} line 1`, 'a header with the names of the columns', 'an empty file');
    if (this.#rows === 0) throw expected(this.#file, 'rows after the header', 'none');
    if (this.#kept === null) this.#decide();
    const columns = this.#kept!.map(({ builder }) => builder.finish(this.#file));
    const { target } = this.#choice;
    return {
      rows: this.#rows,
      features: columns.filter(({ name }) => name !== target),
      target: columns.find(({ name }) => name === target)!,
    };
  }

  #readHeader(fields: readonly string[], line: number): string[] {
    const header = fields.map((field) => field.trim());
    const where = `${this.#file} line ${line}`;
    for (const [at, name] of header.entries()) {
      if (name === '') throw expected(where, `a name for column ${at + 1}`, 'none');
      const before = header.indexOf(name);
      if (before < at) throw expected(where, 'every column to have its own name', `'${name}' for columns ${before + 1} and ${at + 1}`);
    }
    const { target, exclude, categorical } = this.#choice;
    for (const name of [target, ...exclude, ...categorical]) {
      if (!header.includes(name)) throw expected(where, `a column '${name}'`, 'none of this name', suggestion(name, header));
    }
    if (exclude.includes(target)) throw expected('csv', 'the target not to be excluded', `'${target}'`);
    if (header.length - new Set(exclude).size < 2) throw expected(where, `a column beside the target '${target}'`, 'none');
    return header;
  }

  /** Tells the kinds of the columns from the sample and adds it. */
  #decide(): void {
    const { target, targetKind, exclude, categorical } = this.#choice;
    const kind = (name: string, position: number): ColumnKind => {
      if (name === target && targetKind !== null) return targetKind;
      return categorical.includes(name) ? 'category' : inferKind(this.#sample.map(({ fields }) => fields[position]!));
    };
    this.#kept = this.#header!.flatMap((name, position) =>
      exclude.includes(name) ? [] : [{ position, builder: new ColumnBuilder(name, kind(name, position)) }],
    );
    for (const { fields, line } of this.#sample) this.#add(fields, line);
    this.#sample = [];
  }

  #add(fields: readonly string[], line: number): void {
    const where = () => `${this.#file} line ${line}`;
    for (const { position, builder } of this.#kept!) {
      const field = fields[position]!;
      if (builder.push(field, where)) continue;
      const isTarget = builder.name === this.#choice.target;
      if (isTarget || !this.#choice.missing) throw this.#lacking(builder.name, field.trim(), where(), isTarget);
    }
  }

  #lacking(name: string, field: string, where: string, isTarget: boolean): TypeError {
    const hint = isTarget ? 'remove the row' : 'remove the row, or ask for an imputation: mean, median or mostFrequent';
    return expected(where, `a value in ${isTarget ? 'the target' : 'column'} '${name}'`, field === '' ? 'none' : `'${field}'`, hint);
  }
}

/** Reads a CSV file into columns. Memory holds 8 bytes for each number, 4 for each category. */
export async function readTable(path: string, choice: Choice): Promise<Table> {
  const reader = new TableReader(path, choice);
  await readCsv(path, (fields, line) => reader.record(fields, line));
  return reader.finish();
}
