import * as tree from '../base/tree.js';
import { compileProgram } from '../compile/program.js';
import { functionObjective } from '../curvature/function-objective.js';
import type { FloatDType, TypedArray } from '../graph/dtype.js';
import { Spec, type Value } from '../graph/node.js';
import type { StateDefinition } from '../graph/state.js';
import '../ops/fluent.js';
import type { Optimizer, OptimizerState } from '../optim/optimizer.js';
import { Session } from '../runtime/session.js';
import type { Run, RunOptions, RunReport } from './run.js';
import { usage } from './usage-error.js';

/** Rosenbrock's function (1 - x)^2 + 100 (y - x^2)^2 of point[2] = (x, y); its minimum is 0 at (1, 1). */
export function rosenbrock(point: Value): Value {
  const x = point.slice([[0, 1]]);
  const y = point.slice([[1, 2]]);
  return x.sub(1).square().add(y.sub(x.square()).square().mul(100)).sum();
}

const START = [1, -1] as const;
const STEPS = 200;

/** Steps of one native call. */
const CHUNK = 64;

/** The plans `step` and `evaluate` over the point and the optimizer's state. */
function rosenbrockProgram(optimizer: Optimizer, state: OptimizerState<StateDefinition>, dtype: FloatDType) {
  const definitions = tree.entries<StateDefinition>(state);
  const slotOf = (path: string) => `optimizer.${path}`;
  return compileProgram({
    capacity: {},
    slots: {
      point: { spec: new Spec(dtype, [START.length]), kind: 'state' },
      ...Object.fromEntries(definitions.map(([path, { spec }]) => [slotOf(path), { spec, kind: 'state' as const }])),
    },
    plans: {
      step(slots) {
        const objective = functionObjective((params) => rosenbrock((params as { point: Value }).point));
        const before = tree.rebuild<Value>(
          state,
          definitions.map(([path]) => slots[slotOf(path)]!),
        );
        const after = optimizer.step(objective, { point: slots['point']! }, before);
        const next = Object.fromEntries(tree.entries<Value>(after.state).map(([path, value]) => [slotOf(path), value]));
        return { state: { point: (after.params as { point: Value }).point, ...next }, stats: after.stats, commit: after.commit };
      },
      evaluate: (slots) => ({ stats: { loss: rosenbrock(slots['point']!) } }),
    },
  });
}

/** Rosenbrock's function of two parameters from (1, -1), the AdamQLR paper's first example: every epoch is one step. */
export function rosenbrockRun(options: RunOptions): Run {
  if (options.batchSize !== undefined)
    throw usage('adamqlr train', 'no --batch-size for rosenbrock', String(options.batchSize), 'it has no examples');
  const { dtype = 'float64', epochs: steps = STEPS, threads } = options;
  // A plain function has no predictive distribution, hence no Fisher matrix.
  const optimizer = options.makeOptimizer({ curvature: 'hessian' });
  const state = optimizer.init({ point: new Spec(dtype, [START.length]) });
  const program = rosenbrockProgram(optimizer, state, dtype);
  const names = program.plans.find((plan) => plan.name === 'step')!.stats;
  const session = new Session(program, threads === undefined ? {} : { threads });
  const array = (values: readonly number[]): TypedArray => (dtype === 'float32' ? Float32Array.from(values) : Float64Array.from(values));
  session.write('point', array(START));
  for (const slot of program.slots) {
    const definition = tree.entries<StateDefinition>(state).find(([path]) => `optimizer.${path}` === slot.name)?.[1];
    if (definition !== undefined) session.write(slot.name, session.read(slot.name).fill(definition.value));
  }
  let done = 0;
  let seconds = 0;
  const toReport = (row: Float64Array, at: number): RunReport => {
    const stat = (name: string) => row[names.indexOf(name)];
    const damping = stat('damping'),
      rho = stat('rho');
    return {
      epoch: done,
      step: done,
      steps,
      trainLoss: stat('loss')!,
      learningRate: stat('learningRate')!,
      ...(damping === undefined ? {} : { damping }),
      ...(rho === undefined ? {} : { rho }),
      seconds: at,
    };
  };
  return {
    facts: { task: 'rosenbrock', optimizer: options.optimizerName, start: `(${START})`, dtype },
    steps,
    reports: steps,
    async *train(signal) {
      while (done < steps) {
        const reports: RunReport[] = [];
        const onStats = (_plan: string, rows: Float64Array, width: number) => {
          for (let at = 0; at < rows.length; at += width) {
            done++;
            reports.push(toReport(rows.subarray(at, at + width), seconds));
          }
        };
        const result = await session.run([{ plan: 'step', steps: Math.min(CHUNK, steps - done) }], { onStats, signal });
        seconds += result.seconds[0]!;
        for (const [i, report] of reports.entries())
          yield { ...report, seconds: report.seconds + ((i + 1) / reports.length) * result.seconds[0]! };
        if (result.reason === 'uncommitted')
          throw new Error(`rosenbrock: expected a finite step, got one that is not at step ${done}; lower the learning rate`);
      }
    },
    async finish() {
      let loss = Number.NaN;
      await session.run([{ plan: 'evaluate', steps: 1 }], {
        onStats: (_plan, rows) => {
          loss = rows[0]!;
        },
      });
      return { train: { loss }, validation: null, test: null, steps: done, seconds };
    },
    dispose: () => session.dispose(),
  };
}
