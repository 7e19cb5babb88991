import test from 'ava';
import { CASES, OPTIMIZERS } from '../../bench/step/cases.js';
import { residentProgram } from '../../bench/step/our-step.js';
import * as tree from '../../lib/base/tree.js';
import { compileProgram, type SlotDefinition } from '../../lib/compile/program.js';
import type { PlanReport } from '../../lib/compile/report.js';
import { modelObjective } from '../../lib/curvature/model-objective.js';
import { Spec, type Value } from '../../lib/graph/node.js';
import type { Shape } from '../../lib/graph/shape.js';
import { crossEntropy } from '../../lib/losses/cross-entropy.js';
import { exp, matmul, mul, square, sum, tanh } from '../../lib/ops/index.js';
import { adam } from '../../lib/optim/adam.js';
import { adamqlr } from '../../lib/optim/adamqlr.js';
import { type LayerDescription, network } from '../curvature/networks.js';

const TEN_PERCENT = 1.1;
/** Every tensor begins on a line of 64 bytes: scalars alone can waste this much. */
const LINES = 4096;

function check(t: { true(value: boolean, message?: string): void }, name: string, { arenaBytes, liveBytes }: PlanReport): void {
  t.true(liveBytes > 0 && arenaBytes >= liveBytes, `${name}: ${arenaBytes} of at least ${liveBytes}`);
  t.true(
    arenaBytes <= Math.max(TEN_PERCENT * liveBytes, liveBytes + LINES),
    `${name}: ${arenaBytes}, ${(arenaBytes / liveBytes).toFixed(3)} of ${liveBytes}`,
  );
}

for (const c of CASES) {
  test(`${c.name}: the arena is within 10 % of what is alive at once`, (t) => {
    for (const name of OPTIMIZERS) check(t, name, residentProgram(c, name, 'float32').program.plans[0]!.report);
  });
}

type Network = {
  readonly input: Shape;
  readonly layers: readonly LayerDescription[];
  readonly params: Readonly<Record<string, readonly number[]>>;
};

const NETWORKS: Readonly<Record<string, Network>> = {
  'an LSTM of 40 steps': {
    input: ['n', 40, 16],
    params: { wx: [16, 128], wh: [32, 128], b: [128], w: [32, 10] },
    layers: [
      { type: 'lstm', params: ['wx', 'wh', 'b'], output: 'last' },
      { type: 'dense', params: ['w'] },
    ],
  },
  'two convolutions with pooling': {
    input: ['n', 14, 14, 1],
    params: { f: [3, 3, 1, 8], b: [8], g: [3, 3, 8, 12], c: [12], w: [12, 10] },
    layers: [
      { type: 'conv', params: ['f', 'b'], padding: 'SAME' },
      { type: 'activation', kind: 'relu' },
      { type: 'max_pool', size: 2, stride: 2 },
      { type: 'conv', params: ['g', 'c'] },
      { type: 'activation', kind: 'gelu' },
      { type: 'global_avg_pool' },
      { type: 'dense', params: ['w'] },
    ],
  },
};

/** The report of a training step of a network on 32 examples of ten classes. */
function stepOf({ input, layers, params }: Network, optimizer: ReturnType<typeof adam>): PlanReport {
  const specs = Object.fromEntries(Object.entries(params).map(([name, shape]) => [name, new Spec('float32', shape)]));
  const definitions = optimizer.init(specs) as unknown as tree.Tree<{ spec: Spec }>;
  const slots: Record<string, SlotDefinition> = {
    x: { spec: new Spec('float32', input), kind: 'data' },
    y: { spec: new Spec('int32', ['n']), kind: 'data' },
  };
  for (const [name, spec] of Object.entries(specs)) slots[`params.${name}`] = { spec, kind: 'state' };
  for (const [path, { spec }] of tree.entries(definitions)) slots[`state.${path}`] = { spec, kind: 'state' };
  const program = compileProgram({
    capacity: { n: 32 },
    slots,
    plans: {
      step(s) {
        const forward = (p: unknown) => [network(layers, p as Record<string, Value>, s['x']!), {}] as const;
        const at = (prefix: string, like: unknown) => tree.mapWithPath((path: string) => s[`${prefix}.${path}`]!, like as never);
        const objective = modelObjective(forward, crossEntropy(), s['y']!);
        const result = optimizer.step(objective, at('params', specs), at('state', definitions));
        const named = (prefix: string, values: unknown) =>
          Object.fromEntries(tree.entries<Value>(values as tree.Tree<Value>).map(([path, v]) => [`${prefix}.${path}`, v]));
        return { state: { ...named('params', result.params), ...named('state', result.state) }, commit: result.commit };
      },
    },
  });
  return program.plans[0]!.report;
}

for (const [name, network] of Object.entries(NETWORKS)) {
  test(`${name}: the arena is within 10 % of what is alive at once`, (t) => {
    check(t, 'adam', stepOf(network, adam()));
    check(t, 'adamqlr', stepOf(network, adamqlr()));
  });
}

test('what is alive at once, counted by hand', (t) => {
  const liveBytes = (f: (x: Value, w: Value) => Value, inPlace = true) =>
    compileProgram(
      {
        capacity: {},
        slots: {
          x: { spec: new Spec('float32', [8, 100]), kind: 'data' },
          w: { spec: new Spec('float32', [100, 100]), kind: 'data' },
          out: { spec: new Spec('float64', []), kind: 'data' },
        },
        plans: { p: ({ x, w }) => ({ outputs: { out: sum(f(x!, w!)) } }) },
      },
      { fuse: false, inPlace },
    ).plans[0]!.report.liveBytes;
  const matrix = 4 * 800;
  // Each product is read while the next is written, the functions between them take over its memory.
  const chain = (x: Value, w: Value) => matmul(exp(tanh(matmul(x, w))), w);
  t.is(liveBytes(chain), 2 * matrix);
  // The first one is wanted again: in place only for the last three.
  const kept = (x: Value, w: Value) => {
    const h = matmul(x, w);
    return mul(square(matmul(h, w)), h);
  };
  t.is(liveBytes(kept), 2 * matrix);
  t.is(liveBytes(kept, false), 3 * matrix);
});
