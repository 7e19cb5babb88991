import type { AsyncBuffer, DecodedArray, FileMetaData, SchemaTree } from 'hyparquet';
import { expected } from '../../base/errors.js';
import { inspectFile } from '../file-chunks.js';
import type { Decimal } from '../number.js';
import type { ColumnReader, Where } from '../table/column-reader.js';
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
import { TableError } from '../table/table-error.js';
import { CODECS, DECOMPRESSORS } from './codecs.js';
import { columnType, decimalScale } from './column-type.js';

/** The reader of the format, loaded for the first file: its modules would be a tenth of what loading the library takes. */
const reader = () => import('hyparquet');

type Opened = { readonly file: AsyncBuffer; readonly metadata: FileMetaData; readonly columns: readonly SchemaTree[] };

/** Consecutive rows that are stored together. */
type Group = { readonly first: number; readonly count: number };

function groupsOf({ row_groups }: FileMetaData): Group[] {
  let first = 0;
  return row_groups.map(({ num_rows }) => {
    const group = { first, count: Number(num_rows) };
    first += group.count;
    return group;
  });
}

/** A value as it came, but for decimals, of which the reader makes numbers next to the nearest. */
function exactDecimal(value: unknown, scale: number): unknown {
  if (scale === 0 || typeof value !== 'number') return value;
  const exact = Math.round(value * 10 ** scale) / 10 ** scale;
  return Number.isFinite(exact) ? exact : value;
}

/** Hands a value to the reader of its column. */
function put(reader: ColumnReader, value: unknown, where: Where): void {
  if (value === null || value === undefined) reader.number(Number.NaN, where);
  else if (typeof value === 'number') reader.number(value, where);
  else if (typeof value === 'bigint' && reader.kind === 'number') {
    const number = Number(value);
    if (!Number.isSafeInteger(number)) {
      const remedy = { option: 'exclude', value: [reader.name] } as const;
      const words = 'read the column as categorical';
      throw new TableError(where(), `whole numbers within 2^53 in column '${reader.name}'`, String(value), { words, remedy });
    }
    reader.number(number, where);
  } else {
    const text = String(value);
    reader.text(text, 0, text.length, where);
  }
}

/** A value of a raw row: whole numbers too large to be exact are texts. */
function rawValue(value: unknown): Row[string] {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  return typeof value === 'number' || typeof value === 'boolean' ? value : String(value);
}

/** The rows of a Parquet file (Apache Parquet format 2), read row group by row group. */
export class ParquetSource implements TableSource {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  async describe(decimal: 'auto' | Decimal): Promise<SourceDescription> {
    const { metadata, columns } = await this.#open();
    if (metadata.num_rows === 0n) throw expected(this.path, 'a table with rows', 'none');
    return { columns: columns.map(columnType), decimal: decimal === 'comma' ? 'comma' : 'point', where: this.path };
  }

  async bytes(): Promise<number> {
    const { metadata } = await this.#open();
    return metadata.row_groups.reduce((total, { total_byte_size }) => total + Number(total_byte_size), 0);
  }

  async count(): Promise<number> {
    return Number((await this.#open()).metadata.num_rows);
  }

  async *read(readers: readonly ColumnReader[], selection?: Selection): AsyncGenerator<void, void, undefined> {
    const opened = await this.#open();
    if (selection !== undefined) checkUnchanged(this.path, Number(opened.metadata.num_rows), selection.parts.length);
    for (const { name } of readers) {
      if (opened.columns.some(({ element }) => element.name === name)) continue;
      throw expected(this.path, `a column '${name}', as when the file was read first`, 'none of this name');
    }
    for (const group of groupsOf(opened.metadata)) {
      let row = 0;
      const where = () => `${this.path} row ${row + 1}`;
      for (const reader of readers) {
        const values = await this.#column(opened, reader.name, group);
        for (let at = 0; at < values.length; at++) {
          row = group.first + at;
          if (selection === undefined || selection.parts[row] === selection.part) put(reader, values[at], where);
        }
      }
      yield;
    }
  }

  async *rows(): AsyncGenerator<RowPiece, void, undefined> {
    const opened = await this.#open();
    const names = opened.columns.map(columnType).flatMap(({ name, unusable }) => (unusable === undefined ? [name] : []));
    for (const group of groupsOf(opened.metadata)) {
      const columns: unknown[][] = [];
      for (const name of names) columns.push(await this.#column(opened, name, group));
      for (let start = 0; start < group.count; start += ROWS_PER_PIECE) {
        const length = Math.min(ROWS_PER_PIECE, group.count - start);
        const row = (at: number) => Object.fromEntries(names.map((name, column) => [name, rawValue(columns[column]![start + at])]));
        const first = group.first + start;
        yield { rows: Array.from({ length }, (_, at) => row(at)), where: (index) => `${this.path} row ${first + index + 1}` };
      }
    }
  }

  async #open(): Promise<Opened> {
    await inspectFile(this.path, 'Parquet file');
    const { asyncBufferFromFile, parquetMetadataAsync, parquetSchema } = await reader();
    const file = await asyncBufferFromFile(this.path);
    const metadata = await this.#reading(() => parquetMetadataAsync(file, { geoparquet: false }));
    const columns = parquetSchema(metadata).children;
    checkColumnNames(
      this.path,
      columns.map(({ element }) => element.name),
    );
    return { file, metadata, columns };
  }

  /** The values of a column in a row group. A scan of its own: one would keep the columns it has read. */
  async #column({ file, metadata, columns }: Opened, name: string, { first, count }: Group): Promise<unknown[]> {
    this.#checkCodec(metadata, name);
    if (count === 0) return [];
    const range = { rowStart: first, rowEnd: first + count };
    const values: DecodedArray = await this.#reading(async () => {
      const { parquetScan } = await reader();
      const scan = await parquetScan({ file, metadata, columns: [name], compressors: DECOMPRESSORS, geoparquet: false, ...range });
      return scan.readColumn({ column: name, ...range });
    });
    if (values.length !== count) {
      throw expected(this.path, `${count} values of column '${name}' from row ${first + 1} on`, values.length, 'the file is damaged');
    }
    const scale = decimalScale(columns.find(({ element }) => element.name === name)!.element);
    return Array.from(values as unknown[], (value) => exactDecimal(value, scale));
  }

  #checkCodec({ row_groups }: FileMetaData, name: string): void {
    for (const { columns } of row_groups) {
      const codec = columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === name)?.meta_data?.codec;
      if (codec === undefined || CODECS.includes(codec)) continue;
      const hint =
        codec === 'ZSTD' ? 'Node reads zstd from 22.15 on; else write the file with snappy' : 'write the file with snappy or gzip';
      throw expected(this.path, `column '${name}' to be compressed by one of ${CODECS.join(', ')}`, codec, hint);
    }
  }

  /** Names the file in what goes wrong inside the reader of the format. */
  async #reading<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw expected(this.path, 'a whole Parquet file', `an error: ${(error as Error).message}`, 'is it damaged, or of another format?');
    }
  }
}
