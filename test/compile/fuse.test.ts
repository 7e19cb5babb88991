import test from 'ava';
import { type CompileOptions, compileProgram } from '../../lib/compile/program.js';
import { formatReport } from '../../lib/compile/report.js';
import { Spec, type Value } from '../../lib/graph/node.js';
import type { Shape } from '../../lib/graph/shape.js';
import {
  add,
  cast,
  div,
  eq,
  exp,
  gt,
  iota,
  logSumExp,
  matmul,
  max,
  mean,
  mul,
  relu,
  reshape,
  select,
  size,
  sqrt,
  square,
  sub,
  sum,
  tanh,
  zeros,
} from '../../lib/ops/index.js';

type Shapes = Readonly<Record<string, Shape>>;

/** Compiles one plan with the inputs as data and the outputs as states. */
function planOf(inputs: Shapes, f: (x: Readonly<Record<string, Value>>) => Readonly<Record<string, Value>>, options: CompileOptions = {}) {
  const slots = Object.fromEntries(
    Object.entries(inputs).map(([name, shape]) => [name, { spec: new Spec('float32', shape), kind: 'data' as const }]),
  );
  const specs: Record<string, Spec> = {};
  const probe = Object.fromEntries(Object.entries(slots).map(([name, { spec }]) => [name, zeros(spec)]));
  for (const [name, v] of Object.entries(f(probe as never))) specs[name] = v.spec;
  const results = Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, { spec, kind: 'state' as const }]));
  const program = compileProgram(
    { capacity: { n: 100 }, slots: { ...slots, ...results }, plans: { plan: (s) => ({ state: f(s) }) } },
    { blockRows: Number.POSITIVE_INFINITY, ...options },
  );
  return program.plans[0]!.report;
}

const softmaxLoss = ({ z, y }: Readonly<Record<string, Value>>) => {
  const logits = sub(z!, logSumExp(z!, [1], { keepDims: true }));
  return { loss: div(sum(mul(logits, y!)), size('n')), delta: div(sub(exp(logits), y!), size('n')) };
};

test('softmax cross-entropy and its derivative are one pass over the logits', (t) => {
  const { kernels, text } = planOf({ z: ['n', 10], y: ['n', 10] }, softmaxLoss);
  t.deepEqual(kernels, { size: 1, row: 2 });
  t.snapshot(text);
});

test('without fusion the same plan is one program per operation', (t) => {
  const { kernels } = planOf({ z: ['n', 10], y: ['n', 10] }, softmaxLoss, { fuse: false });
  t.true(kernels['row']! > 10, JSON.stringify(kernels));
});

test('bias and activation join, and the mask of the relu is computed where it is used', (t) => {
  const { text, kernels } = planOf({ x: ['n', 8], w: [8, 4], b: [4] }, ({ x, w, b }) => {
    const h = relu(add(matmul(x!, w!), b!));
    const back = select(gt(h, 0), matmul(matmul(h, w!, { transposeB: true }), w!), zeros(h));
    return { gw: matmul(h, back, { transposeA: true }) };
  });
  t.deepEqual(kernels, { matmul: 4, row: 2 });
  t.snapshot(text);
});

test('the gradient of a bias is added up while the delta is written, and sums of memory stay sums', (t) => {
  const { text, kernels } = planOf({ dy: ['n', 4], h: ['n', 4], x: ['n', 8], y: ['n', 1] }, ({ dy, h, x, y }) => {
    const delta = select(gt(h!, 0), dy!, zeros(dy!));
    return { gw: matmul(x!, delta, { transposeA: true }), gb: sum(delta, [0]), one: sum(mul(y!, 2), [0]), plain: sum(x!, [0]) };
  });
  t.deepEqual(kernels, { matmul: 1, row: 2, sum: 1 });
  t.snapshot(text);
});

test('products with one column join the programs around them: one pass for a network with one output', (t) => {
  const { text, kernels } = planOf({ x: ['n', 8], w: [8, 5], u: [5, 1], y: ['n', 1] }, ({ x, w, u, y }) => {
    const h = relu(matmul(x!, w!));
    const error = div(sub(matmul(h, u!), y!), size('n'));
    const delta = select(gt(h, 0), matmul(error, u!, { transposeB: true }), zeros(h));
    return {
      loss: sum(square(error)),
      gu: matmul(h, error, { transposeA: true }),
      gb: sum(delta, [0]),
      gw: matmul(x!, delta, { transposeA: true }),
    };
  });
  t.deepEqual(kernels, { size: 1, matmul: 2, row: 1 });
  t.snapshot(text);
});

test('a product along rows that others read as well is made once and summed', (t) => {
  const { text } = planOf({ x: ['n', 8], w: [8] }, ({ x, w }) => {
    const scaled = mul(x!, w!);
    return { total: sum(scaled, [1]), top: max(scaled, [1]), columns: sum(mul(tanh(x!), sum(x!, [1], { keepDims: true })), [0]) };
  });
  t.regex(text, /rowSum/);
  t.notRegex(text, /rowDot/);
  t.regex(text, /columnDot/);
});

test('long products with one column stay products', (t) => {
  const { kernels } = planOf({ x: ['n', 300], w: [300, 1] }, ({ x, w }) => ({
    y: matmul(x!, w!),
    g: matmul(x!, matmul(x!, w!), { transposeA: true }),
  }));
  t.deepEqual(kernels, { matmul: 2 });
});

test('sums over the rows of a wide or unbounded value stay sums', (t) => {
  const { kernels } = planOf({ x: [3, 5000], y: [3, 'n'] }, ({ x, y }) => ({ a: sum(tanh(x!), [0]), b: sum(tanh(y!), [0]) }));
  t.deepEqual(kernels, { row: 2, sum: 2 });
});

test('what only a later program reads is computed there: b1 m of Adam is never stored', (t) => {
  const { text, kernels } = planOf({ m: [8, 4], x: ['n', 8], dy: ['n', 4] }, ({ m, x, dy }) => {
    const decayed = mul(m!, 0.9);
    const g = matmul(x!, dy!, { transposeA: true });
    return { next: add(decayed, mul(g, 0.1)), slope: sum(mul(g, g)) };
  });
  t.deepEqual(kernels, { matmul: 1, row: 1 });
  t.snapshot(text);
});

test('layer norm: rows in the middle of a program, and views between [n] and [n,1]', (t) => {
  const { text, kernels } = planOf({ x: ['n', 16], scale: [16] }, ({ x, scale }) => {
    const center = sub(x!, reshape(mean(x!, [1]), ['n', 1]));
    const spread = sqrt(add(mean(square(center), [1]), 1e-5));
    return { y: mul(div(center, reshape(spread, ['n', 1])), scale!) };
  });
  t.deepEqual(kernels, { row: 1 });
  t.snapshot(text);
});

test('a one-hot comparison needs no memory for its counters', (t) => {
  const { kernels } = planOf({ y: ['n'] }, ({ y }) => ({ hot: cast(eq(reshape(y!, ['n', 1]), iota(['n', 5], 1, 'float32')), 'float32') }));
  t.deepEqual(kernels, { row: 1 });
});

test('programs that would have to wait for each other stay apart', (t) => {
  const { kernels } = planOf({ x: ['n', 4], w: [4, 4] }, ({ x, w }) => {
    const a = tanh(x!),
      b = matmul(a, w!);
    return { out: add(mul(a, 2), b), total: sum(b), again: mul(x!, div(sum(a), 3)) };
  });
  t.is(kernels['matmul'], 1);
  t.true(kernels['row']! >= 3 && kernels['row']! <= 4, JSON.stringify(kernels));
});

test('very long chains are cut into programs of bounded length', (t) => {
  const { kernels } = planOf({ x: ['n', 4] }, ({ x }) => {
    let h = x!;
    for (let i = 0; i < 500; i++) h = tanh(add(h, i));
    return { h };
  });
  t.true(kernels['row']! >= 4 && kernels['row']! < 12, JSON.stringify(kernels));
});

test('the report of a plan reads well', (t) => {
  t.snapshot(formatReport('loss', planOf({ z: ['n', 10], y: ['n', 10] }, softmaxLoss)));
});
