import * as tree from '../base/tree.js';
import { profileStep, type StepProfile } from '../compile/profile.js';
import { type CompiledProgram, compileProgram } from '../compile/program.js';
import { functionObjective } from '../curvature/function-objective.js';
import { allocate, type FloatDType } from '../graph/dtype.js';
import { Spec, type Value } from '../graph/node.js';
import type { StateDefinition } from '../graph/state.js';
import '../ops/fluent.js';
import type { Optimizer, OptimizerState } from '../optim/optimizer.js';
import type { RunReport } from '../report/records.js';
import { Session } from '../runtime/session.js';
import { NumericalError } from '../train/report.js';
import { fills, put, type StateTree, slotsOf, take } from '../train/slots.js';
import type { Run, RunOptions, RunResult } from './run.js';
import { TRAIN, usage } from './usage-error.js';

/** Rosenbrock's function (1 - x)^2 + 100 (y - x^2)^2 of point[2] = (x, y); its minimum is 0 at (1, 1). */
function rosenbrock(point: Value): Value {
  const x = point.slice([[0, 1]]);
  const y = point.slice([[1, 2]]);
  return x.sub(1).square().add(y.sub(x.square()).square().mul(100)).sum();
}

const START = [1, -1] as const;
const STEPS = 200;

/** Steps of one native call. */
const CHUNK = 64;

/** The plans `step` and `evaluate` over the point and the optimizer's state. */
function rosenbrockProgram(optimizer: Optimizer, optimizerState: StateTree, point: StateTree): CompiledProgram {
  const pointOf = (slots: Readonly<Record<string, Value>>) => take(point, slots) as { readonly point: Value };
  return compileProgram({
    capacity: {},
    slots: Object.fromEntries([...slotsOf(point), ...slotsOf(optimizerState)].map(([name, spec]) => [name, { spec, kind: 'state' }])),
    plans: {
      step(slots) {
        const objective = functionObjective((params) => rosenbrock((params as { readonly point: Value }).point));
        const after = optimizer.step(objective, pointOf(slots), take(optimizerState, slots) as unknown as OptimizerState<Value>, objective);
        const state = { ...put(point, after.params), ...put(optimizerState, after.state as unknown as tree.Tree<Value>) };
        return { state, stats: after.stats, commit: after.commit };
      },
      evaluate: (slots) => ({ stats: { loss: rosenbrock(pointOf(slots).point) } }),
    },
  });
}

/** Rosenbrock's function of two parameters from (1, -1), the AdamQLR paper's first example. Every epoch is one step. */
export class RosenbrockRun implements Run {
  readonly keeper = null;
  readonly target = null;
  readonly columns = [];
  readonly facts: Run['facts'];
  readonly settings: Run['settings'];
  readonly steps: number;
  readonly reports: number;
  readonly #program: CompiledProgram;
  readonly #session: Session;
  /** Names of what a step records. */
  readonly #stats: readonly string[];
  #done = 0;
  #seconds = 0;

  constructor(options: RunOptions) {
    const { dtype = 'float64', epochs = STEPS, threads, batchSize } = options;
    if (batchSize !== undefined) throw usage(TRAIN, 'no --batch-size for rosenbrock', String(batchSize), 'it has no examples');
    if (options.hidden !== undefined) throw usage(TRAIN, 'no --hidden for rosenbrock', String(options.hidden), 'it has no layers');
    if (options.earlyStopping !== undefined) throw usage(TRAIN, 'no --patience for rosenbrock', String(options.earlyStopping.patience));
    this.facts = { task: 'rosenbrock', optimizer: options.optimizerName, start: `(${START.join(', ')})`, dtype };
    this.settings = { epochs, dtype };
    this.steps = epochs;
    this.reports = epochs;
    // A plain function has no predictive distribution, hence no Fisher matrix.
    const optimizer = options.makeOptimizer({ curvature: 'hessian' });
    const point: StateTree = { prefix: 'params', specs: { point: new Spec(dtype, [START.length]) } };
    const definitions = optimizer.init(point.specs) as unknown as tree.Tree<StateDefinition>;
    const specs = tree.map((leaf: StateDefinition) => leaf.spec, definitions) as tree.Tree<Spec>;
    const program = rosenbrockProgram(optimizer, { prefix: 'optimizer', specs }, point);
    this.#program = program;
    this.#stats = program.plans.find((plan) => plan.name === 'step')!.stats;
    this.#session = new Session(program, threads === undefined ? {} : { threads });
    this.#session.write('params.point', startingPoint(dtype));
    for (const [slot, data] of fills('optimizer', definitions)) this.#session.write(slot, data);
  }

  async profile(): Promise<StepProfile> {
    const session = this.#session;
    const before = this.#program.slots.map(({ name }) => [name, session.read(name)] as const);
    const restore = () => {
      for (const [name, data] of before) session.write(name, data);
    };
    try {
      return profileStep(session, this.#program, 'step', {}, this.steps, restore);
    } finally {
      restore();
    }
  }

  async *train(signal: AbortSignal): AsyncGenerator<RunReport> {
    while (this.#done < this.steps) {
      const recorded: number[][] = [];
      const onStats = (_plan: string, rows: Float64Array, width: number) => {
        for (let at = 0; at < rows.length; at += width) recorded.push([...rows.subarray(at, at + width)]);
      };
      const before = this.#done;
      const segment = { plan: 'step', steps: Math.min(CHUNK, this.steps - before) };
      const result = await this.#session.run([segment], { onStats, signal }).finally(() => {
        this.#done = before + recorded.length;
      });
      this.#done = before + result.steps;
      const start = this.#seconds;
      this.#seconds += result.seconds[0]!;
      for (const [i, row] of recorded.slice(0, result.steps).entries()) {
        yield this.#report(row, before + i + 1, start + ((i + 1) / result.steps) * result.seconds[0]!);
      }
      if (result.reason === 'uncommitted') throw new NumericalError(this.#done);
      if (result.reason === 'stopped') return;
    }
  }

  async finish(): Promise<RunResult> {
    let loss = Number.NaN;
    const onStats = (_plan: string, rows: Float64Array) => {
      loss = rows[0]!;
    };
    await this.#session.run([{ plan: 'evaluate', steps: 1 }], { onStats });
    return { train: { loss }, validation: null, test: null, steps: this.#done, seconds: this.#seconds };
  }

  dispose(): void {
    this.#session.dispose();
  }

  #report(row: readonly number[], step: number, seconds: number): RunReport {
    const stat = (name: string) => row[this.#stats.indexOf(name)];
    const damping = stat('damping');
    const rho = stat('rho');
    return {
      epoch: step,
      step,
      steps: this.steps,
      trainLoss: stat('loss')!,
      learningRate: stat('learningRate')!,
      ...(damping !== undefined && { damping }),
      ...(rho !== undefined && { rho }),
      seconds,
    };
  }
}

function startingPoint(dtype: FloatDType) {
  const point = allocate(dtype, START.length);
  point.set(START);
  return point;
}
