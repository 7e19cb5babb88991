import type { Column } from './history.js';
import type { ReportedRun } from './reported-run.js';
import { summarize } from './summary.js';
import { thin } from './thin.js';

/** How values are laid out: evenly, by their logarithm, or by the logarithm of their size with the sign kept. */
export type Scale = 'linear' | 'log' | 'signed';

/** What values are shown against. */
export type Axis = 'steps' | 'epochs' | 'seconds';

/** One line of a chart; the four columns have equal lengths. */
export type Series = {
  /** Which run, counted from 0. */
  readonly run: number;
  readonly part: 'train' | 'validation' | '';
  readonly steps: readonly number[];
  readonly epochs: readonly number[];
  readonly seconds: readonly number[];
  readonly values: readonly number[];
};

/** One chart of a report, data included. */
export type Chart = {
  readonly title: string;
  /** What the values are, in a sentence. */
  readonly note: string;
  /** The layout to begin with, and the other one to choose, if there is one that can show all values. */
  readonly scale: Scale;
  readonly other: Scale | null;
  /** Size below which the 'signed' layout is even. */
  readonly threshold: number;
  /** Values with a line of their own across the chart. */
  readonly marks: readonly { readonly value: number; readonly label: string }[];
  readonly percent: boolean;
  readonly series: readonly Series[];
};

type Plan = Pick<Chart, 'title' | 'note'> & {
  readonly columns: readonly (readonly [Column, Series['part']])[];
  readonly marks?: Chart['marks'];
  readonly percent?: boolean;
  /** Whether values of several orders of size are looked at by their logarithm. */
  readonly logarithmic: boolean;
};

const PLANS: readonly Plan[] = [
  {
    title: 'Loss',
    note: 'Lower is better. Training: mean over the batches since the last report; validation: over all of its examples.',
    columns: [
      ['trainLoss', 'train'],
      ['valLoss', 'validation'],
    ],
    logarithmic: true,
  },
  {
    title: 'Accuracy',
    note: 'Share of the validation examples whose class is right.',
    columns: [['valAccuracy', 'validation']],
    percent: true,
    logarithmic: false,
  },
  {
    title: 'Learning rate',
    note: 'How far the last step went along its direction; below 0 it went back.',
    columns: [['learningRate', '']],
    logarithmic: true,
  },
  {
    title: 'Damping',
    note: 'Added to the curvature; more of it makes steps shorter and safer.',
    columns: [['damping', '']],
    logarithmic: true,
  },
  {
    title: 'Reduction ratio rho',
    note: 'Actual over predicted change of the loss: 1 is a perfect prediction, below 0 the loss rose. Damping grows below 1/4 and shrinks above 3/4.',
    columns: [['rho', '']],
    marks: [
      { value: 0.25, label: '1/4' },
      { value: 0.75, label: '3/4' },
    ],
    logarithmic: true,
  },
];

/** Points of one metric over all runs together, which bounds the size of the page, and the least that one run gets. */
const POINTS = 6000;
const LEAST_POINTS = 200;

/** Values further apart than this factor are looked at by their logarithm. */
const WIDE = 20;

function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

function seriesOf({ history }: ReportedRun, run: number, column: Column, part: Series['part'], buckets: number): Series {
  const { columns } = history;
  const kept = thin(columns[column], buckets);
  const picked = (name: Column) => kept.map((index) => rounded(columns[name][index]!));
  return {
    run,
    part,
    steps: kept.map((index) => columns.step[index]!),
    epochs: picked('epoch'),
    seconds: picked('seconds'),
    values: picked(column),
  };
}

/** Median size of the values that are not 0, a tenth of it: small steps around 0 stay visible, large ones stay on the page. */
function thresholdOf(values: readonly number[]): number {
  const sizes = values.map(Math.abs).filter((size) => size > 0);
  return sizes.length === 0 ? 1 : rounded(sizes.sort((a, b) => a - b)[Math.floor(sizes.length / 2)]! / 10);
}

function layout({ logarithmic, marks }: Plan, values: readonly number[]): Pick<Chart, 'scale' | 'other' | 'threshold'> {
  const sizes = values.map(Math.abs);
  const positive = values.every((value) => value > 0);
  // Around its marks a chart is even; without marks the data tell.
  const threshold = marks === undefined ? thresholdOf(values) : 1;
  const greatest = sizes.reduce((a, b) => Math.max(a, b), 0);
  if (!logarithmic) return { scale: 'linear', other: null, threshold };
  const log = positive && marks === undefined ? 'log' : 'signed';
  const smallest = marks === undefined ? sizes.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY) : 1;
  const wide = greatest > WIDE * smallest && greatest > 0;
  return wide ? { scale: log, other: 'linear', threshold } : { scale: 'linear', other: log, threshold };
}

/** The charts of some runs, those without any value left out. Long histories are thinned, each series by itself (`thin`). */
export function chartsOf(runs: readonly ReportedRun[]): Chart[] {
  return PLANS.flatMap((plan) => {
    const buckets = Math.max(LEAST_POINTS, Math.floor(POINTS / plan.columns.length / runs.length)) / 2;
    const series = runs
      .flatMap((run, index) => plan.columns.map(([column, part]) => seriesOf(run, index, column, part, Math.floor(buckets))))
      .filter(({ values }) => values.length > 0);
    if (series.length === 0) return [];
    const values = series.flatMap((one) => one.values as number[]);
    const { title, note, marks = [], percent = false } = plan;
    return [{ title, note, ...layout(plan, values), marks, percent, series }];
  });
}

/** Steps of one run are many times those of another: then they are no common measure. */
const UNEQUAL = 3;

/** What to show values against at first: steps, or training seconds where the runs take very different steps. */
export function firstAxis(runs: readonly ReportedRun[]): Axis {
  const steps = runs.map((run) => summarize(run).steps).filter((count) => count > 0);
  return Math.max(...steps) > UNEQUAL * Math.min(...steps) ? 'seconds' : 'steps';
}
