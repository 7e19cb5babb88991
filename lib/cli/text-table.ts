import { inSeconds, inUnits, percent, short } from '../report/number-format.js';
import type { Run, RunResult, Score } from './run.js';

/** Names and what they stand for, one per line, the second column aligned. */
export function listed(entries: readonly (readonly [name: string, text: string])[], indent = ''): string {
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, text]) => `${indent}${name.padEnd(width)}  ${text}`).join('\n');
}

/** Rows of cells as text: the first column aligned to the left, the others to the right. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  const line = (row: readonly string[]) =>
    row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!))).join('   ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}

const COLUMNS: readonly (readonly [head: string, text: (score: Score) => string | null])[] = [
  ['loss', ({ loss }) => short(loss)],
  ['accuracy', ({ accuracy }) => (accuracy === undefined ? null : percent(accuracy))],
  ['RMSE', ({ rmse }) => (rmse === undefined ? null : inUnits(rmse))],
  ['mean absolute error', ({ meanAbsoluteError }) => (meanAbsoluteError === undefined ? null : inUnits(meanAbsoluteError))],
];

/** Which epoch the model is from where early stopping chose it. */
function earlyIn({ early }: RunResult): string {
  return early === undefined ? '' : `; best epoch ${early.best} of ${early.last}${early.stopped ? ', stopped early' : ''}`;
}

/** The final table: loss and accuracy of every part of the data, then what it took. */
export function resultTable(run: Run, result: RunResult): string {
  const scores = [
    ['train', result.train],
    ['validation', result.validation],
    ['test', result.test],
  ] as const satisfies readonly (readonly [string, Score | null])[];
  const found = scores.filter(([, score]) => score !== null) as [string, Score][];
  const columns = COLUMNS.filter(([, text]) => text(result.train) !== null);
  const row = (name: string, score: Score) => [name, ...columns.map(([, text]) => text(score)!)];
  const facts = Object.entries(run.facts).map(([name, value]) => `${name} ${value}`);
  return [
    facts.join(', '),
    aligned([['', ...columns.map(([head]) => head)], ...found.map(([name, score]) => row(name, score))]),
    ...(result.train.rmse === undefined
      ? []
      : [`RMSE and mean absolute error are in units of ${run.target}, the loss in units of its variance`]),
    `${result.steps} steps, ${inSeconds(result.seconds)} s of training${earlyIn(result)}`,
  ].join('\n');
}
