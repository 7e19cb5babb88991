import test from 'ava';
import { compile } from '../../lib/compile/compile.js';
import { compileProgram } from '../../lib/compile/program.js';
import { Spec, type Value } from '../../lib/graph/node.js';
import { add, argmax, div, gather, iota, literal, matmul, mean, mul, square, sum } from '../../lib/ops/index.js';
import { Session } from '../../lib/runtime/session.js';

const vector = new Spec('float64', ['n']);

test('numbers, nested arrays and typed arrays go in; shaped typed arrays come out', (t) => {
  using f = compile(
    (a: Value, x: Value, w: Value) => matmul(mul(x, a), w),
    [new Spec('float64', []), new Spec('float32', ['n', 2]), new Spec('float32', [2, 2])],
  );
  const rows = f(
    2,
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    new Float32Array([1, 0, 0, 1]),
  );
  t.true(rows instanceof Float32Array);
  t.deepEqual([...rows], [2, 4, 6, 8, 10, 12]);
  t.deepEqual(rows.shape, [3, 2]);
  t.deepEqual(
    [
      ...f(
        1,
        [new Float32Array([1, 2])],
        [
          [0, 1],
          [1, 0],
        ],
      ),
    ],
    [2, 1],
  );
});

test('trees go in and come out; numbers in the result are constants', (t) => {
  using f = compile(
    ({ x, scale }: { x: Value; scale: Value }, list: readonly Value[]) => ({
      total: sum(mul(x, scale)),
      both: [add(list[0]!, list[1]!), 7],
    }),
    [{ x: vector, scale: new Spec('float64', []) }, [vector, vector]],
  );
  const result = f({ x: [1, 2, 3], scale: 10 }, [
    [1, 1, 1],
    [2, 2, 2],
  ]);
  t.is(result.total[0], 60);
  t.deepEqual(result.total.shape, []);
  t.deepEqual([...result.both[0]!], [3, 3, 3]);
  t.is(result.both[1]![0], 7);
});

test('named sizes: bound per call, means are true, capacity grows', (t) => {
  using f = compile((x: Value) => mean(square(x)), [vector]);
  t.is(f([3, 4])[0], 12.5);
  t.is(f([2])[0], 4);
  t.is(f(Float64Array.from({ length: 1000 }, () => 3))[0], 9);
  t.is(f([3, 4])[0], 12.5);
  t.deepEqual(f.program!.plans[0]!.capacities, [1000]);
});

test('sizes are solved from products, and checked against each other', (t) => {
  using f = compile((x: Value, y: Value) => [x, sum(y)], [new Spec('float32', ['2*n']), new Spec('float32', ['n', 'm'])]);
  t.deepEqual(
    f(new Float32Array(6), [
      [1, 2],
      [3, 4],
      [5, 6],
    ])[1]![0],
    21,
  );
  t.throws(() => f(new Float32Array(8), [[1], [2], [3]]), { message: /^compile: expected .*2\*n.*got.*8/ });
  t.throws(() => f(new Float32Array(7), new Float32Array(7)), { message: /^compile: expected/ });
});

test('one function in both precisions; integers stay integers', (t) => {
  const third = (x: Value) => ({ x: mul(x, 1 / 3), i: argmax(x) });
  using single = compile(third, [new Spec('float64', [2])], { dtype: 'float32' });
  using double = compile(third, [new Spec('float32', [2])], { dtype: 'float64' });
  t.is(single([1, 2]).x[0], Math.fround(1 / 3));
  t.is(double([1, 2]).x[0], 1 / 3);
  t.true(double([1, 2]).i instanceof Int32Array);
});

test('a size that no argument has comes from the capacity', (t) => {
  using f = compile(() => iota(['n']), [], { capacity: { n: 4 } });
  t.deepEqual([...f()], [0, 1, 2, 3]);
  t.throws(() => compile(() => iota(['n']), [])(), {
    message: /^compile: expected a capacity for the size 'n', which no argument has, got none$/,
  });
});

test('misuse is one clear sentence', (t) => {
  using f = compile((x: Value) => x, [new Spec('float64', ['n', 2])]);
  const rows: readonly (readonly [() => unknown, RegExp])[] = [
    [() => (f as (...x: unknown[]) => unknown)(), /^compile: expected 1 arguments, got 0$/],
    [() => f([[1, 2, 3]]), /^compile: expected float64\[n,2\], got \[1,3\]$/],
    [() => f([[1, 2], [3]]), /^compile: expected nested arrays of the shape \[2,2\], got 1 items at depth 1$/],
    [() => f([[1, 'a' as never]]), /^compile: expected a number, nested arrays or a typed array, got string$/],
    [() => compile(3 as never, []), /^compile: expected a function to trace, got number$/],
    [
      () => (compile((x: Value) => x, [[3]] as never) as unknown as (x: unknown) => unknown)([1]),
      /^compile: expected a Spec for argument '0.0', got number$/,
    ],
    [() => compile(() => 'x' as never, [])(), /^compile: expected traced values as results, at '' too, got string$/],
  ];
  for (const [act, message] of rows) t.throws(act, { message });
  let leaked: Value | undefined;
  compile((x: Value) => (leaked = x), [vector])([1]);
  t.throws(() => compile((x: Value) => add(x, leaked!), [vector])([1]), {
    message: /^plan 'call': expected values computed from its slots, got the input/,
  });
});

test('integers are integers in range, or an error that names the element', (t) => {
  using f = compile((x: Value, y: Value) => [x, y], [new Spec('int32', ['n']), new Spec('uint8', ['m'])]);
  t.deepEqual(
    f([1, -2], [255]).map((x) => [...x]),
    [[1, -2], [255]],
  );
  t.throws(() => f([1, 1.7], [0]), {
    instanceOf: TypeError,
    message: /^compile: expected numbers that int32 can hold, got 1.7 at element 1$/,
  });
  t.throws(() => f([3e9], [0]), { message: /int32 can hold, got 3000000000 at element 0/ });
  t.throws(() => f([0], new Float64Array([1, -1])), { message: /uint8 can hold, got -1 at element 1/ });
  t.throws(() => literal([0.5], [1], 'int32'), { message: /^literal: expected numbers that int32 can hold, got 0.5 at element 0$/ });
});

test('integer division is not distributed over a gather', (t) => {
  const table = new Spec('int32', [2]);
  using f = compile(
    (a: Value, b: Value, at: Value) => [gather(a, at), gather(b, at), gather(div(add(a, b), 2), at)],
    [table, table, new Spec('int32', ['n'])],
  );
  t.deepEqual([...f([1, 1], [1, 3], [0, 1])[2]!], [1, 2]);
});

test('a data slot that is overwritten is still read as it was', (t) => {
  const slot = { spec: new Spec('float64', []), kind: 'data' } as const;
  const program = compileProgram({
    capacity: {},
    slots: { a: slot, b: slot },
    plans: { step: ({ a }) => ({ outputs: { a: mul(a!, 2), b: a! }, stats: { old: a! } }) },
  });
  using session = new Session(program);
  session.write('a', 7);
  let old = 0;
  session.runSync([{ plan: 'step', steps: 1 }], { onStats: (_plan, rows) => (old = rows[0]!) });
  t.deepEqual([session.read('a')[0], session.read('b')[0], old], [14, 7, 7]);
});
