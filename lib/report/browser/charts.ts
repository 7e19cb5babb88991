import type { Axis, Chart, Scale, Series } from '../charts.js';
import type { PageData } from '../page.js';

// This module runs in the reader's browser. The library is compiled without the types of the web, so the few parts used are declared here.
type Box = {
  textContent: string;
  innerHTML: string;
  readonly clientWidth: number;
  readonly style: Record<string, string>;
  querySelector(selector: string): Box;
  addEventListener(type: string, listener: (event: { readonly target: Box & { readonly value: string } }) => void): void;
};
declare const document: {
  readonly documentElement: Box;
  querySelector(selector: string): Box;
  querySelectorAll(selector: string): Iterable<Box>;
};
declare const window: { readonly devicePixelRatio: number };
declare function getComputedStyle(of: Box): { getPropertyValue(name: string): string };
declare function matchMedia(query: string): { addEventListener(type: 'change', listener: () => void): void };
declare class ResizeObserver {
  constructor(listener: () => void);
  observe(of: Box): void;
}

type Canvas = {
  strokeStyle: string;
  fillStyle: string;
  lineWidth: number;
  font: string;
  textAlign: string;
  save(): void;
  restore(): void;
  beginPath(): void;
  setLineDash(dashes: readonly number[]): void;
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  stroke(): void;
  fillText(text: string, x: number, y: number): void;
};
type Plot = {
  readonly ctx: Canvas;
  readonly bbox: { readonly left: number; readonly top: number; readonly width: number; readonly height: number };
  readonly cursor: { readonly left: number };
  valToPos(value: number, scale: string, canvas: boolean): number;
  posToVal(position: number, scale: string): number;
  setSize(size: { width: number; height: number }): void;
  destroy(): void;
};
declare const uPlot: { new (options: object, data: unknown, target: Box): Plot; join(tables: unknown): unknown };

const AXIS_NAMES: Readonly<Record<Axis, string>> = { steps: 'Steps', epochs: 'Epochs', seconds: 'Training seconds' };

/** Empty space above and below the values, as a share of their range. */
const ROOM = 0.06;

const HEIGHT = { wide: 340, small: 250 };
const SCALE_NAMES: Readonly<Record<Scale, string>> = { linear: 'linear scale', log: 'log scale', signed: 'signed log scale' };

function themed(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** A number in few characters: '0.25', '1200', '1e-8', '2.5e6'. */
export function brief(value: number): string {
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-3 && size < 1e6)) return String(Number(value.toPrecision(4)));
  return value.toExponential(2).replace(/\.?0*e\+?/, 'e');
}

/** Position of the entry of a rising list nearest to x. */
export function nearest(xs: readonly number[], x: number): number {
  let low = 0;
  let high = xs.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle]! <= x) low = middle;
    else high = middle;
  }
  return x - xs[low]! <= xs[high]! - x ? low : high;
}

/** At most this many labels beside a chart. */
const LABELS = 7;

/** 1, 2, 5 times powers of ten in [low, high] for low > 0; where they are too many, powers of ten, then every second one, and so on. */
export function logTicks(low: number, high: number): number[] {
  if (!(low > 0 && high < Number.POSITIVE_INFINITY)) return [];
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const inside = (tick: number) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9);
  const powers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const fine = powers.flatMap((power) => [1, 2, 5].map((digit) => Number(`${digit}e${power}`))).filter(inside);
  if (fine.length <= LABELS) return fine;
  const every = Math.ceil((last - first) / LABELS);
  return powers
    .filter((power) => power % every === 0)
    .map((power) => Number(`1e${power}`))
    .filter(inside);
}

/** Ticks of a scale that is even around 0 up to a threshold and logarithmic beyond: 0 and powers of ten of both signs in [low, high]. */
export function signedTicks(low: number, high: number, threshold: number): number[] {
  const greatest = Math.max(-low, high);
  if (greatest <= threshold) return [0, threshold / 2, -threshold / 2].filter((tick) => tick >= low && tick <= high).sort((a, b) => a - b);
  const first = Math.round(Math.log10(threshold));
  const count = Math.floor(Math.log10(greatest)) - first + 1;
  const sides = low < 0 && high > 0 ? 2 : 1;
  const every = Math.max(1, Math.ceil((sides * count) / (LABELS - 1)));
  const sizes = Array.from({ length: Math.ceil(count / every) }, (_, i) => Number(`1e${first + i * every}`));
  const place = (value: number) => Math.asinh(value / threshold);
  const crowded = (size: number) => place(size) < (place(high) - place(low)) / (2 * LABELS); // too near to the label of 0
  const kept = sizes.filter((size) => !crowded(size));
  return [...kept.map((size) => -size).reverse(), 0, ...kept].filter((tick) => tick >= low && tick <= high);
}

/** Dashes of a line: validation is dashed, and so are runs beyond the number of colors, each in its own way. */
export function dashes({ part, run }: Series, alone: boolean, colors: number): readonly number[] {
  const again = run >= colors;
  if (part === 'validation' && !alone) return again ? [8, 3, 2, 3] : [7, 5];
  return again ? [2, 3] : [];
}

/** One chart of the page with its controls. */
class Drawing {
  readonly #chart: Chart;
  readonly #page: PageData;
  readonly #figure: Box;
  readonly #frame: Box;
  #scale: Scale;
  #axis: Axis;
  #plot: Plot | null = null;

  constructor(page: PageData, index: number) {
    this.#page = page;
    this.#chart = page.charts[index]!;
    this.#scale = this.#chart.scale;
    this.#axis = page.axis;
    this.#figure = document.querySelector(`#chart-${index}`);
    this.#frame = this.#figure.querySelector('.plot');
    if (this.#chart.other !== null) {
      this.#figure.querySelector('button').addEventListener('click', () => {
        this.#scale = this.#otherScale();
        this.draw();
      });
    }
    new ResizeObserver(() => this.#plot?.setSize(this.#size())).observe(this.#frame);
  }

  draw(axis: Axis = this.#axis): void {
    this.#axis = axis;
    this.#plot?.destroy();
    this.#frame.innerHTML = '';
    if (this.#chart.other !== null) this.#figure.querySelector('button').textContent = SCALE_NAMES[this.#otherScale()];
    const tables = this.#chart.series.map((series) => [series[axis], series.values]);
    this.#plot = new uPlot(this.#options(), uPlot.join(tables), this.#frame);
    this.#key(null);
  }

  #otherScale(): Scale {
    const { scale, other } = this.#chart;
    return this.#scale === scale ? other! : scale;
  }

  #size() {
    const { clientWidth } = this.#frame;
    return { width: clientWidth, height: clientWidth > 700 ? HEIGHT.wide : HEIGHT.small };
  }

  /** Whether training and validation need not be told apart. */
  get #alone(): boolean {
    return new Set(this.#chart.series.map(({ part }) => part)).size === 1;
  }

  #color({ run }: Series): string {
    return themed(`run-${run % this.#page.colors}`);
  }

  #text(value: number): string {
    return this.#chart.percent ? `${Number((100 * value).toPrecision(4))} %` : brief(value);
  }

  #options(): object {
    const { series, threshold } = this.#chart;
    const axes = {
      stroke: themed('soft'),
      grid: { stroke: themed('grid'), width: 1, filter: (_: unknown, ticks: unknown) => ticks },
      ticks: { show: false },
      font: '12px system-ui, sans-serif',
    };
    const distribution = { linear: { distr: 1 }, log: { distr: 3 }, signed: { distr: 4, asinh: threshold } }[this.#scale];
    return {
      ...this.#size(),
      legend: { show: false },
      padding: [null, this.#chart.marks.length > 0 ? 30 : 16, null, null],
      cursor: { sync: { key: 'report' }, points: { size: 7 }, drag: { x: true, y: false }, y: false },
      scales: {
        x: { time: false },
        y: { ...distribution, range: (_: unknown, low: number | null, high: number | null) => this.#around(low, high) },
      },
      axes: [
        { ...axes, label: AXIS_NAMES[this.#axis], labelSize: 20, labelFont: axes.font, size: 30, values: this.#labels((v) => brief(v)) },
        {
          ...axes,
          size: 62,
          ...(this.#scale !== 'linear' && { splits: this.#ticks(), filter: (_: unknown, ticks: unknown) => ticks }),
          values: this.#labels((v) => this.#text(v)),
        },
      ],
      series: [
        {},
        ...series.map((one) => ({
          stroke: this.#color(one),
          width: 1.75,
          dash: dashes(one, this.#alone, this.#page.colors) as number[],
          points: { show: one.values.length <= 40, size: 4, fill: this.#color(one) },
        })),
      ],
      hooks: {
        draw: [(plot: Plot) => this.#drawMarks(plot)],
        setCursor: [(plot: Plot) => this.#key(plot.cursor.left < 0 ? null : plot.posToVal(plot.cursor.left, 'x'))],
      },
    };
  }

  /** Labels of the ticks; the chart library leaves out some ticks of a log scale by passing null. */
  #labels(text: (value: number) => string) {
    return (_plot: unknown, ticks: readonly (number | null)[]) => ticks.map((tick) => (tick === null ? '' : text(tick)));
  }

  /** The range of the values with all marks inside and a little room. */
  #around(low: number | null, high: number | null): [number, number] {
    if (low === null || high === null) return [1, 10]; // zoomed to where there is no value
    const marks = this.#chart.marks.map(({ value }) => value);
    const [least, most] = [Math.min(low, ...marks), Math.max(high, ...marks)];
    if (this.#scale === 'log')
      return least === most ? [least / 10, most * 10] : [least * (least / most) ** ROOM, most * (most / least) ** ROOM];
    if (this.#scale === 'signed') {
      const { threshold } = this.#chart;
      const [from, to] = [Math.asinh(least / threshold), Math.asinh(most / threshold)];
      const room = (to - from) * ROOM || 1;
      return [threshold * Math.sinh(from - room), threshold * Math.sinh(to + room)];
    }
    const room = (most - least) * ROOM || Math.abs(most) / 2 || 1;
    return [least >= 0 ? Math.max(0, least - room) : least - room, this.#chart.percent ? Math.min(1, most + room) : most + room];
  }

  /** Where the labels beside the chart are; undefined leaves a linear scale to the library. */
  #ticks(): ((...given: unknown[]) => number[]) | undefined {
    if (this.#scale === 'linear') return undefined;
    const { threshold } = this.#chart;
    const signed = this.#scale === 'signed';
    return (_plot, _axis, low, high) =>
      signed ? signedTicks(low as number, high as number, threshold) : logTicks(low as number, high as number);
  }

  #drawMarks(plot: Plot): void {
    const { ctx, bbox } = plot;
    const ratio = window.devicePixelRatio;
    for (const { value, label } of this.#chart.marks) {
      const y = Math.round(plot.valToPos(value, 'y', true));
      ctx.save();
      ctx.strokeStyle = themed('mark');
      ctx.fillStyle = themed('soft');
      ctx.lineWidth = ratio;
      ctx.setLineDash([3 * ratio, 3 * ratio]);
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
      ctx.font = `${11 * ratio}px system-ui, sans-serif`;
      ctx.textAlign = 'left';
      // Above the upper one, below the lower one: they may be close together.
      ctx.fillText(label, bbox.left + bbox.width + 5 * ratio, y + (value > 0.5 ? -1 : 9) * ratio);
      ctx.restore();
    }
  }

  /** Names and colors of the lines, with their values near x, or at their ends without one. */
  #key(x: number | null): void {
    const { series } = this.#chart;
    const box = this.#figure.querySelector('.key');
    box.innerHTML = series
      .map((one) => {
        const dash = dashes(one, this.#alone, this.#page.colors).join(' ');
        const line = `<line x1="0" y1="5" x2="26" y2="5" stroke="${this.#color(one)}" stroke-width="2.5" stroke-dasharray="${dash}"/>`;
        return `<li><svg width="26" height="10">${line}</svg><span></span> <b></b></li>`;
      })
      .join('');
    for (const [i, one] of series.entries()) {
      const item = box.querySelector(`li:nth-child(${i + 1})`);
      const words = [this.#page.runs.length > 1 ? this.#page.runs[one.run]! : '', one.part].filter((word) => word !== '');
      item.querySelector('span').textContent = words.length === 0 ? this.#chart.title.toLowerCase() : words.join(', ');
      const at = x === null ? one.values.length - 1 : nearest(one[this.#axis], x);
      item.querySelector('b').textContent = `${this.#text(one.values[at]!)}${x === null ? ' at the end' : ''}`;
    }
  }
}

/** Draws every chart of the page and keeps them in step with the axis chosen and with the reader's theme. */
export function show(): void {
  const page = JSON.parse(document.querySelector('#data').textContent) as PageData;
  const drawings = page.charts.map((_, index) => new Drawing(page, index));
  const draw = (axis?: Axis) => {
    for (const drawing of drawings) drawing.draw(axis);
  };
  draw();
  for (const choice of document.querySelectorAll('[name=axis]')) {
    choice.addEventListener('change', ({ target }) => draw(target.value as Axis));
  }
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => draw());
}
