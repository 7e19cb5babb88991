import { COLORS } from './colors.js';
import { COLUMNS, type Column } from './history.js';
import { escapeHtml } from './html.js';
import { inSeconds, inUnits, percent, short } from './number-format.js';
import type { ReportedRun } from './reported-run.js';
import { type Summary, summarize } from './summary.js';
import { thin } from './thin.js';

type Cell = { readonly text: string; readonly best?: boolean };

/** A table that scrolls by itself where the page is narrow. `first`: ready HTML for the head of every row. */
function table(head: readonly string[], rows: readonly { readonly first: string; readonly cells: readonly Cell[] }[]): string {
  const th = head.map((text) => `<th scope="col">${escapeHtml(text)}</th>`).join('');
  const body = rows.map(({ first, cells }) => {
    const tds = cells.map(({ text, best }) => `<td${best === true ? ' class="best"' : ''}>${escapeHtml(text)}</td>`).join('');
    return `<tr><th scope="row">${first}</th>${tds}</tr>`;
  });
  return `<div class="scroll"><table><thead><tr>${th}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`;
}

type SummaryColumn = {
  readonly head: string;
  readonly value: (summary: Summary) => number | null;
  readonly text: (value: number) => string;
  readonly best?: 'least' | 'greatest';
};

const SUMMARY_COLUMNS: readonly SummaryColumn[] = [
  { head: 'Training loss', value: (run) => run.trainLoss, text: short, best: 'least' },
  { head: 'Validation loss', value: (run) => run.valLoss, text: short, best: 'least' },
  { head: 'Test loss', value: (run) => run.testLoss, text: short, best: 'least' },
  { head: 'Training accuracy', value: (run) => run.trainAccuracy, text: percent, best: 'greatest' },
  { head: 'Validation accuracy', value: (run) => run.valAccuracy, text: percent, best: 'greatest' },
  { head: 'Test accuracy', value: (run) => run.testAccuracy, text: percent, best: 'greatest' },
  { head: 'Training RMSE', value: (run) => run.trainRmse, text: inUnits, best: 'least' },
  { head: 'Validation RMSE', value: (run) => run.valRmse, text: inUnits, best: 'least' },
  { head: 'Test RMSE', value: (run) => run.testRmse, text: inUnits, best: 'least' },
  { head: 'Training mean absolute error', value: (run) => run.trainMeanAbsoluteError, text: inUnits, best: 'least' },
  { head: 'Validation mean absolute error', value: (run) => run.valMeanAbsoluteError, text: inUnits, best: 'least' },
  { head: 'Test mean absolute error', value: (run) => run.testMeanAbsoluteError, text: inUnits, best: 'least' },
  { head: 'Best epoch', value: (run) => run.bestEpoch, text: short },
  { head: 'Steps', value: (run) => run.steps, text: String },
  { head: 'Seconds', value: (run) => run.seconds, text: inSeconds },
];

/** A short line in the color of a run. */
function swatch(run: number): string {
  return `<span class="swatch${run >= COLORS ? ' again' : ''}" style="border-color: var(--run-${run % COLORS})" aria-hidden="true"></span>`;
}

/** What the errors of regressions are in. */
function unitsNote(runs: readonly ReportedRun[], summaries: readonly Summary[]): string {
  if (summaries.every(({ trainRmse }) => trainRmse === null)) return '';
  const targets = new Set(runs.map(({ config }) => config['target']));
  const [target] = targets;
  const name = targets.size === 1 && typeof target === 'string' ? target : 'the target';
  return `<p class="note">RMSE and mean absolute error are in units of ${escapeHtml(name)}, losses in units of its variance.</p>`;
}

/** Which model the scores are of, where curves that go on beyond it end elsewhere. */
function bestNote(summaries: readonly Summary[]): string {
  const early = summaries.filter(({ putBack }) => putBack);
  if (early.length === 0) return '';
  const which = early.length === summaries.length ? '' : ` of ${early.map(({ name }) => escapeHtml(name)).join(', ')}`;
  return `<p class="note">Scores${which} are those of the best epoch, whose model was kept; the curves below go on to the last epoch.</p>`;
}

/** Loss, accuracy and errors on all parts of the data, one row per run; with several runs of one task and target the best of each column is bold. */
export function resultsTable(runs: readonly ReportedRun[]): string {
  const summaries = runs.map(summarize);
  const columns = SUMMARY_COLUMNS.filter(({ value }) => summaries.some((summary) => value(summary) !== null));
  const comparable = runs.length > 1 && new Set(runs.map(({ config }) => JSON.stringify([config['task'], config['target']]))).size === 1;
  const best = columns.map(({ value, best: wanted }) => {
    if (wanted === undefined || !comparable) return null;
    const values = summaries.map(value).filter((one) => one !== null);
    return wanted === 'least' ? Math.min(...values) : Math.max(...values);
  });
  const rows = summaries.map((summary, run) => ({
    first: `${swatch(run)}${escapeHtml(summary.name)}${summary.ended === 'finished' ? '' : ` <span class="soft">(${summary.ended})</span>`}`,
    cells: columns.map(({ value, text }, c) => {
      const number = value(summary);
      return { text: number === null ? '–' : text(number), best: number !== null && number === best[c] };
    }),
  }));
  return `<div class="card">${table(['Run', ...columns.map(({ head }) => head)], rows)}${unitsNote(runs, summaries)}${bestNote(summaries)}</div>`;
}

const COLUMN_HEADS: Readonly<Record<Column, string>> = {
  epoch: 'Epoch',
  step: 'Step',
  seconds: 'Seconds',
  trainLoss: 'Training loss',
  valLoss: 'Validation loss',
  valAccuracy: 'Validation accuracy',
  learningRate: 'Learning rate',
  damping: 'Damping',
  rho: 'Rho',
};

/** Rows of the table of numbers, about: enough to follow the charts, few enough to be read. */
const ROWS = 40;

function cell(column: Column, value: number): string {
  if (Number.isNaN(value)) return '–';
  if (column === 'valAccuracy') return percent(value);
  if (column === 'seconds') return inSeconds(value);
  return column === 'step' ? String(value) : short(value);
}

/** The numbers of a run's reports, evenly thinned, folded up unless it is the `only` run. */
export function numbersTable({ name, history }: ReportedRun, only: boolean): string {
  const { columns, reports } = history;
  if (reports === 0) return '';
  const shown = COLUMNS.filter((column) => !columns[column].every(Number.isNaN));
  const kept = thin(columns.step, Math.floor(ROWS / 2));
  const rows = kept.map((index) => ({
    first: cell(shown[0]!, columns[shown[0]!][index]!),
    cells: shown.slice(1).map((column) => ({ text: cell(column, columns[column][index]!) })),
  }));
  const count = kept.length === reports ? `${reports} reports` : `${kept.length} of ${reports} reports`;
  const heads = shown.map((column) => COLUMN_HEADS[column]);
  return `<details class="card"${only && kept.length <= 20 ? ' open' : ''}><summary>${escapeHtml(name)}: ${count}</summary>${table(heads, rows)}</details>`;
}

/** A value of a configuration as text. */
function shown(value: unknown): string {
  return typeof value === 'string' ? value : Array.isArray(value) ? value.map(shown).join(', ') : JSON.stringify(value);
}

function settings(head: string, values: Readonly<Record<string, unknown>>): string {
  const rows = Object.entries(values).map(
    ([name, value]) => `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(shown(value))}</td></tr>`,
  );
  return rows.length === 0 ? '' : `<div class="card"><h3>${escapeHtml(head)}</h3><table><tbody>${rows.join('\n')}</tbody></table></div>`;
}

/** Settings of every run, and what each ran on; an environment that all share is shown once. */
export function settingsTables(runs: readonly ReportedRun[]): string {
  const environments = new Set(runs.map(({ environment }) => JSON.stringify(environment)));
  const several = runs.length > 1;
  const cards = runs.map(({ name, config, environment }) => {
    const own = environments.size > 1 ? settings(`Environment of ${name}`, environment) : '';
    return settings(several ? `Settings of ${name}` : 'Settings', config) + own;
  });
  const shared = environments.size === 1 ? settings(several ? 'Environment of all runs' : 'Environment', runs[0]!.environment) : '';
  const all = cards.join('\n') + shared;
  return all === '' ? '<p class="soft">Not known: there is no config.json beside the history.</p>' : `<div class="settings">${all}</div>`;
}
