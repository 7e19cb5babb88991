import test from 'ava';
import * as tree from '../../lib/base/tree.js';
import type { Tree } from '../../lib/base/tree.js';
import { modelObjective } from '../../lib/curvature/model-objective.js';
import { input, Spec, type Value } from '../../lib/graph/node.js';
import type { StateDefinition } from '../../lib/graph/state.js';
import { squaredError } from '../../lib/losses/squared-error.js';
import { mlp } from '../../lib/nn/mlp.js';
import { parameterSpecs } from '../../lib/nn/parameter.js';
import { adam } from '../../lib/optim/adam.js';
import { adamqlr } from '../../lib/optim/adamqlr.js';
import { adamw } from '../../lib/optim/adamw.js';
import type { Optimizer, OptimizerState } from '../../lib/optim/optimizer.js';
import { OPTIMIZERS } from '../../lib/optim/registry.js';
import { sgd } from '../../lib/optim/sgd.js';
import { sgdqlr } from '../../lib/optim/sgdqlr.js';
import { engines } from '../engine.js';
import { parabola, rosenbrock } from './functions.js';
import { flat, type Problem, run } from './run.js';

/** An optimizer, and what it promises: after so many steps every parameter is this near to the minimum. */
type Promised = { readonly steps: number; readonly accuracy: number };
type Row = { readonly name: string; readonly make: () => Optimizer; readonly parabola: Promised; readonly rosenbrock: Promised };

const hessian = { curvature: 'hessian' } as const;

const ROWS: readonly Row[] = [
  { name: 'sgd', make: () => sgd({ learningRate: 1e-3 }), parabola: { steps: 1, accuracy: 0 }, rosenbrock: { steps: 1, accuracy: 0 } },
];

const TARGETS: readonly { readonly name: 'parabola' | 'rosenbrock'; readonly problem: Problem; readonly minimum: readonly number[] }[] = [
  { name: 'parabola', problem: parabola(), minimum: [0, 1, 2, -1] },
  { name: 'rosenbrock', problem: rosenbrock(), minimum: [1, 1] },
];

const away = (params: readonly number[], minimum: readonly number[]) => Math.max(...params.map((value, i) => Math.abs(value - minimum[i]!)));

for (const { name: engineName, engine } of engines) {
  for (const row of ROWS) {
    for (const { name, problem, minimum } of TARGETS) {
      const { steps, accuracy } = row[name];
      test(`${row.name} on ${name}, ${engineName}: converges, compiles once, resumes bit for bit`, (t) => {
        const whole = run(engine, row.make(), problem, steps);
        const distance = away(flat(whole.end.params), minimum);
        t.true(distance <= accuracy, `${distance} from the minimum after ${steps} steps`);
        t.is(whole.traces, 1);
        t.true(whole.steps.every((step) => step.committed));

        const half = Math.floor(steps / 2);
        const first = run(engine, row.make(), problem, half);
        const second = run(engine, row.make(), problem, steps - half, first.end);
        t.deepEqual(flat(second.end.params), flat(whole.end.params));
        t.deepEqual(flat(second.end.state), flat(whole.end.state));
      });
    }
  }
}

for (const [name, { make, options }] of Object.entries(OPTIMIZERS)) {
  test(`${name}: the state keeps its structure and types, hyper-parameters are handed through`, (t) => {
    const model = mlp([3, 4, 2]);
    const { params: definitions } = model.init(new Spec('float32', ['n', 3]));
    const specs = parameterSpecs(definitions);
    const params = tree.mapWithPath((path: string, spec: Spec) => input(spec, path), specs) as Tree<Value>;
    const before = make().init(specs);
    const state = tree.mapWithPath((path: string, { spec }: StateDefinition) => input(spec, path), before) as OptimizerState<Value>;
    const forward = (p: Tree<Value>) => model.apply(p, [{}, {}, {}], input(new Spec('float32', ['n', 3]), 'x'), { mode: 'train', key: null });
    const objective = modelObjective(forward, squaredError(), input(new Spec('float32', ['n', 2]), 'y'));
    const step = make().step(objective, params, state);
    const types = (of: unknown) => tree.entries(of as Tree<{ readonly spec: Spec }>).map(([path, { spec }]) => `${path} ${spec}`);
    t.deepEqual(types(step.params), types(params));
    t.deepEqual(types(step.state), types(before));
    t.is(step.state.hyper, state.hyper);
    for (const stat of Object.values(step.stats)) t.is(String(stat.spec), 'float64[]');
    t.is(String(step.commit.spec), 'bool[]');
    t.true('loss' in step.stats && 'learningRate' in step.stats);
  });

  test(`${name}: every option is described, its default accepted, an unknown one rejected`, (t) => {
    for (const option of Object.values(options)) t.regex(option.description, /\.$/);
    t.notThrows(() => make(Object.fromEntries(Object.entries(options).map(([key, option]) => [key, option.default]))));
    t.throws(() => make({ learnRate: 1 }), { instanceOf: TypeError, message: /expected a known option, got 'learnRate'/ });
    t.is(make().defaultBatchSize(7), 7);
  });
}

for (const [make, message] of [
  [() => adamqlr({ dampng: 1 } as never), 'adamqlr: expected a known option, got \'dampng\'; known: curvature, initialDamping, dampingDecrease, dampingIncrease, dampingRange, beta1, beta2, epsilon'],
  [() => adamqlr({ dampingIncrease: 0.5 }), 'adamqlr: expected dampingIncrease to be a number in [1, inf), got 0.5'],
  [() => adam({ beta1: 1 }), 'adam: expected beta1 to be a number in [0, 1), got 1'],
  [() => adamw({ weightDecay: -1 }), 'adamw: expected weightDecay to be a number in [0, inf), got -1'],
  [() => sgd({ learningRate: Number.NaN }), 'sgd: expected learningRate to be a number in (0, inf), got NaN'],
  [() => sgdqlr({ curvature: 'ggn' as never }), "sgdqlr: expected curvature to be 'fisher' or 'hessian', got 'ggn'; known: fisher, hessian"],
  [
    () => run(engines[0]!.engine, adamqlr(), rosenbrock(), 1),
    "functionObjective: expected curvature 'hessian', got 'fisher'; a plain function has no predictive distribution, hence no Fisher matrix",
  ],
] as const) {
  test(`misuse: ${message}`, (t) => {
    t.throws(make as () => unknown, { message });
  });
}
