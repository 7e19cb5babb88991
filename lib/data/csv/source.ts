import { expected } from '../../base/errors.js';
import { inspectFile } from '../file-chunks.js';
import type { Decimal } from '../number.js';
import type { ColumnReader } from '../table/column-reader.js';
import { inferKind } from '../table/columns.js';
import type { Row } from '../table/preprocessing.js';
import {
  checkColumnNames,
  checkUnchanged,
  ROWS_PER_PIECE,
  type RowPiece,
  type Selection,
  type SourceDescription,
  type TableSource,
} from '../table/source.js';
import { inferDecimal } from './infer-decimal.js';
import { readCsv } from './read.js';
import type { CsvRecord } from './tokenizer.js';

/** Rows from which the kinds of the columns are told. */
const SAMPLE = 1000;

/** How much smaller gzip makes tables, roughly. */
const TEXT_PER_GZIP = 4;

/** The names of the columns from the first record. */
function readHeader(file: string, record: CsvRecord): string[] {
  const header = record.fields().map((field) => field.trim());
  checkColumnNames(`${file} line ${record.line}`, header);
  return header;
}

function checkFields(file: string, { line, count }: CsvRecord, header: readonly string[]): void {
  if (count === header.length) return;
  throw expected(
    `${file} line ${line}`,
    `${header.length} fields, as the header has`,
    count,
    'put fields that hold the separator in quotes',
  );
}

/** The rows of a CSV file (RFC 4180, UTF-8, a header; commas, semicolons or tabs; gzipped or not), read as a stream. */
export class CsvSource implements TableSource {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  async describe(wanted: 'auto' | Decimal): Promise<SourceDescription> {
    let header: readonly string[] = [],
      separator = ',',
      line = 0;
    const sample: string[][] = [];
    const take = (record: CsvRecord) => {
      if (header.length === 0) {
        header = readHeader(this.path, record);
        ({ line, separator } = record);
        return;
      }
      if (sample.length === SAMPLE) return;
      checkFields(this.path, record, header);
      sample.push(record.fields());
    };
    for await (const _ of readCsv(this.path, take)) if (sample.length === SAMPLE) break;
    if (header.length === 0) throw expected(`${this.path} line 1`, 'a header with the names of the columns', 'an empty file');
    if (sample.length === 0) throw expected(this.path, 'rows after the header', 'none');
    const decimal = wanted === 'auto' ? inferDecimal(separator, sample) : wanted;
    const kindOf = (at: number) =>
      inferKind(
        sample.map((fields) => fields[at]!),
        decimal,
      );
    return { columns: header.map((name, at) => ({ name, kind: kindOf(at) })), decimal, where: `${this.path} line ${line}` };
  }

  async bytes(): Promise<number> {
    const { bytes, gzipped } = await inspectFile(this.path, 'CSV file');
    return gzipped ? TEXT_PER_GZIP * bytes : bytes;
  }

  async count(): Promise<number> {
    let records = 0;
    for await (const _ of readCsv(this.path, () => records++));
    return Math.max(0, records - 1);
  }

  async *read(readers: readonly ColumnReader[], selection?: Selection): AsyncGenerator<void, void, undefined> {
    let header: readonly string[] | null = null,
      rows = 0,
      line = 0;
    let positions = new Int32Array(0);
    const where = () => `${this.path} line ${line}`;
    const take = (record: CsvRecord) => {
      line = record.line;
      if (header === null) {
        header = readHeader(this.path, record);
        positions = Int32Array.from(readers, ({ name }) => this.#position(header!, name, where()));
        return;
      }
      checkFields(this.path, record, header);
      const row = rows++;
      if (selection !== undefined && selection.parts[row] !== selection.part) return;
      for (let at = 0; at < positions.length; at++) {
        const position = positions[at]!;
        if (record.escaped[position] === 0) readers[at]!.text(record.text, record.starts[position]!, record.ends[position]!, where);
        else {
          const field = record.field(position);
          readers[at]!.text(field, 0, field.length, where);
        }
      }
    };
    yield* readCsv(this.path, take);
    if (selection !== undefined) checkUnchanged(this.path, rows, selection.parts.length);
  }

  async *rows(): AsyncGenerator<RowPiece, void, undefined> {
    let header: readonly string[] | null = null;
    let rows: Row[] = [],
      lines: number[] = [];
    const take = (record: CsvRecord) => {
      if (header === null) {
        header = readHeader(this.path, record);
        return;
      }
      checkFields(this.path, record, header);
      rows.push(Object.fromEntries(header.map((name, at) => [name, record.field(at)])));
      lines.push(record.line);
    };
    const cut = (length: number): RowPiece => {
      const numbers = lines;
      const piece = { rows: rows.slice(0, length), where: (index: number) => `${this.path} line ${numbers[index]}` };
      rows = rows.slice(length);
      lines = lines.slice(length);
      return piece;
    };
    for await (const _ of readCsv(this.path, take)) while (rows.length >= ROWS_PER_PIECE) yield cut(ROWS_PER_PIECE);
    if (header === null) throw expected(`${this.path} line 1`, 'a header with the names of the columns', 'an empty file');
    if (rows.length > 0) yield cut(rows.length);
  }

  #position(header: readonly string[], name: string, where: string): number {
    const position = header.indexOf(name);
    if (position < 0) throw expected(where, `a column '${name}', as when the file was read first`, 'none of this name');
    return position;
  }
}
