import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expected } from '../base/errors.js';
import type { Dataset, Standardization, Task } from './dataset.js';
import { parseNumber } from './number.js';
import { standardizationOf } from './standardization.js';

/** What is fixed about one table: its size, its split and the network it trains. */
type Protocol = {
  readonly name: string;
  /** Features of a row; the target follows them. */
  readonly features: number;
  /** Rows of each part, in the stored order. */
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  readonly hidden: number;
  readonly batchSize: number;
  readonly epochs: number;
};

const ENERGY: Protocol = {
  name: 'uci-energy',
  features: 8,
  train: 588,
  validation: 104,
  test: 76,
  hidden: 50,
  batchSize: 588,
  epochs: 4000,
};
const PROTEIN: Protocol = {
  name: 'uci-protein',
  features: 9,
  train: 34_983,
  validation: 6_174,
  test: 4_573,
  hidden: 100,
  batchSize: 1000,
  epochs: 200,
};

const FILES = { table: 'data.txt', order: 'permutation_indices.txt' } as const;

/** The lines of a text file without what follows the last one that is not blank. */
async function readLines(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw expected(path, 'a readable file', error.code ?? error.message, `name the folder with ${FILES.table} and ${FILES.order}`);
  });
  const lines = text.trimEnd().split(/\r?\n/);
  return lines.length === 1 && lines[0] === '' ? [] : lines;
}

function checkLines(path: string, what: string, lines: readonly string[], wanted: number): void {
  if (lines.length !== wanted) throw expected(path, `${wanted} lines, one for each ${what}`, lines.length);
}

/** All numbers of a table of white-space separated numbers, row by row. */
async function readTable(path: string, rows: number, columns: number): Promise<Float64Array> {
  const lines = await readLines(path);
  const table = new Float64Array(rows * columns);
  for (const [row, line] of lines.entries()) {
    const fields = line.trim().split(/\s+/);
    if (fields.length !== columns || fields[0] === '') {
      throw expected(`${path} line ${row + 1}`, `${columns} numbers with white space between them`, fields[0] === '' ? 0 : fields.length);
    }
    for (const [column, field] of fields.entries()) {
      const value = parseNumber(field);
      if (Number.isNaN(value)) throw expected(`${path} line ${row + 1}`, `a number in column ${column + 1}`, `'${field}'`);
      table[row * columns + column] = value; // rows beyond the end are dropped here and reported below
    }
  }
  checkLines(path, 'row of the table', lines, rows);
  return table;
}

/** The stored order: every row number exactly once. */
async function readOrder(path: string, rows: number): Promise<Int32Array> {
  const lines = await readLines(path);
  const order = new Int32Array(rows);
  const lineOf = new Map<number, number>();
  for (const [at, line] of lines.entries()) {
    const text = line.trim();
    const index = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(index < rows)) throw expected(`${path} line ${at + 1}`, `a row number in [0, ${rows - 1}]`, `'${text}'`);
    const before = lineOf.get(index);
    if (before !== undefined)
      throw expected(`${path} line ${at + 1}`, 'a row number that was not there before', `${index}, as in line ${before}`);
    lineOf.set(index, at + 1);
    order[at] = index;
  }
  checkLines(path, `row of ${FILES.table}`, lines, rows);
  return order;
}

/** The rows `order` names, features and targets apart. */
function pick(table: Float64Array, width: number, order: Int32Array): { readonly x: Float64Array; readonly y: Float64Array } {
  const x = new Float64Array(order.length * width),
    y = new Float64Array(order.length);
  for (const [at, row] of order.entries()) {
    const start = row * (width + 1);
    x.set(table.subarray(start, start + width), at * width);
    y[at] = table[start + width]!;
  }
  return { x, y };
}

async function load(protocol: Protocol, { dataDir }: UciOptions): Promise<Task> {
  const { features: width, train, validation, test } = protocol;
  const rows = train + validation + test;
  const table = await readTable(join(dataDir, FILES.table), rows, width + 1);
  const order = await readOrder(join(dataDir, FILES.order), rows);
  const { x, y } = pick(table, width, order);
  const fitted = train + validation;
  const standardization = standardizationOf([x.subarray(0, fitted * width)], width);
  const { mean, scale } = standardizationOf([y.subarray(0, fitted)], 1);
  const standardized = y.map((value) => (value - mean[0]!) / scale[0]!);
  const part = (start: number, end: number) =>
    dataset(x.subarray(start * width, end * width), standardized.subarray(start, end), standardization);
  return {
    name: protocol.name,
    train: part(0, train),
    validation: part(train, fitted),
    test: part(fitted, rows),
    layers: [width, protocol.hidden, 1],
    loss: 'squaredError',
    epochs: protocol.epochs,
    batchSize: protocol.batchSize,
  };
}

function dataset(x: Float64Array, y: Float64Array, standardization: Standardization): Dataset {
  return {
    count: y.length,
    features: { data: x, shape: [x.length / y.length], dtype: 'float64', standardization },
    targets: { data: y, shape: [1], dtype: 'float64' },
  };
}

/** Options of the UCI tasks. */
export type UciOptions = {
  /** Folder with `data.txt` (a row per line, white space between the numbers, the target last) and `permutation_indices.txt` (a row number per line). */
  readonly dataDir: string;
};

/**
 * UCI Energy Efficiency (768 rows, 8 features, heating load) in the protocol of the AdamQLR paper (arXiv:2310.14963): in the stored order
 * the first 588 rows train, 104 validate and 76 test. Features and target are standardized with means and deviations over training and
 * validation rows, so that losses (squared error with its 1/2) are in units of the target's variance. MLP 8-50-1, 4000 epochs, batch 588.
 * @throws one sentence that names the file, the line and what was expected, for files that are missing or wrong.
 */
export function uciEnergy(options: UciOptions): Promise<Task> {
  return load(ENERGY, options);
}

/**
 * UCI Physicochemical Properties of Protein Tertiary Structure (45,730 rows, 9 features, RMSD), prepared like `uciEnergy`: 34,983 rows
 * train, 6,174 validate and 4,573 test. MLP 9-100-1, 200 epochs, batch 1000.
 * @throws one sentence that names the file, the line and what was expected, for files that are missing or wrong.
 */
export function uciProtein(options: UciOptions): Promise<Task> {
  return load(PROTEIN, options);
}
