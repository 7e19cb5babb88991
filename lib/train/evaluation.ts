import type { PlanResult, SlotDefinition } from '../compile/program.js';
import { termWeights, totalWeight, weightedSum } from '../curvature/term-weights.js';
import { Spec, type Value } from '../graph/node.js';
import { SCALAR } from '../graph/state.js';
import type { Loss } from '../losses/loss.js';
import '../ops/fluent.js';
import { constant, iota, size } from '../ops/sources.js';
import type { OnStats, Segment, Session } from '../runtime/session.js';
import type { Examples } from './examples.js';
import type { Feed } from './feed.js';
import { type PlacedModel, type SlotValues, take } from './slots.js';

/** Examples per evaluation step at most: large enough for the kernels, small in memory. */
const CHUNK = 1000;

/** Means over a data set, of examples by their weights where they have some: the loss, and the loss's metrics by name. */
export type Scores = {
  readonly loss: number;
  /** Share of right answers in [0, 1], for losses that judge classes. */
  readonly accuracy?: number;
  readonly [metric: string]: number | undefined;
};

/** The evaluation of one resident data set, as plans over a program's slots. */
export type Evaluation = {
  readonly slots: Readonly<Record<string, SlotDefinition>>;
  readonly plans: Readonly<Record<string, (slots: SlotValues) => PlanResult>>;
  /** Capacity of the named size 'm', the examples of one step. */
  readonly chunk: number;
  /** Runs over the first `count` examples in memory; the last recorded row of plan `plan` holds the means, since a part that was the first. */
  part(count: number, first: boolean): readonly Segment[];
  readonly plan: string;
};

/** Name of a slot or plan of the evaluation of these examples. */
const at = (examples: Examples, what: string) => `${examples.name}.${what}`;

/** Adds the loss and the metrics of the next `m` examples to their sums, and records the means so far. */
function scoring(model: PlacedModel, loss: Loss, examples: Examples, slots: SlotValues): PlanResult {
  const slot = (what: string) => slots[at(examples, what)]!;
  const position = slot('position');
  const rows = iota(['m']).add(position);
  const x = examples.inputs(slots, rows),
    y = examples.targets(slots, rows);
  const [outputs] = model.layer.apply(take(model.params, slots), take(model.state, slots), x, { mode: 'predict', key: null });
  const terms = loss.value(outputs, y).cast('float64');
  const weights = examples.weights(slots, rows);
  const ofExamples = termWeights(loss.name, terms, [weights]),
    ofTerms = termWeights(loss.name, terms, [loss.weights?.(y), weights]);
  const seen = slot('weight').add(totalWeight(terms, ofTerms)),
    judged = slot('examples').add(totalWeight(terms, ofExamples));
  const add = (name: string, x: Value, w: Value | null) => slot(`sum.${name}`).add(weightedSum(x.cast('float64'), w));
  const lossSum = add('loss', terms, ofTerms);
  const scores = Object.entries(loss.metrics ?? {}).map(([name, metric]): [string, Value] => [
    name,
    add(name, metric(outputs, y), ofExamples),
  ]);
  const sums = Object.fromEntries(scores.map(([name, total]) => [at(examples, `sum.${name}`), total]));
  return {
    state: {
      [at(examples, 'position')]: position.add(size('m').cast('int32')),
      [at(examples, 'weight')]: seen,
      [at(examples, 'examples')]: judged,
      [at(examples, 'sum.loss')]: lossSum,
      ...sums,
    },
    stats: { loss: lossSum.div(seen), ...Object.fromEntries(scores.map(([name, total]) => [name, total.div(judged)])) },
  };
}

/**
 * Sums the loss and its metrics over examples chunk by chunk, in state slots, and records their means. `resident`: the most examples in
 * memory at a time.
 */
export function evaluation(model: PlacedModel, loss: Loss, examples: Examples, resident: number): Evaluation {
  const chunk = Math.min(CHUNK, resident);
  const sums = ['weight', 'examples', ...['loss', ...Object.keys(loss.metrics ?? {})].map((name) => `sum.${name}`)];
  const position = at(examples, 'position'),
    begin = at(examples, 'begin'),
    rewind = at(examples, 'rewind'),
    plan = at(examples, 'evaluate');
  return {
    slots: {
      [position]: { spec: new Spec('int32', []), kind: 'state' },
      ...Object.fromEntries(sums.map((what) => [at(examples, what), { spec: SCALAR, kind: 'state' as const }])),
    },
    plans: {
      [begin]: () => ({
        state: { [position]: constant(0, 'int32'), ...Object.fromEntries(sums.map((what) => [at(examples, what), constant(0)])) },
      }),
      [rewind]: () => ({ state: { [position]: constant(0, 'int32') } }),
      [plan]: (slots) => scoring(model, loss, examples, slots),
    },
    chunk,
    plan,
    part(count, first) {
      const full = Math.floor(count / chunk),
        rest = count % chunk;
      return [
        { plan: first ? begin : rewind, steps: 1, record: 'none' },
        ...(full > 0 ? [{ plan, steps: full, sizes: { m: chunk }, record: 'last' } as const] : []),
        ...(rest > 0 ? [{ plan, steps: 1, sizes: { m: rest }, record: 'last' } as const] : []),
      ];
    },
  };
}

/** Scores a stream, chunk by chunk; the last recorded row holds the means. Rejects with the signal's reason when it aborts. */
export async function evaluateStream(
  session: Session,
  { part }: Evaluation,
  feed: Feed,
  options: { readonly onStats: OnStats; readonly signal?: AbortSignal },
): Promise<void> {
  for (let chunk = 0; chunk < feed.chunks; chunk++) {
    await feed.load(session, chunk, chunk + 1 < feed.chunks ? chunk + 1 : null, options.signal ?? null);
    await session.run(part(feed.countOf(chunk), chunk === 0), options);
  }
}
