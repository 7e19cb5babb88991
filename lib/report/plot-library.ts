import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The chart library as text, to be put into a page. */
export type PlotLibrary = { readonly script: string; readonly style: string; readonly license: string };

/** Reads uPlot from where this package finds it, also when this package is itself a dependency. */
export function plotLibrary(): PlotLibrary {
  const dist = dirname(createRequire(import.meta.url).resolve('uplot/dist/uPlot.iife.min.js'));
  const read = (...path: string[]) => readFileSync(join(dist, ...path), 'utf8').trim();
  return { script: read('uPlot.iife.min.js'), style: read('uPlot.min.css'), license: read('..', 'LICENSE') };
}
