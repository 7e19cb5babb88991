import { RUN_COLORS } from './colors.js';

const colors = (theme: keyof typeof RUN_COLORS) => RUN_COLORS[theme].map((color, i) => `--run-${i}: ${color};`).join(' ');

/** The style of a report: light or dark as the reader's system is, one column of charts on a phone, two where there is room. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #fff; --ink: #1c2126; --soft: #5b6570; --line: #dfe3e8; --grid: #eceff2; --mark: #8a94a0; --accent: #0b63a5;
  ${colors('light')}
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --card: #1d2125; --ink: #e6e9ec; --soft: #a0a9b3; --line: #343a41; --grid: #2a2f35; --mark: #7b8590; --accent: #7cc0f5;
    ${colors('dark')}
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1.25rem 3rem; max-width: 78rem; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
h1 { font-size: 1.55rem; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 0; }
section > h2, header + h2 { margin: 2rem 0 .6rem; }
p { margin: .3rem 0 0; }
.soft, .note { color: var(--soft); }
.note { font-size: .85rem; margin: .1rem 0 .5rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .9rem 1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
th, td { padding: .35rem .9rem .35rem 0; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
tr:last-child > * { border-bottom: 0; }
thead th { color: var(--soft); font-weight: 500; font-size: .85rem; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; }
tbody th { font-weight: 600; }
.best { font-weight: 700; }
.swatch { display: inline-block; width: 1.6rem; height: 0; border-top: 3px solid; margin-right: .5rem; vertical-align: middle; }
.swatch.again { border-top-style: dotted; }
.bar { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; align-items: center; margin: 2rem 0 .8rem; }
.bar h2 { margin: 0 auto 0 0; }
fieldset { border: 0; margin: 0; padding: 0; display: flex; align-items: center; }
legend { float: left; padding: 0 .6rem 0 0; color: var(--soft); font-size: .9rem; }
fieldset label { border: 1px solid var(--line); padding: .2rem .75rem; background: var(--card); cursor: pointer; font-size: .9rem; }
fieldset label + label { border-left: 0; }
fieldset label:first-of-type { border-radius: .45rem 0 0 .45rem; }
fieldset label:last-of-type { border-radius: 0 .45rem .45rem 0; }
fieldset input { position: absolute; opacity: 0; pointer-events: none; }
fieldset label:has(:checked) { background: var(--accent); color: var(--card); border-color: var(--accent); }
fieldset label:has(:focus-visible) { outline: 2px solid var(--accent); outline-offset: 2px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); gap: 1rem; }
.chart { margin: 0; min-width: 0; }
.chart.wide { grid-column: 1 / -1; }
.chart header { display: flex; justify-content: space-between; gap: 1rem; align-items: baseline; }
button { font: inherit; font-size: .85rem; color: var(--accent); background: none; border: 1px solid var(--line); border-radius: .4rem; padding: .1rem .6rem; cursor: pointer; white-space: nowrap; }
button:hover { border-color: var(--accent); }
button:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.key { display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; font-size: .85rem; color: var(--soft); margin: .4rem 0 0; padding: 0; list-style: none; }
.key b { color: var(--ink); font-weight: 600; font-variant-numeric: tabular-nums; }
.key svg { vertical-align: middle; margin-right: .35rem; }
.u-legend { display: none; }
.u-select { background: color-mix(in srgb, var(--accent) 18%, transparent); }
.uplot .u-cursor-x, .uplot .u-cursor-y { border-color: var(--mark); }
details { margin-top: .7rem; }
summary { cursor: pointer; font-weight: 600; overflow-wrap: anywhere; }
details table { font-size: .85rem; margin-top: .5rem; }
.settings { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1rem; align-items: start; }
.settings h3 { font-size: .95rem; margin: 0 0 .3rem; overflow-wrap: anywhere; }
.settings td { white-space: normal; overflow-wrap: anywhere; text-align: left; padding-right: 0; }
.settings th { font-weight: 400; color: var(--soft); }
.settings td, .settings th { padding-top: .15rem; padding-bottom: .15rem; border: 0; vertical-align: top; }
.settings table { width: auto; font-size: .9rem; }
footer { margin-top: 2rem; font-size: .85rem; }
@media (max-width: 40rem) { body { padding: 1rem .75rem 2rem; } .card { padding: .75rem; } }
@media print { body { background: none; } .bar fieldset, .chart button { display: none; } .card { break-inside: avoid; } }
`.trim();
