import test from 'ava';
import * as tree from '../../lib/base/tree.js';
import { functionObjective } from '../../lib/curvature/function-objective.js';
import type { Dataset } from '../../lib/data/dataset.js';
import { Spec, type Value } from '../../lib/graph/node.js';
import type { StateDefinition } from '../../lib/graph/state.js';
import { crossEntropy } from '../../lib/losses/cross-entropy.js';
import { mlp } from '../../lib/nn/mlp.js';
import '../../lib/ops/fluent.js';
import { literal } from '../../lib/ops/sources.js';
import { type AdamOptions, adam } from '../../lib/optim/adam.js';
import { type AdamQlrOptions, adamqlr } from '../../lib/optim/adamqlr.js';
import { type AdamWOptions, adamw } from '../../lib/optim/adamw.js';
import { frozen } from '../../lib/optim/frozen.js';
import type { Optimizer } from '../../lib/optim/optimizer.js';
import { type SgdOptions, sgd } from '../../lib/optim/sgd.js';
import { sgdqlr } from '../../lib/optim/sgdqlr.js';
import { Trainer } from '../../lib/train/trainer.js';
import { engines } from '../engine.js';
import { blobs } from '../train/blobs.js';
import { flat, type Problem, run } from './run.js';

type Point<T> = { readonly x: T; readonly y: T };
const START: Point<Float64Array> = { x: Float64Array.of(2, -1.5), y: Float64Array.of(0.3, -0.8) };
const VECTOR = new Spec('float64', [2]);
const isX = (path: string) => path === 'x';
const isY = (path: string) => path === 'y';

const problemOf = (names: readonly ('x' | 'y')[], f: (point: Point<Value>) => Value): Problem => ({
  params: Object.fromEntries(names.map((name) => [name, START[name]])),
  paramSpecs: Object.fromEntries(names.map((name) => [name, VECTOR])),
  batch: [],
  batchSpecs: [],
  sizes: {},
  objective: () => functionObjective((params) => f(params as Point<Value>)),
});

const ofX = ({ x }: Point<Value>) => x.sub(1).square().sum().add(x.square().square().sum());
const ofY = ({ y }: Point<Value>) => y.add(2).square().sum().mul(3).add(y.square().sum());
const separable = problemOf(['x', 'y'], (point) => ofX(point).add(ofY(point)));

/** The whole under groups, and the optimizers that x and y would have by themselves. Factors are powers of 2, so that they do not round. */
const SEPARATE: readonly (readonly [name: string, whole: Optimizer, x: Optimizer, y: Optimizer])[] = [
  ...((options: AdamOptions): typeof SEPARATE => [
    [
      'adam',
      adam({ ...options, groups: { slow: { match: isY, beta1: 0.5, beta2: 0.9, epsilon: 0.125, learningRateFactor: 0.25 } } }),
      adam(options),
      adam({ learningRate: 0.025, beta1: 0.5, beta2: 0.9, epsilon: 0.125 }),
    ],
  ])({ learningRate: 0.1, beta1: 0.8 }),
  ...((options: AdamWOptions): typeof SEPARATE => [
    [
      'adamw without decay of y',
      adamw({ ...options, groups: { y: { match: isY, weightDecay: 0 } } }),
      adamw(options),
      adam({ learningRate: 0.1 }),
    ],
    [
      'adamw in two groups',
      adamw({ learningRate: 0.1, groups: { x: { match: isX, weightDecay: 0.3 }, y: { match: isY, learningRateFactor: 2, beta1: 0 } } }),
      adamw(options),
      adamw({ learningRate: 0.2, beta1: 0 }),
    ],
  ])({ learningRate: 0.1, weightDecay: 0.3 }),
  ...((options: SgdOptions): typeof SEPARATE => [
    [
      'sgd with momentum for y alone',
      sgd({ ...options, groups: { y: { match: isY, momentum: 0.9, weightDecay: 0 } } }),
      sgd(options),
      sgd({ learningRate: 0.01, momentum: 0.9, dampening: 0.5 }),
    ],
    [
      'sgd with momentum for x alone',
      sgd({ ...options, momentum: 0.9, nesterov: true, groups: { y: { match: isY, momentum: 0, learningRateFactor: 0.5 } } }),
      sgd({ ...options, momentum: 0.9, nesterov: true }),
      sgd({ learningRate: 0.005, weightDecay: 0.1 }),
    ],
  ])({ learningRate: 0.01, weightDecay: 0.1, dampening: 0.5 }),
];

for (const { name, engine } of engines) {
  for (const [what, whole, x, y] of SEPARATE) {
    test(`${name}, ${what}: the steps of a sum are those of its terms with optimizers of their own, bit for bit`, (t) => {
      const together = run(engine, whole, separable, 10);
      const alone = { x: run(engine, x, problemOf(['x'], ofX), 10), y: run(engine, y, problemOf(['y'], ofY), 10) };
      for (const [i, { params }] of together.steps.entries())
        t.deepEqual(flat(params), [...flat(alone.x.steps[i]!.params), ...flat(alone.y.steps[i]!.params)], `step ${i}`);
      t.false(together.retraced);
    });
  }
}

/** f = 1/2 sum_k (s_k'(x, y) - r_k)^2: its Hessian is sum_k s_k s_k', with all parameters coupled. */
const ROWS = Array.from({ length: 6 }, (_, k) => ({ s: [0, 1, 2, 3].map((i) => Math.cos(1.7 * k + 0.9 * i)), r: Math.sin(2 * k) }));
const coupled = problemOf(['x', 'y'], ({ x, y }) =>
  ROWS.map(({ s, r }) =>
    x
      .mul(literal(s.slice(0, 2), [2], 'float64'))
      .sum()
      .add(y.mul(literal(s.slice(2), [2], 'float64')).sum())
      .sub(r)
      .square()
      .mul(0.5),
  ).reduce((sum, term) => sum.add(term)),
);
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const loss = (theta: readonly number[]) => ROWS.reduce((sum, { s, r }) => sum + 0.5 * (dot(s, theta) - r) ** 2, 0);
const gradient = (theta: readonly number[]) => theta.map((_, i) => ROWS.reduce((sum, { s, r }) => sum + s[i]! * (dot(s, theta) - r), 0));
const curvature = (d: readonly number[]) => ROWS.reduce((sum, { s }) => sum + dot(s, d) ** 2, 0);

/** beta1, beta2, epsilon, factor and decay of every parameter: x by the defaults, y by its group. */
const Y = { beta1: 0.5, beta2: 0.9, epsilon: 1e-2, learningRateFactor: 0.3, weightDecay: 0.02 };
const OF = [0, 1, 2, 3].map((i) => (i < 2 ? { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, learningRateFactor: 1, weightDecay: 0.01 } : Y));

/** AdamQLR with groups, in plain numbers. `judgedByRoot`: the model that damping is judged by has Adam's curvature sqrt(v). */
function* twin(judgedByRoot: boolean) {
  let theta = [...START.x, ...START.y];
  let [m, v] = [theta.map(() => 0), theta.map(() => 0)];
  let lambda = 1e-3;
  for (let t = 1; ; t++) {
    const g = gradient(theta);
    const before = v;
    m = m.map((m, i) => OF[i]!.beta1 * m + (1 - OF[i]!.beta1) * g[i]!);
    v = v.map((v, i) => OF[i]!.beta2 * v + (1 - OF[i]!.beta2) * g[i]! ** 2);
    const d = m.map((m, i) => {
      const { beta1, beta2, epsilon, learningRateFactor } = OF[i]!;
      return (-learningRateFactor * (m / (1 - beta1 ** t))) / (Math.sqrt(v[i]! / (1 - beta2 ** t)) + epsilon);
    });
    const alpha = -dot(g, d) / (curvature(d) + lambda * dot(d, d));
    const u = d.map((d, i) => alpha * d - OF[i]!.weightDecay * theta[i]!);
    const bend = judgedByRoot
      ? dot(
          u,
          u.map((u, i) => u * Math.sqrt(before[i]!)),
        )
      : curvature(u);
    const modelChange = dot(g, u) + 0.5 * (bend + lambda * dot(u, u));
    const next = theta.map((value, i) => value + u[i]!);
    const trueChange = loss(next) - loss(theta);
    const rho = trueChange / modelChange;
    lambda *= rho < 0.25 ? 2 : rho > 0.75 && trueChange < 0 ? 0.5 : 1;
    theta = next;
    yield { theta, alpha, lambda, modelChange };
  }
}

for (const { name, engine } of engines) {
  for (const dampingModel of ['same', 'adam-sqrt'] as const) {
    test(`${name}, damping by '${dampingModel}': AdamQLR with groups is one step size along the joint direction`, (t) => {
      const options: AdamQlrOptions = { weightDecay: 0.01, dampingModel, groups: { y: { match: isY, ...Y } } };
      const expected = twin(dampingModel === 'adam-sqrt');
      for (const { params, stats } of run(engine, adamqlr.hessian(options), coupled, 12).steps) {
        const { theta, alpha, lambda, modelChange } = expected.next().value!;
        const near = (a: number, b: number) => t.true(Math.abs(a - b) <= 1e-9 * Math.max(1e-3, Math.abs(b)), `${a}, expected ${b}`);
        near(stats.learningRate!, alpha);
        near(stats.modelChange!, modelChange);
        near(stats.damping!, lambda);
        for (const [i, value] of flat(params).entries()) near(value, theta[i]!);
      }
    });
  }

  test(`${name}: SGD-QLR with a factor is SGD-QLR in scaled coordinates`, (t) => {
    // theta_y = 1/2 z: the gradient by z is half as long, and a step in z is half as long in theta_y.
    const whole = run(
      engine,
      sgdqlr({ curvature: 'hessian', initialDamping: 0, groups: { y: { match: isY, learningRateFactor: 0.25 } } }),
      coupled,
      5,
    );
    const scaled = problemOf(['x', 'y'], ({ x, y }) => coupled.objective([]).evaluate({ x, y: y.mul(0.5) } as never).loss);
    const from = { ...scaled, params: { x: START.x, y: START.y.map((value) => 2 * value) } };
    const other = run(engine, sgdqlr({ curvature: 'hessian', initialDamping: 0 }), from, 5);
    for (const [i, { params, stats }] of whole.steps.entries()) {
      const z = flat(other.steps[i]!.params);
      for (const [k, value] of flat(params).entries()) t.true(Math.abs(value - (k < 2 ? z[k]! : 0.5 * z[k]!)) <= 1e-11);
      t.true(Math.abs(stats.learningRate! / other.steps[i]!.stats.learningRate! - 1) <= 1e-9);
    }
  });

  test(`${name}: groups of the parameters that are not frozen`, (t) => {
    const options: AdamOptions = { learningRate: 0.1, groups: { x: { match: isX, beta1: 0.5 } } };
    const three: Problem = {
      ...separable,
      params: { ...(separable.params as object), z: Float64Array.of(5, 7) },
      paramSpecs: { ...(separable.paramSpecs as object), z: VECTOR },
    };
    const some = run(
      engine,
      frozen(adam(options), (path) => path === 'z'),
      three,
      6,
    );
    const none = run(engine, adam(options), separable, 6);
    t.deepEqual(flat(some.end.params), [...flat(none.end.params), 5, 7]);
  });
}

test('the state has under the name of a group what the group names, and no more', (t) => {
  const hyperOf = (optimizer: Optimizer) => tree.map(({ value }: StateDefinition) => value, optimizer.init(separable.paramSpecs).hyper);
  const y = { match: isY };
  t.deepEqual(hyperOf(adamw({ groups: { y: { ...y, weightDecay: 0, learningRateFactor: 2 } } })), {
    learningRate: 1e-3,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weightDecay: 0.01,
    'y.weightDecay': 0,
    'y.learningRateFactor': 2,
  });
  t.deepEqual(hyperOf(sgd({ groups: { y: { ...y, momentum: 0.9 } } })), { learningRate: 0.1, 'y.momentum': 0.9 });
  const decayed = hyperOf(adamqlr({ groups: { y: { ...y, weightDecay: 0.1 } } }));
  t.true(decayed['weightDecay'] === 0 && decayed['y.weightDecay'] === 0.1);
});

for (const { name, engine } of engines) {
  test(`${name}: a hyper-parameter changed in the state changes the others and the groups that do not name it, not the group that does`, (t) => {
    const optimizer = sgd({ momentum: 0.9, groups: { y: { match: isY, momentum: 0.9 } } });
    const from = run(engine, optimizer, separable, 1).end;
    const state = from.state as { readonly hyper: Readonly<Record<string, ArrayLike<number>>> };
    const changed = (hyper: Readonly<Record<string, ArrayLike<number>>>) =>
      run(engine, optimizer, separable, 1, { ...from, state: { ...state, hyper: { ...state.hyper, ...hyper } } as never }).end
        .params as Point<Float64Array>;
    const [plain, global, own] = [changed({}), changed({ momentum: [0] }), changed({ 'y.momentum': [0] })];
    t.notDeepEqual(global.x, plain.x);
    t.deepEqual(global.y, plain.y);
    t.deepEqual(own.x, plain.x);
    t.notDeepEqual(own.y, plain.y);
  });
}

const trained = async (optimizer: Optimizer, dataset: Dataset = blobs(203)) => {
  using learner = new Trainer({ model: mlp([2, 16, 4]), loss: crossEntropy(), optimizer, seed: 3 });
  for await (const _ of learner.fit(dataset, { epochs: 1, batchSize: dataset.count }));
  return learner.parameters();
};

test('adamw without decay of biases: after a step the weights are those of adamw, the biases those of adam', async (t) => {
  const decay = { learningRate: 0.01, weightDecay: 0.5 };
  const some = await trained(adamw({ ...decay, groups: { bias: { match: (path) => path.endsWith('bias'), weightDecay: 0 } } }));
  const [all, none] = [await trained(adamw(decay)), await trained(adam({ learningRate: 0.01 }))];
  for (const [path, { data }] of Object.entries(some)) {
    t.deepEqual(data, (path.endsWith('bias') ? none : all)[path]!.data, path);
    if (path.endsWith('weight')) t.notDeepEqual(data, none[path]!.data);
  }
});

const bias = (path: string) => path.endsWith('bias');
for (const [make, message] of [
  [
    () => adam({ groups: { bias: { match: bias, beta: 1 } } } as never),
    "adam group 'bias': expected a known option, got 'beta'; did you mean 'beta1'?",
  ],
  [() => adam({ grops: {} } as never), "adam: expected a known option, got 'grops'; did you mean 'groups'?"],
  [
    () => sgdqlr({ groups: { bias: { match: bias, weightDecay: -1 } } }),
    "sgdqlr group 'bias': expected weightDecay to be a number in [0, inf), got -1",
  ],
  [
    () => adamqlr({ groups: { bias: { match: bias, learningRateFactor: 0 } } }),
    "adamqlr group 'bias': expected learningRateFactor to be a number in (0, inf), got 0",
  ],
  [
    () => adamw({ groups: { bias: { match: 'bias' } } } as never),
    "adamw group 'bias': expected match to be a function of a path, got 'bias'; (path) => path.endsWith('bias')",
  ],
  [
    () => adamw({ groups: [] } as never),
    "adamw: expected groups by name, got []; for example { bias: { match: (path) => path.endsWith('bias') } }",
  ],
  [
    () => adamw({ groups: { others: { match: bias } } }),
    "adamw: expected a group named in letters, digits, - and _, got 'others'; 'others' are those of no group",
  ],
  [
    () => sgd({ groups: { 'a.b': { match: bias } } }),
    "sgd: expected a group named in letters, digits, - and _, got 'a.b'; 'others' are those of no group",
  ],
] as const) {
  test(`misuse: ${message}`, (t) => {
    t.throws(make as () => unknown, { message });
  });
}

for (const [groups, message] of [
  [
    { norm: { match: (path: string) => path.endsWith('gain') } },
    "adam: expected group 'norm' to match a parameter, got none of 0.weight, 0.bias, 2.weight, 2.bias",
  ],
  [
    { bias: { match: bias }, first: { match: (path: string) => path.startsWith('0') } },
    "adam: expected every parameter in one group at most, got '0.bias' in 'bias' and 'first'",
  ],
] as const) {
  test(`misuse: ${message}`, async (t) => {
    await t.throwsAsync(trained(adam({ groups })), { message, instanceOf: RangeError });
  });
}
