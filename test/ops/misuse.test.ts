import test from 'ava';
import type { DType } from '../../lib/graph/dtype.js';
import { input, Spec, type Value } from '../../lib/graph/node.js';
import type { Dim } from '../../lib/graph/shape.js';
import * as ops from '../../lib/ops/index.js';

const v = (dtype: DType, ...shape: Dim[]): Value => input(new Spec(dtype, shape), 'x');
const f = (...shape: Dim[]) => v('float32', ...shape);
const i = (...shape: Dim[]) => v('int32', ...shape);

/** What a user does wrong, and the whole sentence that comes back. */
const ROWS: readonly [name: string, call: () => unknown, message: string][] = [
  [
    'fields of two dtypes',
    () => ops.add(f(3), v('float64', 3)),
    'add: expected operands of one dtype, got float32[3] and float64[3]; use cast',
  ],
  ['an integer and a float', () => ops.mul(f(3), i(3)), 'mul: expected operands of one dtype, got float32[3] and int32[3]; use cast'],
  ['an integer and half', () => ops.add(i(3), 0.5), 'constant: expected a number that int32 can hold, got 0.5'],
  ['a number next to pixels', () => ops.add(v('uint8', 3), 1), 'add: expected no number next to uint8[3], got 1; use cast'],
  ['not a value', () => ops.add(f(3), 'x' as never), 'add: expected a traced value or a number, got string'],
  ['not a value alone', () => ops.exp('x' as never), 'exp: expected a traced value, got string'],
  ['arithmetic of bools', () => ops.add(v('bool', 3), v('bool', 3)), 'add: expected numbers, got bool[3]; use cast'],
  ['exp of integers', () => ops.exp(i(3)), 'exp: expected floats, got int32[3]; use cast'],
  ['and of floats', () => ops.and(f(3), f(3)), 'and: expected bool, got float32[3]; compare first'],
  [
    'shapes that do not broadcast',
    () => ops.sub(f('n', 3), f('n')),
    'sub: expected shapes that broadcast, got float32[n,3] and float32[n]',
  ],
  [
    'select by a float',
    () => ops.select(f(3), 1, 2),
    'select: expected a bool and two tensors of one dtype, all of one shape, got float32[3], float64[3], float64[3]',
  ],
  [
    'inner dimensions',
    () => ops.matmul(f(32, 784), f(768, 10)),
    'matmul: expected inner dimensions to agree, got float32[32,784] @ float32[768,10]',
  ],
  [
    'inner dimensions, transposed',
    () => ops.matmul(f('n', 3), f('n', 2), { transposeB: true }),
    "matmul: expected inner dimensions to agree, got float32[n,3] @ float32[n,2]'",
  ],
  ['matmul of a vector', () => ops.matmul(f(3), f(3, 2)), 'matmul: expected rank >= 2, got float32[3] @ float32[3,2]'],
  ['matmul of integers', () => ops.matmul(i(2, 2), i(2, 2)), 'matmul: expected floats of one dtype, got int32[2,2] @ int32[2,2]; use cast'],
  ['an axis that is not', () => ops.sum(f('n', 3), 2), 'sum: expected distinct axes of float32[n,3], got [2]'],
  ['an axis twice', () => ops.max(f('n', 3), [0, -2]), 'max: expected distinct axes of float32[n,3], got [0,-2]'],
  ['reshape to fewer', () => ops.reshape(f('n', 3), ['n', 2]), 'reshape: expected as many elements as float32[n,3], got [n,2]'],
  [
    'reshape by what does not divide',
    () => ops.reshape(f('n', 3), [2, -1]),
    'reshape: expected a shape that divides float32[n,3], got [2,-1]',
  ],
  ['transpose of a vector', () => ops.transpose(f(3)), 'transpose: expected rank >= 2, got float32[3]; or name the permutation'],
  ['no permutation', () => ops.transpose(f(3, 2), [0, 0]), 'transpose: expected a permutation of the axes of float32[3,2], got [0,0]'],
  ['broadcast to less', () => ops.broadcast(f(2, 3), [3]), 'broadcast: expected a shape that float32[2,3] repeats to, got [3]'],
  [
    'slice of the named axis',
    () => ops.slice(f('n', 3), [[0, 2], null]),
    "slice: expected the axis 'n' of float32[n,3] to be kept whole, got [0, 2)",
  ],
  [
    'slice beyond',
    () => ops.slice(f(3), [[1, 4]]),
    'slice: expected 0 <= start <= limit <= 3 and step >= 1 on axis 0, got start 1, limit 4, step 1',
  ],
  ['too few ranges', () => ops.slice(f(3, 3), [null]), 'slice: expected 2 ranges for float32[3,3], got 1'],
  ['pad of the named axis', () => ops.pad(f('n'), [[1, 0]]), "pad: expected no padding on the axis 'n' of float32[n], got [1,0,0]"],
  ['concat along the named axis', () => ops.concat([f('n'), f('n')]), 'concat: expected an axis of integer size, got axis 0 of float32[n]'],
  [
    'concat of what differs elsewhere',
    () => ops.concat([f(2, 3), f(2, 4)]),
    'concat: expected tensors that agree outside axis 0, got float32[2,3], float32[2,4]',
  ],
  ['concat of nothing', () => ops.concat([]), 'concat: expected tensors of one rank > 0, got none'],
  ['float indices', () => ops.gather(f(3), f(2)), 'gather: expected int32 indices, got float32[2]; use cast'],
  [
    'scatterAdd of other updates',
    () => ops.scatterAdd(i(4), f(3, 2), 5),
    'scatterAdd: expected updates whose axes from 0 on are those of int32[4], got float32[3,2]',
  ],
  ['a key of floats', () => ops.randomNormal(f(2), [3]), 'randomNormal: expected a key int32[2], got float32[2]'],
  ['normals as integers', () => ops.randomNormal(i(2), [3], 'int32'), 'randomNormal: expected float32 or float64, got int32'],
  ['literal of another length', () => ops.literal([1, 2], [3]), 'literal: expected 3 elements for the shape [3], got 2'],
  ['a tap on integers', () => ops.tap(i(3), 'x'), 'tap: expected floats, got int32[3]'],
  [
    'a carry that changes type',
    () => ops.scan((c) => [c.sum(), []] as const, { carry: f(3), length: 2 }),
    'scan: expected carry 0 to stay float32[3], got float64[]',
  ],
  [
    'a scan of unknown length',
    () => ops.scan((c) => [c, []] as const, { carry: f(3) }),
    'scan: expected xs of rank >= 1 or a length, got neither',
  ],
  [
    'xs of two lengths',
    () => ops.scan((c) => [c, []] as const, { carry: f(3), xs: [f(2, 1), f(4, 1)] }),
    'scan: expected xs with 2 as first dim, got float32[4,1]',
  ],
  [
    'float32 scalars as xs',
    () => ops.scan((c) => [c, []] as const, { carry: f(3), xs: f(2) }),
    'scan: expected float32 xs of rank >= 2 (a float scalar is float64), got float32[2]; reshape to [length, 1]',
  ],
  [
    'branches of two types',
    () =>
      ops.cond(
        v('bool'),
        (x) => x,
        (x) => x.sum(),
        f(3),
      ),
    'cond: expected both branches to return float32[3], got float64[]',
  ],
  [
    'a predicate of rank 1',
    () =>
      ops.cond(
        v('bool', 3),
        (x) => x,
        (x) => x,
        f(3),
      ),
    'cond: expected a bool scalar, got bool[3]',
  ],
];

for (const [name, call, message] of ROWS) {
  test(`${name} is one clear sentence`, (t) => {
    t.throws(call, { instanceOf: TypeError, message });
  });
}
