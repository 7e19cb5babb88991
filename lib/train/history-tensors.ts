import { expected } from '../base/errors.js';
import { suggestion } from '../base/nearest.js';
import type { Tensor } from '../checkpoint/safetensors.js';
import { format } from '../graph/shape.js';
import { NUMBERS_OF_REPORTS, NUMBERS_OF_SOME_REPORTS, type Report } from './report.js';

/** Before the names of columns: their numbers, and which reports have them where some do not. */
const NUMBERS = 'history.',
  HAVING = 'reported.';

/** Before the names of what the optimizer recorded. */
const STATS = 'stats.';

/** Whether a tensor of a checkpoint is part of the history. */
export function isOfHistory(name: string): boolean {
  return name.startsWith(NUMBERS) || name.startsWith(HAVING);
}

/** One number of all reports; 0 where a report lacks it. */
type Column = { readonly numbers: Float64Array; readonly having: Uint8Array };

type Row = { [name: string]: unknown };

/** The columns of what are numbers in some rows; `always` are there without rows too. */
function columnsOf(rows: readonly Row[], always: readonly string[]): Map<string, Column> {
  const empty = (): Column => ({ numbers: new Float64Array(rows.length), having: new Uint8Array(rows.length) });
  const columns = new Map(always.map((name) => [name, empty()]));
  for (const [at, row] of rows.entries()) {
    for (const name of Object.keys(row)) {
      const value = row[name];
      if (typeof value !== 'number') continue;
      let column = columns.get(name);
      if (column === undefined) columns.set(name, (column = empty()));
      column.numbers[at] = value;
      column.having[at] = 1;
    }
  }
  return columns;
}

/**
 * Reports as tensors: `history.NAME` float64 [reports] for every number, `history.stats.NAME` for what the optimizer recorded, and where
 * some reports lack one `reported.NAME` bool [reports], which tells those that have it. JSON would neither keep every number nor fit into
 * the header of a file after some 100,000 reports.
 */
export function historyTensors(history: readonly Report[]): Map<string, Tensor> {
  const shape = [history.length];
  const stats = columnsOf(
    history.map((report) => report.stats),
    [],
  );
  const columns = [...columnsOf(history, NUMBERS_OF_REPORTS), ...[...stats].map(([name, column]) => [`${STATS}${name}`, column] as const)];
  return new Map(
    columns.flatMap(([name, { numbers, having }]): [string, Tensor][] => [
      [`${NUMBERS}${name}`, { dtype: 'float64', shape, data: numbers }],
      ...(having.includes(0) ? [[`${HAVING}${name}`, { dtype: 'bool', shape, data: having }] as [string, Tensor]] : []),
    ]),
  );
}

const KNOWN: readonly string[] = [...NUMBERS_OF_REPORTS, ...NUMBERS_OF_SOME_REPORTS];

/** Throws unless the tensors are those of `count` reports. */
function check(path: string, tensors: ReadonlyMap<string, Tensor>, count: number): void {
  for (const name of NUMBERS_OF_REPORTS) {
    if (!tensors.has(`${NUMBERS}${name}`)) throw expected(path, 'the numbers of every report', `no '${NUMBERS}${name}'`);
    if (tensors.has(`${HAVING}${name}`)) throw expected(path, `'${name}' in every report`, `'${HAVING}${name}'`);
  }
  for (const [name, tensor] of tensors) {
    const column = name.slice(name.indexOf('.') + 1);
    const dtype = name.startsWith(NUMBERS) ? 'float64' : 'bool';
    if (tensor.dtype !== dtype || tensor.shape.length !== 1 || tensor.shape[0] !== count)
      throw expected(path, `'${name}' to be ${dtype}[${count}], one for each report`, format(tensor));
    if (!column.startsWith(STATS) && !KNOWN.includes(column))
      throw expected(path, 'the numbers of reports', `'${name}'`, suggestion(column, KNOWN));
    if (!tensors.has(`${NUMBERS}${column}`)) throw expected(path, `'${NUMBERS}${column}' beside '${name}'`, 'none');
  }
}

/** Puts the numbers of a column into those rows that have it. */
function fill(rows: readonly Row[], name: string, { data }: Tensor, having: Tensor | undefined): void {
  for (let at = 0; at < rows.length; at++) if (having === undefined || having.data[at] === 1) rows[at]![name] = data[at]!;
}

/** The inverse of historyTensors, of all tensors of a file whose names begin as theirs do; throws TypeError that begins with the path. */
export function historyOf(path: string, tensors: ReadonlyMap<string, Tensor>): Report[] {
  const count = tensors.get(`${NUMBERS}epoch`)?.data.length ?? 0;
  check(path, tensors, count);
  const stats: Row[] = Array.from({ length: count }, () => ({}));
  const reports: Row[] = stats.map((own) => ({ stats: own }));
  // Column by column: several times faster than row by row.
  for (const [name, numbers] of tensors) {
    if (!name.startsWith(NUMBERS)) continue;
    const column = name.slice(NUMBERS.length);
    const having = tensors.get(`${HAVING}${column}`);
    if (column.startsWith(STATS)) fill(stats, column.slice(STATS.length), numbers, having);
    else fill(reports, column, numbers, having);
  }
  return reports as unknown as Report[];
}
