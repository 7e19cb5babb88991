import { Spec } from '../../lib/graph/node.js';
import { bernoulli } from '../../lib/losses/bernoulli.js';
import { crossEntropy } from '../../lib/losses/cross-entropy.js';
import { custom } from '../../lib/losses/custom.js';
import { gaussian } from '../../lib/losses/gaussian.js';
import { huber } from '../../lib/losses/huber.js';
import type { Loss } from '../../lib/losses/loss.js';
import { poisson } from '../../lib/losses/poisson.js';
import { squaredError } from '../../lib/losses/squared-error.js';
import '../../lib/ops/fluent.js';

/** One loss next to plain forms of one of its terms: outputs z and targets y of one example. */
export type Row = {
  readonly name: string;
  readonly make: () => Loss;
  /** Outputs and targets of an example; `unit` is the smallest number of outputs that a target needs. */
  readonly width: number;
  readonly targetWidth: number;
  readonly unit: number;
  /** Targets of five examples. */
  readonly targets: readonly number[];
  readonly targetSpec: Spec;
  readonly term: Plain;
  /** Negative log-likelihood of the predictive distribution where it is not the term. */
  readonly likelihood?: Plain;
  /** Targets of a unit and their probabilities under the predictive distribution at z; null where 'fisher' stands for another matrix. */
  readonly draws: ((z: readonly number[]) => [y: number, probability: number][]) | null;
  /** Whether the Fisher matrix is the output Hessian. */
  readonly isNatural: boolean;
  /** Outputs that must still give finite numbers, in float32 too. */
  readonly extremes: readonly [low: number, high: number];
  readonly metrics: Readonly<Record<string, Plain>>;
};

type Plain = (z: readonly number[], y: readonly number[]) => number;

/** sin(phase + step i) for i < count. */
export const wave = (count: number, phase: number, step: number) => Array.from({ length: count }, (_, i) => Math.sin(phase + step * i));

const total = (terms: readonly number[]) => terms.reduce((a, b) => a + b, 0);
const mean = (terms: readonly number[]) => total(terms) / terms.length;
const meanAbsoluteError: Plain = (z, y) => mean(y.map((target, o) => Math.abs(z[o]! - target)));
const logSum = (z: readonly number[]) => Math.log(total(z.map(Math.exp)));

/** Probabilities in proportion to exp(-energy) on a grid over an interval. */
function density(low: number, high: number, nodes: number, energy: (y: number) => number): [number, number][] {
  const grid = Array.from({ length: nodes }, (_, i) => low + ((high - low) * (i + 0.5)) / nodes);
  const mass = grid.map((y) => Math.exp(-energy(y)));
  const all = total(mass);
  return grid.map((y, i) => [y, mass[i]! / all]);
}

const softmaxDraws = (z: readonly number[]) => z.map((value, k): [number, number] => [k, Math.exp(value - logSum(z))]);
const normalDraws = ([z]: readonly number[]) => density(z! - 12, z! + 12, 2000, (y) => 0.5 * (y - z!) ** 2);

const LABELS = { targets: [0, 3, 1, 1, 2], targetSpec: new Spec('int32', ['n']), width: 4, targetWidth: 1, unit: 4 };
const reals = (targets: readonly number[]) => ({
  targets,
  targetSpec: new Spec('float64', ['n', 2]),
  width: 2,
  targetWidth: 2,
  unit: 1,
});
const VALUES = reals(wave(10, 0.3, 0.8));

const HUBER_DELTA = 0.7;
const huberTerm = (r: number) => (Math.abs(r) <= HUBER_DELTA ? 0.5 * r * r : HUBER_DELTA * (Math.abs(r) - 0.5 * HUBER_DELTA));

const FLOOR = 0.05;
const variance = (s: number) => Math.exp(s) + FLOOR;

const SMOOTHING = 0.2;

/** Every loss of the package. */
export const LOSSES: readonly Row[] = [
  {
    name: 'crossEntropy',
    make: crossEntropy,
    ...LABELS,
    term: (z, [y]) => logSum(z) - z[y!]!,
    draws: softmaxDraws,
    isNatural: true,
    extremes: [-1e4, 1e4],
    metrics: { accuracy: (z, [y]) => Number(z.indexOf(Math.max(...z)) === y) },
  },
  {
    name: 'crossEntropy with label smoothing',
    make: () => crossEntropy({ labelSmoothing: SMOOTHING }),
    ...LABELS,
    term: (z, [y]) => logSum(z) - total(z.map((value, k) => value * ((k === y ? 1 - SMOOTHING : 0) + SMOOTHING / z.length))),
    likelihood: (z, [y]) => logSum(z) - z[y!]!,
    draws: softmaxDraws,
    isNatural: true,
    extremes: [-1e4, 1e4],
    metrics: { accuracy: (z, [y]) => Number(z.indexOf(Math.max(...z)) === y) },
  },
  {
    name: 'squaredError',
    make: squaredError,
    ...VALUES,
    term: (z, y) => total(z.map((value, o) => 0.5 * (value - y[o]!) ** 2)),
    draws: normalDraws,
    isNatural: true,
    extremes: [-1e15, 1e15],
    metrics: { meanAbsoluteError },
  },
  {
    name: 'bernoulli',
    make: bernoulli,
    ...reals([0, 1, 1, 1, 0, 0, 1, 0, 0.25, 0.5]),
    term: (z, y) => total(z.map((value, o) => Math.log(1 + Math.exp(value)) - y[o]! * value)),
    draws: ([z]) => [
      [0, 1 / (1 + Math.exp(z!))],
      [1, 1 / (1 + Math.exp(-z!))],
    ],
    isNatural: true,
    extremes: [-1e30, 1e30],
    metrics: { accuracy: (z, y) => mean(z.map((value, o) => Number(value > 0 === y[o]! > 0.5))) },
  },
  {
    name: 'gaussian',
    make: () => gaussian({ varianceFloor: FLOOR }),
    ...VALUES,
    width: 4,
    unit: 2,
    term: (z, y) => {
      const k = y.length;
      return total(y.map((target, o) => 0.5 * (Math.log(variance(z[k + o]!)) + (target - z[o]!) ** 2 / variance(z[k + o]!))));
    },
    draws: ([mu, s]) => {
      const w = variance(s!),
        reach = 12 * Math.sqrt(w);
      return density(mu! - reach, mu! + reach, 2000, (y) => (y - mu!) ** 2 / (2 * w));
    },
    isNatural: false,
    extremes: [-1e4, 1e4],
    metrics: { meanAbsoluteError },
  },
  {
    name: 'poisson',
    make: poisson,
    ...reals([0, 3, 1, 7, 2, 0, 5, 1, 12, 4]),
    term: (z, y) => total(z.map((value, o) => Math.exp(value) - y[o]! * value)),
    draws: ([z]) => {
      let probability = Math.exp(-Math.exp(z!));
      return Array.from({ length: 150 }, (_, y) => {
        if (y > 0) probability *= Math.exp(z!) / y;
        return [y, probability];
      });
    },
    isNatural: true,
    extremes: [-1e30, 80],
    metrics: { meanAbsoluteError: (z, y) => meanAbsoluteError(z.map(Math.exp), y) },
  },
  {
    name: 'huber',
    make: () => huber({ delta: HUBER_DELTA }),
    ...VALUES,
    term: (z, y) => total(z.map((value, o) => huberTerm(value - y[o]!))),
    draws: null,
    isNatural: false,
    extremes: [-1e30, 1e30],
    metrics: { meanAbsoluteError },
  },
  {
    name: 'custom loss from its value',
    make: () => custom('wide', (z, y) => z.sub(y).square().sum(-1).div(8), undefined, { metrics: { largest: (z) => z.max(-1) } }),
    ...VALUES,
    term: (z, y) => total(z.map((value, o) => (value - y[o]!) ** 2 / 8)),
    draws: ([z]) => density(z! - 24, z! + 24, 2000, (y) => (y - z!) ** 2 / 8),
    isNatural: true,
    extremes: [-1e15, 1e15],
    metrics: { largest: (z) => Math.max(...z) },
  },
];
