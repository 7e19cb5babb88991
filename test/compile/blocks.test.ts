import test from 'ava';
import { compile } from '../../lib/compile/compile.js';
import { compileProgram } from '../../lib/compile/program.js';
import { Spec, type Value } from '../../lib/graph/node.js';
import { add, gather, matmul, mul, relu, reshape, sub, sum, tanh } from '../../lib/ops/index.js';

const float32 = (...shape: (number | string)[]) => new Spec('float32', shape);

/** The loss of a small network on n rows, and the gradient of its first layer. */
function network(x: Value, w: Value, v: Value) {
  const h = tanh(matmul(x, w));
  const y = matmul(h, v);
  const dh = mul(matmul(y, v, { transposeB: true }), sub(1, mul(h, h)));
  return { loss: sum(mul(y, y)), dw: matmul(x, dh, { transposeA: true }) };
}

function planOf(rows: number, options: { blockRows?: number } = {}) {
  const slots = {
    x: { spec: float32('n', 8), kind: 'data' as const },
    w: { spec: float32(8, 16), kind: 'state' as const },
    v: { spec: float32(16, 4), kind: 'data' as const },
    loss: { spec: new Spec('float64', []), kind: 'data' as const },
  };
  const program = compileProgram(
    {
      capacity: { n: rows },
      slots,
      plans: {
        step(s) {
          const { loss, dw } = network(s['x']!, s['w']!, s['v']!);
          return { state: { w: sub(s['w']!, mul(dw, 0.1)) }, outputs: { loss } };
        },
      },
    },
    options,
  );
  return program.plans[0]!.report;
}

test('forward, loss and backward of some rows are one instruction, and sums are added while they are read', (t) => {
  const { text, kernels, arenaBytes, localBytes, cuts } = planOf(512);
  t.deepEqual(kernels, { blocks: 1, matmul: 4, row: 4, sum: 1 });
  t.is(cuts[0]!.block, 256);
  t.true(localBytes > 0 && localBytes < 256 * 16 * 4 * 3, `${localBytes}`);
  t.true(arenaBytes < 512 * 16 * 4, 'no value of all rows is in memory');
  t.snapshot(text);
});

test('batches of few rows stay whole, and so do all where that is asked for', (t) => {
  t.is(planOf(40).kernels['blocks'], undefined);
  t.is(planOf(512, { blockRows: Number.POSITIVE_INFINITY }).kernels['blocks'], undefined);
});

test('a sum over rows that blocks computed, seen under another shape, is not taken for the sum of their parts', (t) => {
  const n = 6;
  const x = Float32Array.from({ length: 12 * n }, (_, i) => i % 7);
  const columns = (v: Value) => {
    const h = relu(mul(v, 2));
    return [h, add(sum(reshape(h, [4, 'n', 3]), [1]), 1)];
  };
  for (const blockRows of [2, 4, Number.POSITIVE_INFINITY]) {
    using f = compile(columns, [float32('n', 12)], { blockRows, capacity: { n } });
    const expected = Array.from({ length: 12 }, (_, k) => {
      const at = (row: number) => 3 * (n * Math.floor(k / 3) + row) + (k % 3);
      return Array.from({ length: n }, (_, row) => 2 * x[at(row)]!).reduce((a, b) => a + b, 1);
    });
    t.deepEqual([...(f(x)[1] as Float32Array)], expected, `blocks of ${blockRows}`);
  }
});

test('an index out of range is told by its place in the batch', (t) => {
  using f = compile((table: Value, indices: Value) => relu(add(gather(table, indices), 1)), [float32(4, 3), new Spec('int32', ['n'])], {
    blockRows: 2,
    capacity: { n: 9 },
  });
  const table = new Float32Array(12);
  t.notThrows(() => f(table, Int32Array.of(0, 1, 2, 3, 0, 1, 2)));
  t.throws(() => f(table, Int32Array.of(0, 1, 2, 3, 0, 4, 2, 9, 0)), { message: /expected indices in \[0, 4\), got 4 at position 5/ });
});

for (const blockRows of [0, -1, 1.5, Number.NaN]) {
  test(`blockRows ${blockRows} is one clear sentence`, (t) => {
    t.throws(() => planOf(512, { blockRows }), {
      instanceOf: RangeError,
      message: `compileProgram: expected blockRows to be an integer >= 1 or Infinity, got ${blockRows}`,
    });
  });
}
