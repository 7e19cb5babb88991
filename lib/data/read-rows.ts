import { open } from 'node:fs/promises';
import { CsvSource } from './csv/source.js';
import { inspectFile } from './file-chunks.js';
import { ParquetSource } from './parquet/source.js';
import type { RowPiece } from './table/source.js';

const PARQUET = 'PAR1';

/**
 * The raw rows of a table in a CSV file, gzipped or not, or in a Parquet file, told by its first bytes: objects with the names of the
 * columns in the order of the file, in pieces of about a thousand rows. Values of a CSV file are texts. Columns of a Parquet file that no
 * feature can be made of (dates, bytes, nested values) are left out. `where` of a piece names file and line, or file and row; piece by
 * piece, `preprocessing.features(rows, where)` turns rows into features. A file without rows gives no pieces.
 * @throws one sentence that names the file, the line and what was expected, for a file that cannot be read.
 */
export async function* readRows(path: string): AsyncGenerator<RowPiece, void, undefined> {
  await inspectFile(path, 'table');
  const handle = await open(path);
  let start: string;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(PARQUET.length), 0, PARQUET.length, 0);
    start = buffer.toString('latin1', 0, bytesRead);
  } finally {
    await handle.close();
  }
  yield* (start === PARQUET ? new ParquetSource(path) : new CsvSource(path)).rows();
}
