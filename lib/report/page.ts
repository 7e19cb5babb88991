import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type Axis, type Chart, chartsOf, firstAxis } from './charts.js';
import { COLORS } from './colors.js';
import { escapeHtml, scriptJson } from './html.js';
import { inSeconds, short } from './number-format.js';
import { PAGE_STYLE } from './page-style.js';
import { numbersTable, resultsTable, settingsTables } from './page-tables.js';
import { plotLibrary } from './plot-library.js';
import type { ReportedRun } from './reported-run.js';
import { summarize } from './summary.js';

/** What the script of the page reads. */
export type PageData = {
  readonly runs: readonly string[];
  readonly colors: number;
  readonly axis: Axis;
  readonly charts: readonly Chart[];
};

/** The script of the page: a module that imports nothing, as it was compiled. */
function pageScript(): string {
  // This module may have been joined into a file of another folder beside `report`.
  return readFileSync(new URL('../report/browser/charts.js', import.meta.url), 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '');
}

const AXES: Readonly<Record<Axis, string>> = { steps: 'steps', epochs: 'epochs', seconds: 'training seconds' };

function axisToggle(first: Axis): string {
  const choices = Object.entries(AXES).map(
    ([axis, text]) => `<label><input type="radio" name="axis" value="${axis}"${axis === first ? ' checked' : ''}> ${text}</label>`,
  );
  return `<fieldset><legend>Against</legend>${choices.join('')}</fieldset>`;
}

/** What a chart shows, for those who do not see it. */
function described(chart: Chart, runs: readonly ReportedRun[]): string {
  const shown = (value: number) => (chart.percent ? `${Number((100 * value).toPrecision(4))} %` : short(value));
  const lines = chart.series.map(({ run, part, values }) => {
    const who = [runs.length > 1 ? runs[run]!.name : '', part].filter((word) => word !== '').join(', ');
    return `${who === '' ? '' : `${who}: `}from ${shown(values[0]!)} to ${shown(values.at(-1)!)}`;
  });
  return `${chart.title}. ${lines.join('; ')}. The numbers are in the table below the charts.`;
}

function figure(chart: Chart, index: number, runs: readonly ReportedRun[], wide: boolean): string {
  const button = chart.other === null ? '' : `<button type="button" data-scale="${index}"></button>`;
  return `<figure class="chart card${wide ? ' wide' : ''}" id="chart-${index}" aria-labelledby="title-${index}">
<header><h2 id="title-${index}">${escapeHtml(chart.title)}</h2>${button}</header>
<p class="note">${escapeHtml(chart.note)}</p>
<div class="plot" role="img" aria-label="${escapeHtml(described(chart, runs))}"></div>
<ul class="key" aria-hidden="true"></ul>
</figure>`;
}

function subtitle(runs: readonly ReportedRun[]): string {
  if (runs.length > 1) return runs.map(({ name }) => name).join(', ');
  const { config } = runs[0]!;
  const { steps, seconds, ended } = summarize(runs[0]!);
  const what = [config['task'], config['optimizer']]
    .filter((word) => typeof word === 'string')
    .map((word) => basename(word as string))
    .join(', ');
  return `${what === '' ? '' : `${what}; `}${steps} steps in ${inSeconds(seconds)} s of training; ${ended}`;
}

/**
 * A report about one run, or several laid over each other, as one HTML page that loads nothing else: charts, tables of results and numbers,
 * settings and environment. `title` heads it. The charts need scripts; tables and texts do not.
 */
export function reportPage(title: string, runs: readonly ReportedRun[]): string {
  const charts = chartsOf(runs);
  const data: PageData = { runs: runs.map(({ name }) => name), colors: COLORS, axis: firstAxis(runs), charts };
  const { script, style, license } = plotLibrary();
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${style}
${PAGE_STYLE}</style>
</head>
<body>
<header><h1>${escapeHtml(title)}</h1>
<p class="soft">${escapeHtml(subtitle(runs))}</p></header>
<main>
<section><h2>Results</h2>${resultsTable(runs)}</section>
${
  charts.length === 0
    ? '<p>There are no charts: no report was written before the run ended.</p>'
    : `<div class="bar"><h2>Course of training</h2>${axisToggle(data.axis)}</div>
<noscript><p>The charts need JavaScript; the numbers below do not.</p></noscript>
<div class="charts">${charts.map((chart, i) => figure(chart, i, runs, i === 0 && (charts.length % 2 === 1 || runs.length > 2))).join('\n')}</div>
<section><h2>Numbers</h2>${runs.map((run) => numbersTable(run, runs.length === 1)).join('\n')}</section>`
}
<section><h2>Settings and environment</h2>${settingsTables(runs)}</section>
</main>
<footer class="soft">Made by adamqlr. Drag inside a chart to zoom, double-click to see all of it. Long histories are thinned for display: every stretch keeps its least and its greatest value.</footer>
<!-- The charts are drawn by uPlot (https://github.com/leeoniya/uPlot).
${license.replaceAll('--', '- -')} -->
<script type="application/json" id="data">${scriptJson(data)}</script>
<script>${script}</script>
<script type="module">${pageScript()}
show();</script>
</body>
</html>
`;
}
