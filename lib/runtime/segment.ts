import { expected, outOfRange } from '../base/errors.js';
import { suggestion } from '../base/nearest.js';
import type { PlanImage, ProgramImage } from './image.js';
import type { NativeSegment } from './native.js';

/** One stretch of a run: `steps` steps of a plan. */
export type Segment = {
  readonly plan: string;
  /** Steps to run, an integer >= 0. */
  readonly steps: number;
  /** Named sizes for this stretch, each 1..capacity. @default the capacities */
  readonly sizes?: Readonly<Record<string, number>>;
  /** Which steps' stats are recorded. @default 'every' */
  readonly record?: 'none' | 'every' | 'last';
};

const RECORD = { none: 0, every: 1, last: 2 } as const;

function sizesOf(plan: PlanImage, given: Readonly<Record<string, number>>): number[] {
  return plan.symbols.map((symbol, i) => {
    const capacity = plan.capacities[i]!;
    const size = given[symbol] ?? capacity;
    if (typeof size !== 'number') throw expected('session', `a number for the size '${symbol}' of plan '${plan.name}'`, typeof size);
    if (!Number.isInteger(size) || size < 1 || size > capacity) {
      throw outOfRange('session', `the size '${symbol}' of plan '${plan.name}' to be an integer in [1, ${capacity}]`, size);
    }
    return size;
  });
}

function lowerSegment(image: ProgramImage, segment: Segment): NativeSegment {
  if (segment === null || typeof segment !== 'object') throw expected('session', 'segments { plan, steps }', String(segment));
  const index = image.plans.findIndex((plan) => plan.name === segment.plan);
  const plan = image.plans[index];
  if (plan === undefined) {
    throw expected(
      'session',
      'a plan of the program',
      `'${String(segment.plan)}'`,
      suggestion(
        String(segment.plan),
        image.plans.map((p) => p.name),
      ),
    );
  }
  if (typeof segment.steps !== 'number') throw expected('session', `a number of steps for plan '${plan.name}'`, typeof segment.steps);
  if (!Number.isSafeInteger(segment.steps) || segment.steps < 0) {
    throw outOfRange('session', `steps of plan '${plan.name}' to be an integer >= 0`, segment.steps);
  }
  const record = segment.record ?? 'every';
  if (!Object.hasOwn(RECORD, record)) throw expected('session', "record to be 'none', 'every' or 'last'", `'${String(record)}'`);
  return { plan: index, steps: segment.steps, sizes: sizesOf(plan, segment.sizes ?? {}), record: RECORD[record] };
}

/** Checks a script and turns it into what the addon runs. A size name that no plan of the script has is an error. */
export function lowerScript(image: ProgramImage, script: readonly Segment[]): NativeSegment[] {
  if (!Array.isArray(script)) throw expected('session', 'a list of segments', typeof script);
  const lowered = script.map((segment) => lowerSegment(image, segment));
  const known = new Set(image.plans.flatMap((plan) => plan.symbols));
  for (const segment of script as readonly Segment[]) {
    for (const name of Object.keys(segment.sizes ?? {})) {
      if (!known.has(name)) throw expected('session', 'a named size of the program', `'${name}'`, suggestion(name, [...known]));
    }
  }
  return lowered;
}
