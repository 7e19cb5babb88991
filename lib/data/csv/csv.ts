import type { Dataset } from '../dataset.js';
import type { StreamedDataset } from '../stream.js';
import type { TableOptions } from '../table/options.js';
import { type TableTask, tableTask } from '../table/task.js';
import { CsvSource } from './source.js';

/**
 * A CSV file (RFC 4180, UTF-8, a header; fields separated by commas, semicolons or tabs; gzipped or not) as a task: columns of numbers are
 * standardized with means and deviations of the training rows, others become one feature for each category; rows are dealt out at random.
 * Empty fields and texts such as ?, - and NA (all: `impute` of the options) are missing. A number target is standardized too, so that its losses are in units of its variance.
 * A multi-layer perceptron [features, 50, outputs], 200 epochs, batch 100. The file is read as a stream; memory holds the columns as
 * numbers. A large file (see the option `stream`) is read twice and then again in every pass over the examples; memory then holds a byte
 * for every row, at first four more, and one piece of the file.
 * @throws one sentence that names the file, the line and what was expected, for everything that cannot be used.
 */
export function csv(path: string, options: TableOptions & { readonly stream: true }): Promise<TableTask<StreamedDataset>>;
export function csv(path: string, options: TableOptions & { readonly stream: false }): Promise<TableTask<Dataset>>;
export function csv(path: string, options: TableOptions): Promise<TableTask>;
export function csv(path: string, options: TableOptions): Promise<TableTask> {
  return tableTask('csv', new CsvSource(path), options);
}
