import * as ops from '../../../lib/ops/index.js';
import { build, get, indices, type Tensor, tensor } from '../../oracle/tensor.js';
import { below, bool, type Case, float, int } from '../case.js';

/** Elements of x at [i, :]. */
function row(x: Tensor, i: number): number[] {
  return Array.from({ length: x.shape[1]! }, (_, j) => get(x, [i, j]));
}

function column(x: Tensor, j: number): number[] {
  return Array.from({ length: x.shape[0]! }, (_, i) => get(x, [i, j]));
}

const total = (list: number[]) => list.reduce((a, b) => a + b, 0);
const logSumExp = (list: number[]) => Math.log(total(list.map(Math.exp)));
const indexOfMax = (list: number[]) => list.indexOf(Math.max(...list));
const perRow = (x: Tensor, f: (list: number[]) => number, dtype = x.dtype) => build(dtype, [x.shape[0]!], ([i]) => f(row(x, i!)));
const perColumn = (x: Tensor, f: (list: number[]) => number, dtype = x.dtype) => build(dtype, [x.shape[1]!], ([j]) => f(column(x, j!)));
const overall = (x: Tensor, f: (list: number[]) => number) => tensor('float64', [], [f([...x.data])]);
const field = [float(['n', 3])];

const REDUCTIONS: readonly Case[] = [
  { name: 'sum of rows', inputs: field, build: ([x]) => ops.sum(x!, -1), naive: ([x]) => perRow(x!, total) },
  { name: 'sum of columns', inputs: field, build: ([x]) => ops.sum(x!, 0), naive: ([x]) => perColumn(x!, total) },
  { name: 'sum of all', inputs: field, build: ([x]) => ops.sum(x!), naive: ([x]) => overall(x!, total) },
  {
    name: 'sum of the middle axis, kept',
    inputs: [float(['n', 4, 2])],
    build: ([x]) => ops.sum(x!, [1], { keepDims: true }),
    naive: ([x]) => build(x!.dtype, [x!.shape[0]!, 1, 2], ([i, , k]) => total([0, 1, 2, 3].map((j) => get(x!, [i!, j, k!])))),
  },
  {
    name: 'sum of the outer axes',
    inputs: [float(['n', 4, 2])],
    build: ([x]) => ops.sum(x!, [0, 2]),
    naive: ([x]) => {
      const y = new Float64Array(4);
      indices(x!.shape, ([, j], at) => {
        y[j!]! += x!.data[at]!;
      });
      return tensor(x!.dtype, [4], y);
    },
  },
  {
    name: 'mean over the named axis',
    inputs: field,
    build: ([x]) => ops.mean(x!, 0),
    naive: ([x]) => perColumn(x!, (list) => total(list) / list.length),
  },
  { name: 'mean of all', inputs: field, build: ([x]) => ops.mean(x!), naive: ([x]) => overall(x!, (list) => total(list) / list.length) },
  { name: 'max of rows', inputs: field, build: ([x]) => ops.max(x!, 1), naive: ([x]) => perRow(x!, (list) => Math.max(...list)) },
  { name: 'max of columns', inputs: field, build: ([x]) => ops.max(x!, 0), naive: ([x]) => perColumn(x!, (list) => Math.max(...list)) },
  { name: 'max of all', inputs: field, build: ([x]) => ops.max(x!), naive: ([x]) => overall(x!, (list) => Math.max(...list)) },
  { name: 'argmax of rows', inputs: field, build: ([x]) => ops.argmax(x!), naive: ([x]) => perRow(x!, indexOfMax, 'int32'), exact: true },
  {
    name: 'argmax of columns',
    inputs: field,
    build: ([x]) => ops.argmax(x!, 0),
    naive: ([x]) => perColumn(x!, indexOfMax, 'int32'),
    exact: true,
  },
  { name: 'logSumExp of rows', inputs: field, build: ([x]) => ops.logSumExp(x!, -1), naive: ([x]) => perRow(x!, logSumExp) },
  { name: 'logSumExp of all', inputs: field, build: ([x]) => ops.logSumExp(x!), naive: ([x]) => overall(x!, logSumExp) },
  {
    name: 'softmax',
    inputs: field,
    build: ([x]) => ops.softmax(x!),
    naive: ([x]) => build(x!.dtype, x!.shape, ([i, j]) => Math.exp(get(x!, [i!, j!])) / total(row(x!, i!).map(Math.exp))),
  },
  {
    name: 'logSoftmax',
    inputs: field,
    build: ([x]) => ops.logSoftmax(x!),
    naive: ([x]) => build(x!.dtype, x!.shape, ([i, j]) => get(x!, [i!, j!]) - logSumExp(row(x!, i!))),
  },
  {
    name: 'oneHot',
    inputs: [int(['n'], below(4))],
    build: ([x]) => ops.oneHot(x!, 4),
    naive: ([x]) => build('float32', [x!.shape[0]!, 4], ([i, j]) => Number(x!.data[i!] === j)),
    exact: true,
  },
];

const MOVEMENT: readonly Case[] = [
  {
    name: 'reshape',
    inputs: [float(['n', 2, 3])],
    build: ([x]) => ops.reshape(x!, [-1, 6]),
    naive: ([x]) => tensor(x!.dtype, [x!.shape[0]!, 6], x!.data),
    exact: true,
  },
  {
    name: 'reshape to a product of names and back to a scalar',
    inputs: [float(['n', 'T']), float([1, 1])],
    build: ([x, one]) => [ops.reshape(x!, [-1]), ops.reshape(one!, []), ops.reshape(ops.reshape(one!, []), [1])],
    naive: ([x, one]) => [tensor(x!.dtype, [x!.data.length], x!.data), tensor('float64', [], one!.data), tensor('float64', [1], one!.data)],
    exact: true,
  },
  {
    name: 'transpose with n last',
    inputs: [float(['n', 3])],
    build: ([x]) => ops.transpose(x!),
    naive: ([x]) => build(x!.dtype, [3, x!.shape[0]!], ([i, j]) => get(x!, [j!, i!])),
    exact: true,
  },
  {
    name: 'transpose of three axes',
    inputs: [float([2, 'n', 3])],
    build: ([x]) => ops.transpose(x!, [2, 0, 1]),
    naive: ([x]) => build(x!.dtype, [3, 2, x!.shape[1]!], ([k, i, j]) => get(x!, [i!, j!, k!])),
    exact: true,
  },
  {
    name: 'broadcast of a row, a column and a scalar',
    inputs: [float([3]), float(['n', 1]), { dtype: 'float64', shape: [], fill: (u) => Math.fround(u) }],
    build: ([r, c, s]) => [ops.broadcast(r!, ['n', 3]), ops.broadcast(c!, [2, 'n', 3]), ops.broadcast(s!, ['n', 2], r!.dtype)],
    naive: ([r, c, s], { n }) => [
      build(r!.dtype, [n!, 3], ([, j]) => r!.data[j!]!),
      build(r!.dtype, [2, n!, 3], ([, i]) => c!.data[i!]!),
      build(r!.dtype, [n!, 2], () => s!.data[0]!),
    ],
    exact: true,
  },
  {
    name: 'slice',
    inputs: [float(['n', 7, 2])],
    build: ([x]) => ops.slice(x!, [null, [1, 6, 2], [1, 2]]),
    naive: ([x]) => build(x!.dtype, [x!.shape[0]!, 3, 1], ([i, j]) => get(x!, [i!, 1 + 2 * j!, 1])),
    exact: true,
  },
  {
    name: 'slice with a step that does not divide',
    inputs: [float([8])],
    build: ([x]) => ops.slice(x!, [[1, 8, 3]]),
    naive: ([x]) => tensor(x!.dtype, [3], [x!.data[1]!, x!.data[4]!, x!.data[7]!]),
    exact: true,
  },
  {
    name: 'pad',
    inputs: [float(['n', 3])],
    build: ([x]) => ops.pad(x!, [null, [1, 2, 1]]),
    naive: ([x]) => build(x!.dtype, [x!.shape[0]!, 8], ([i, j]) => (j! >= 1 && j! <= 5 && j! % 2 === 1 ? get(x!, [i!, (j! - 1) / 2]) : 0)),
    exact: true,
  },
  {
    name: 'concat',
    inputs: [float(['n', 3]), float(['n', 1]), float(['n', 2])],
    build: (xs) => ops.concat(xs, -1),
    naive: (xs) => build(xs[0]!.dtype, [xs[0]!.shape[0]!, 6], ([i, j]) => xs.flatMap((x) => row(x, i!))[j!]!),
    exact: true,
  },
  {
    name: 'stack',
    inputs: [float(['n']), float(['n'])],
    build: (xs) => ops.stack(xs, 1),
    naive: (xs) => build(xs[0]!.dtype, [xs[0]!.shape[0]!, 2], ([i, j]) => xs[j!]!.data[i!]!),
    exact: true,
  },
  {
    name: 'gather rows',
    inputs: [float([4, 2]), int(['n'], below(4))],
    build: ([x, at]) => ops.gather(x!, at!),
    naive: ([x, at]) => build(x!.dtype, [at!.shape[0]!, 2], ([i, j]) => get(x!, [at!.data[i!]!, j!])),
    exact: true,
  },
  {
    name: 'gather along an inner axis with indices of rank 2',
    inputs: [float([2, 4, 3]), int(['n', 2], below(4))],
    build: ([x, at]) => ops.gather(x!, at!, 1),
    naive: ([x, at]) => build(x!.dtype, [2, at!.shape[0]!, 2, 3], ([i, p, q, k]) => get(x!, [i!, get(at!, [p!, q!]), k!])),
    exact: true,
  },
  {
    name: 'gather one element',
    inputs: [float([4]), int([], below(4))],
    build: ([x, at]) => ops.gather(x!, at!),
    naive: ([x, at]) => tensor('float64', [], [x!.data[at!.data[0]!]!]),
    exact: true,
  },
  {
    name: 'scatterAdd with repeated indices',
    inputs: [int(['n'], below(3)), float(['n', 2])],
    build: ([at, x]) => ops.scatterAdd(at!, x!, 3),
    naive: ([at, x]) => build(x!.dtype, [3, 2], ([k, j]) => total([...at!.data].map((to, i) => (to === k ? get(x!, [i, j!]) : 0)))),
  },
  {
    name: 'scatterAdd along an inner axis',
    inputs: [int(['n'], below(3)), float([2, 'n'])],
    build: ([at, x]) => ops.scatterAdd(at!, x!, 3, 1),
    naive: ([at, x]) => build(x!.dtype, [2, 3], ([i, k]) => total([...at!.data].map((to, j) => (to === k ? get(x!, [i!, j]) : 0)))),
  },
];

function product(a: Tensor, b: Tensor, rows: number, inner: number, columns: number, swapA = false, swapB = false): Tensor {
  return build(a.dtype, [rows, columns], ([i, j]) =>
    total(Array.from({ length: inner }, (_, k) => get(a, swapA ? [k, i!] : [i!, k]) * get(b, swapB ? [j!, k] : [k, j!]))),
  );
}

const MATMUL: readonly Case[] = [
  {
    name: 'matmul',
    inputs: [float(['n', 3]), float([3, 4])],
    build: ([a, b]) => ops.matmul(a!, b!),
    naive: ([a, b], { n }) => product(a!, b!, n!, 3, 4),
  },
  {
    name: 'matmul with a transposed, contracting n',
    inputs: [float(['n', 3]), float(['n', 4])],
    build: ([a, b]) => ops.matmul(a!, b!, { transposeA: true }),
    naive: ([a, b], { n }) => product(a!, b!, 3, n!, 4, true),
  },
  {
    name: 'matmul with b transposed',
    inputs: [float(['n', 3]), float([4, 3])],
    build: ([a, b]) => ops.matmul(a!, ops.transpose(b!)),
    naive: ([a, b], { n }) => product(a!, b!, n!, 3, 4, false, true),
  },
  {
    name: 'matmul with both transposed',
    inputs: [float([3, 'n']), float([4, 3])],
    build: ([a, b]) => ops.matmul(a!, b!, { transposeA: true, transposeB: true }),
    naive: ([a, b], { n }) => product(a!, b!, n!, 3, 4, true, true),
  },
  {
    name: 'matmul of batches',
    inputs: [float([2, 'n', 3]), float([2, 3, 2])],
    build: ([a, b]) => ops.matmul(a!, b!),
    naive: ([a, b], { n }) =>
      build(a!.dtype, [2, n!, 2], ([s, i, j]) => total([0, 1, 2].map((k) => get(a!, [s!, i!, k]) * get(b!, [s!, k, j!])))),
  },
  {
    name: 'matmul of n pairs, b transposed',
    inputs: [float(['n', 2, 3]), float(['n', 2, 3])],
    build: ([a, b]) => ops.matmul(a!, b!, { transposeB: true }),
    naive: ([a, b], { n }) =>
      build(a!.dtype, [n!, 2, 2], ([s, i, j]) => total([0, 1, 2].map((k) => get(a!, [s!, i!, k]) * get(b!, [s!, j!, k])))),
  },
  {
    name: 'matmul of a batch by one matrix',
    inputs: [float(['T', 'n', 3]), float([3, 2])],
    build: ([a, b]) => ops.matmul(a!, b!),
    naive: ([a, b]) =>
      build(a!.dtype, [a!.shape[0]!, a!.shape[1]!, 2], ([s, i, j]) => total([0, 1, 2].map((k) => get(a!, [s!, i!, k]) * get(b!, [k, j!])))),
  },
];

const CONVERSIONS: readonly Case[] = [
  {
    name: 'cast of floats',
    inputs: [float(['n'])],
    build: ([x]) => [ops.cast(x!, 'float64'), ops.cast(x!, 'int32'), ops.cast(x!, 'bool')],
    naive: ([x]) => [
      { ...x!, dtype: 'float64' },
      { ...x!, dtype: 'int32', data: x!.data.map(Math.trunc) },
      { ...x!, dtype: 'bool', data: x!.data.map((v) => Number(v !== 0)) },
    ],
    exact: true,
  },
  {
    name: 'cast of integers and bools',
    inputs: [{ dtype: 'uint8', shape: ['n'], fill: below(256) }, int(['n'], below(9)), bool(['n'])],
    build: ([u, i, b]) => [ops.cast(u!, 'float32'), ops.cast(i!, 'uint8'), ops.cast(b!, 'float64'), ops.cast(b!, 'int32')],
    naive: ([u, i, b]) => [
      { ...u!, dtype: 'float32' },
      { ...i!, dtype: 'uint8' },
      { ...b!, dtype: 'float64' },
      { ...b!, dtype: 'int32' },
    ],
    exact: true,
  },
];

/** Rows of the ops that change shapes, reduce or multiply. */
export const TENSOR_CASES: readonly Case[] = [...REDUCTIONS, ...MOVEMENT, ...MATMUL, ...CONVERSIONS];
