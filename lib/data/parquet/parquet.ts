import type { Dataset } from '../dataset.js';
import type { StreamedDataset } from '../stream.js';
import type { TableOptions } from '../table/options.js';
import { type TableTask, tableTask } from '../table/task.js';
import { ParquetSource } from './source.js';

/**
 * A Parquet file as a task, prepared like that of `csv`: integers, floats and decimals are numbers, booleans and texts are categories, nulls
 * and NaN are missing; columns of dates, times, bytes and nested values have to be excluded, whole numbers beyond 2^53 excluded or read as
 * categories. Pages may be plain or compressed with snappy, gzip or brotli, and with zstd where Node has it (from 22.15 on). Row groups
 * are read one by one, so that memory holds the values of one at a time when a large file is streamed.
 * @throws one sentence that names the file, the row (counted from 1) and what was expected, for everything that cannot be used.
 */
export function parquet(path: string, options: TableOptions & { readonly stream: true }): Promise<TableTask<StreamedDataset>>;
export function parquet(path: string, options: TableOptions & { readonly stream: false }): Promise<TableTask<Dataset>>;
export function parquet(path: string, options: TableOptions): Promise<TableTask>;
export function parquet(path: string, options: TableOptions): Promise<TableTask> {
  return tableTask('parquet', new ParquetSource(path), options);
}
