import test from 'ava';
import * as tree from '../../lib/base/tree.js';
import type { Spec } from '../../lib/graph/node.js';
import { type AdamQlrOptions, adamqlr } from '../../lib/optim/adamqlr.js';
import { frozen } from '../../lib/optim/frozen.js';
import type { Optimizer } from '../../lib/optim/optimizer.js';
import { sgdqlr } from '../../lib/optim/sgdqlr.js';
import { type Data, engines } from '../engine.js';
import { mlpRun } from './mlp-problem.js';
import { flat, type Position, type Problem, run } from './run.js';

/** The oracle files' MLP on one batch of six rows, judged by six other rows. */
const other = {
  inputs: Array.from({ length: 18 }, (_, i) => Math.cos(0.7 * (Math.floor(i / 3) + 40) + 1.1 * (i % 3))),
  labels: [0, 2, 1, 1, 0, 2],
};
const first = mlpRun('ce');
const params = Object.fromEntries(Object.entries(first.params).map(([name, values]) => [name, Float64Array.from(values as number[])]));
const problem: Problem = { ...first, params, nextBatch: [other.inputs, other.labels] };

/** Mean cross-entropy of the MLP 3-5-3 (ReLU) in plain loops. */
function meanLoss(params: Position['params'], [inputs, labels]: readonly [Data, Data]): number {
  const { w1, b1, w2, b2 } = params as unknown as Record<string, Data>;
  let total = 0;
  for (let n = 0; n < 6; n++) {
    const hidden = Array.from({ length: 5 }, (_, h) => {
      let sum = b1![h]!;
      for (let k = 0; k < 3; k++) sum += inputs[3 * n + k]! * w1![5 * k + h]!;
      return Math.max(0, sum);
    });
    const logits = Array.from({ length: 3 }, (_, o) => hidden.reduce((sum, x, h) => sum + x * w2![3 * h + o]!, b2![o]!));
    total += Math.log(logits.reduce((sum, z) => sum + Math.exp(z), 0)) - logits[labels[n]!]!;
  }
  return total / 6;
}

const changeOn = (batch: Problem['batch'], before: Position, after: Position) =>
  meanLoss(after.params, batch as [Data, Data]) - meanLoss(before.params, batch as [Data, Data]);

const near = (a: number, b: number, tolerance = 1e-12) => Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));
const lambdaOf = ({ state }: Position) => (state as { readonly damping: { readonly lambda: Data } }).damping.lambda[0]!;

const ROWS: readonly (readonly [name: string, make: (options: AdamQlrOptions) => Optimizer, options: AdamQlrOptions])[] = [
  ['Levenberg-Marquardt', adamqlr, {}],
  ['the published rule', adamqlr.paper, {}],
  ['the gradient as direction', sgdqlr as (options: AdamQlrOptions) => Optimizer, {}],
  ['rejection', adamqlr, { rejectAscent: true }],
  ['decreasing loss', adamqlr, { dampingRule: 'decreasing-loss' }],
  ['every third step', adamqlr, { dampingInterval: 3 }],
  ['momentum in the model', adamqlr, { modelMomentum: true }],
  ['a clipped gradient', adamqlr, { gradientClip: 0.1 }],
  ['frozen parameters', (options) => frozen(adamqlr(options), (path) => path === 'b1'), {}],
];

for (const { name, engine } of engines) {
  for (const [what, make, options] of ROWS) {
    test(`${name}, ${what}: the true change is that of the second batch, the model that of the first, and damping follows their ratio`, (t) => {
      const judged = make({ ...options, dampingBatch: 'next' });
      // The same step, taken whatever the second batch says and judged by the first.
      const { rejectAscent: _, dampingRule: __, ...taken } = options;
      const free = make(taken);
      let before: Position = { params: problem.params, state: run(engine, judged, problem, 0).end.state };
      let rejected = 0;
      let different = 0;
      for (let step = 1; step <= 15; step++) {
        const { steps, end } = run(engine, judged, problem, 1, before);
        const { stats, committed } = steps[0]!;
        const reference = run(engine, free, problem, 1, before);
        const untold = reference.steps[0]!.stats;
        const change = changeOn(problem.nextBatch!, before, reference.end);
        t.true(committed);
        for (const key of ['loss', 'learningRate', 'modelChange', 'updateNorm']) t.true(near(stats[key]!, untold[key]!), `${step}: ${key}`);
        const due = options.dampingInterval === undefined || step % options.dampingInterval === 0;
        if (due) t.true(near(stats.trueChange!, change), `${step}: ${stats.trueChange}, expected ${change}`);
        else t.is(stats.trueChange, Number.NaN);
        const keep = stats.kept === undefined || change <= 0;
        if (stats.kept !== undefined) t.is(stats.kept, keep ? 1 : 0);
        t.true(
          flat(end.params).every((value, i) => near(value, flat((keep ? reference.end : before).params)[i]!)),
          `${step}: parameters`,
        );
        const rho = change / stats.modelChange!;
        const factor = !due ? 1 : options.dampingRule !== undefined ? (keep ? 0.5 : 2) : rho > 0.75 ? 0.5 : rho < 0.25 ? 2 : 1;
        t.true(near(lambdaOf(end) / lambdaOf(before), factor), `${step}: lambda`);
        if (!keep) rejected++;
        if (Math.abs(change - changeOn(problem.batch, before, reference.end)) > 1e-3) different++;
        before = end;
      }
      t.true(different >= 5, 'the two batches can be told apart');
      t.is(rejected > 0, options.rejectAscent === true || options.dampingRule !== undefined, 'there are steps to reject');
    });
  }

  test(`${name}: a second batch that is the first one changes nothing but rounding`, (t) => {
    const again = { ...problem, nextBatch: problem.batch };
    const same = run(engine, adamqlr(), problem, 20).steps;
    for (const [i, { stats }] of run(engine, adamqlr({ dampingBatch: 'next' }), again, 20).steps.entries())
      for (const [key, value] of Object.entries(stats)) t.true(near(value, same[i]!.stats[key]!, 1e-9), `${i}: ${key}`);
  });
}

test('a step that is to be judged by a second batch and gets none is one clear sentence', (t) => {
  const specs = tree.map((spec: Spec) => spec, problem.paramSpecs);
  const step = () =>
    engines[0]!.engine(
      (params, state, batch) => adamqlr({ dampingBatch: 'next' }).step(problem.objective(batch), params, state).stats,
      [specs, tree.map(({ spec }: { spec: Spec }) => spec, adamqlr().init(specs)), problem.batchSpecs],
      problem.sizes,
    );
  t.throws(step, { message: "adamqlr: expected the objective of a second batch for dampingBatch 'next', got none; pass it to step" });
});
