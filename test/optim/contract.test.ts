import test from 'ava';
import type { Tree } from '../../lib/base/tree.js';
import * as tree from '../../lib/base/tree.js';
import { modelObjective } from '../../lib/curvature/model-objective.js';
import { input, Spec, type Value } from '../../lib/graph/node.js';
import type { StateDefinition } from '../../lib/graph/state.js';
import { squaredError } from '../../lib/losses/squared-error.js';
import { mlp } from '../../lib/nn/mlp.js';
import { parameterSpecs } from '../../lib/nn/parameter.js';
import { adam } from '../../lib/optim/adam.js';
import { adamqlr } from '../../lib/optim/adamqlr.js';
import { adamw } from '../../lib/optim/adamw.js';
import { baydinSgd } from '../../lib/optim/baydin-sgd.js';
import type { Optimizer, OptimizerState } from '../../lib/optim/optimizer.js';
import { OPTIMIZERS } from '../../lib/optim/registry.js';
import { sgd } from '../../lib/optim/sgd.js';
import { sgdqlr } from '../../lib/optim/sgdqlr.js';
import { engines } from '../engine.js';
import { parabola, rosenbrock } from './functions.js';
import { flat, type Problem, run } from './run.js';

/** What an optimizer promises: after so many steps every parameter is this near to the minimum. */
type Row = {
  readonly name: string;
  readonly target: keyof typeof TARGETS;
  readonly make: () => Optimizer;
  readonly steps: number;
  readonly accuracy: number;
};

const TARGETS = {
  parabola: { problem: parabola(), minimum: [0, 1, 2, -1] },
  Rosenbrock: { problem: rosenbrock(), minimum: [1, 1] },
} satisfies Record<string, { readonly problem: Problem; readonly minimum: readonly number[] }>;

const isB = (path: string) => path === 'b';

const hessian = { curvature: 'hessian' } as const;

const CLIPS = { learningRateRange: [0, 10], gradientClip: 100, directionClip: 2, updateClip: 1, amplification: 0.9 } as const;

const ROWS: readonly Row[] = [
  { name: 'sgd', target: 'parabola', make: () => sgd({ learningRate: 0.1 }), steps: 100, accuracy: 1e-9 },
  { name: 'sgd', target: 'Rosenbrock', make: () => sgd({ learningRate: 2e-3 }), steps: 2000, accuracy: 0.2 },
  { name: 'heavy ball', target: 'parabola', make: () => sgd({ learningRate: 0.05, momentum: 0.9 }), steps: 500, accuracy: 1e-10 },
  { name: 'heavy ball', target: 'Rosenbrock', make: () => sgd({ learningRate: 5e-4, momentum: 0.9 }), steps: 2000, accuracy: 0.05 },
  {
    name: 'Nesterov',
    target: 'parabola',
    make: () => sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true }),
    steps: 500,
    accuracy: 1e-10,
  },
  {
    name: 'Nesterov',
    target: 'Rosenbrock',
    make: () => sgd({ learningRate: 5e-4, momentum: 0.9, nesterov: true }),
    steps: 2000,
    accuracy: 0.05,
  },
  { name: 'adam', target: 'parabola', make: () => adam({ learningRate: 0.1 }), steps: 500, accuracy: 1e-9 },
  { name: 'adam', target: 'Rosenbrock', make: () => adam({ learningRate: 0.3, beta2: 0.99 }), steps: 500, accuracy: 0.05 },
  { name: 'adamw', target: 'parabola', make: () => adamw({ learningRate: 0.1, weightDecay: 1e-6 }), steps: 500, accuracy: 1e-5 },
  {
    name: 'adamw',
    target: 'Rosenbrock',
    make: () => adamw({ learningRate: 0.3, beta2: 0.99, weightDecay: 1e-6 }),
    steps: 500,
    accuracy: 0.05,
  },
  { name: 'adamqlr', target: 'parabola', make: () => adamqlr(hessian), steps: 500, accuracy: 1e-9 },
  { name: 'adamqlr', target: 'Rosenbrock', make: () => adamqlr(hessian), steps: 1000, accuracy: 1e-5 },
  { name: 'adamqlr.paper', target: 'parabola', make: () => adamqlr.paper(hessian), steps: 500, accuracy: 1e-9 },
  { name: 'adamqlr.paper', target: 'Rosenbrock', make: () => adamqlr.paper(hessian), steps: 1000, accuracy: 1e-5 },
  {
    name: 'adamqlr, averaged',
    target: 'parabola',
    make: () => adamqlr.hessian({ curvatureAverage: 0.5, learningRateAverage: 0.5 }),
    steps: 500,
    accuracy: 1e-9,
  },
  {
    name: 'adamqlr, clipped',
    target: 'Rosenbrock',
    make: () => adamqlr.hessian({ ...CLIPS, saddleFree: true }),
    steps: 2000,
    accuracy: 1e-2,
  },
  { name: 'adamqlr, rejecting', target: 'Rosenbrock', make: () => adamqlr.hessian({ rejectAscent: true }), steps: 1000, accuracy: 1e-5 },
  {
    name: 'adamqlr, decreasing loss',
    target: 'Rosenbrock',
    make: () => adamqlr.hessian({ dampingRule: 'decreasing-loss' }),
    steps: 2000,
    accuracy: 1e-2,
  },
  {
    name: 'adamqlr, judged by Adam',
    target: 'parabola',
    make: () => adamqlr.hessian({ dampingModel: 'adam-sqrt' }),
    steps: 500,
    accuracy: 1e-6,
  },
  {
    name: 'adamqlr, momentum in the model',
    target: 'Rosenbrock',
    make: () => adamqlr.hessian({ modelMomentum: true }),
    steps: 1000,
    accuracy: 1e-3,
  },
  { name: 'adamqlr, every fifth', target: 'Rosenbrock', make: () => adamqlr.hessian({ dampingInterval: 5 }), steps: 1000, accuracy: 1e-2 },
  {
    name: 'adamqlr, judged by the next batch',
    target: 'Rosenbrock',
    make: () => adamqlr.hessian({ dampingBatch: 'next' }),
    steps: 1000,
    accuracy: 1e-5,
  },
  {
    name: 'adamqlr, warmed up',
    target: 'parabola',
    make: () => adamqlr.hessian({ warmupSteps: 10, totalSteps: 1000 }),
    steps: 500,
    accuracy: 1e-6,
  },
  {
    name: 'baydinSgd',
    target: 'parabola',
    make: () => baydinSgd({ learningRate: 0.01, hyperLearningRate: 1e-4 }),
    steps: 500,
    accuracy: 1e-6,
  },
  {
    name: 'sgd, grouped',
    target: 'parabola',
    make: () => sgd({ learningRate: 0.1, groups: { b: { match: isB, momentum: 0.5 } } }),
    steps: 200,
    accuracy: 1e-9,
  },
  {
    name: 'adam, grouped',
    target: 'parabola',
    make: () => adam({ learningRate: 0.1, groups: { b: { match: isB, beta1: 0.5, learningRateFactor: 0.5 } } }),
    steps: 500,
    accuracy: 1e-9,
  },
  {
    name: 'adamw, grouped',
    target: 'parabola',
    make: () => adamw({ learningRate: 0.1, weightDecay: 1e-6, groups: { b: { match: isB, weightDecay: 0 } } }),
    steps: 500,
    accuracy: 1e-5,
  },
  {
    name: 'adamqlr, grouped',
    target: 'Rosenbrock',
    make: () => adamqlr.hessian({ groups: { y: { match: (path) => path === 'y', beta1: 0.5, learningRateFactor: 0.5 } } }),
    steps: 1000,
    accuracy: 1e-3,
  },
  {
    name: 'adamqlr.paper, grouped',
    target: 'parabola',
    make: () => adamqlr.paper({ ...hessian, groups: { b: { match: isB, beta2: 0.9, weightDecay: 1e-9 } } }),
    steps: 500,
    accuracy: 1e-4,
  },
  {
    name: 'sgdqlr, grouped',
    target: 'parabola',
    make: () => sgdqlr({ ...hessian, groups: { b: { match: isB, learningRateFactor: 2 } } }),
    steps: 50,
    accuracy: 1e-9,
  },
  { name: 'sgdqlr', target: 'parabola', make: () => sgdqlr(hessian), steps: 20, accuracy: 1e-12 },
  { name: 'sgdqlr', target: 'Rosenbrock', make: () => sgdqlr(hessian), steps: 1000, accuracy: 0.15 },
];

const away = (params: readonly number[], minimum: readonly number[]) =>
  Math.max(...params.map((value, i) => Math.abs(value - minimum[i]!)));

// On native plans only: thousands of steps are slow on the oracle, and the recorded runs compare the two.
for (const { name: engineName, engine } of engines.filter((candidate) => candidate.name === 'native')) {
  for (const { name, target, make, steps, accuracy } of ROWS) {
    const { problem, minimum } = TARGETS[target];
    test(`${name} on ${target}, ${engineName}: converges, compiles once, resumes bit for bit`, (t) => {
      const whole = run(engine, make(), problem, steps);
      const distance = away(flat(whole.end.params), minimum);
      t.true(distance <= accuracy, `${distance} from the minimum after ${steps} steps`);
      t.false(whole.retraced);
      t.true(whole.steps.every((step) => step.committed));

      const half = Math.floor(steps / 2);
      const first = run(engine, make(), problem, half);
      const second = run(engine, make(), problem, steps - half, first.end);
      t.deepEqual(flat(second.end.params), flat(whole.end.params));
      t.deepEqual(flat(second.end.state), flat(whole.end.state));
    });
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
    const forward = (p: Tree<Value>) =>
      model.apply(p, [{}, {}, {}], input(new Spec('float32', ['n', 3]), 'x'), { mode: 'train', key: null });
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
  [() => adamqlr({ dampngRange: 1 } as never), "adamqlr: expected a known option, got 'dampngRange'; did you mean 'dampingRange'?"],
  [
    () => adamqlr({ learningRateRange: [1, -1] }),
    'adamqlr: expected learningRateRange to be two numbers low <= high in [-inf, inf], got [1, -1]',
  ],
  [
    () => adamqlr({ modelMomentum: true, saddleFree: true }),
    'adamqlr: expected modelMomentum without curvatureAverage and saddleFree, got true; those change the curvature along d alone',
  ],
  [
    () => adamqlr.undamped({ rejectAscent: true }),
    'adamqlr.undamped: expected initialDamping > 0 where steps may be taken back, got 0; without damping the next try would be the same',
  ],
  [() => adamqlr({ dampingIncrease: 0.5 }), 'adamqlr: expected dampingIncrease to be a number in [1, inf), got 0.5'],
  [() => adam({ beta1: 1 }), 'adam: expected beta1 to be a number in [0, 1), got 1'],
  [() => adamw({ weightDecay: -1 }), 'adamw: expected weightDecay to be a number in [0, inf), got -1'],
  [() => sgd({ learningRate: Number.NaN }), 'sgd: expected learningRate to be a number in (0, inf), got NaN'],
  [
    () => sgdqlr({ curvature: 'ggn' as never }),
    "sgdqlr: expected curvature to be 'fisher' or 'hessian', got 'ggn'; known: fisher, hessian",
  ],
  [
    () => run(engines[0]!.engine, adamqlr(), rosenbrock(), 1),
    "functionObjective: expected curvature 'hessian', got 'fisher'; a plain function has no predictive distribution, hence no Fisher matrix",
  ],
] as const) {
  test(`misuse: ${message}`, (t) => {
    t.throws(make as () => unknown, { message });
  });
}
