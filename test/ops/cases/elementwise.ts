import type { Value } from '../../../lib/graph/node.js';
import * as ops from '../../../lib/ops/index.js';
import { erf } from '../../oracle/erf.js';
import { build, get, type Tensor } from '../../oracle/tensor.js';
import { apart, bool, type Case, type Fill, float, int, positive, signed, unit } from '../case.js';

/** Numpy broadcasting, spelled out. */
function broadcasting(a: Tensor, b: Tensor, dtype: Tensor['dtype'], f: (a: number, b: number) => number): Tensor {
  const rank = Math.max(a.shape.length, b.shape.length);
  const padded = (x: Tensor) => [...Array(rank - x.shape.length).fill(1), ...x.shape] as number[];
  const p = padded(a),
    q = padded(b);
  const shape = p.map((d, i) => (d === 1 ? q[i]! : d));
  const at = (x: Tensor, index: number[]) =>
    get(
      x,
      x.shape.map((d, i) => (d === 1 ? 0 : index[rank - x.shape.length + i]!)),
    );
  return build(dtype, shape, (index) => f(at(a, index), at(b, index)));
}

function unary(name: string, op: (x: Value) => Value, f: (x: number) => number, fill: Fill = signed): Case {
  return { name, inputs: [float(['n', 3], fill)], build: ([x]) => op(x!), naive: ([x]) => ({ ...x!, data: x!.data.map(f) }) };
}

type BinaryOp = (a: Value, b: Value) => Value;

function binary(name: string, op: BinaryOp, f: (a: number, b: number) => number, fills: readonly [Fill, Fill] = [signed, signed]): Case {
  return {
    name,
    inputs: [float(['n', 3], fills[0]), float(['n', 3], fills[1])],
    build: ([a, b]) => op(a!, b!),
    naive: ([a, b]) => broadcasting(a!, b!, a!.dtype, f),
  };
}

function compare(name: string, op: BinaryOp, f: (a: number, b: number) => boolean): Case {
  const few: Fill = (u) => Math.floor(3 * u);
  return {
    name,
    inputs: [float(['n', 3], few), float(['n', 3], few)],
    build: ([a, b]) => op(a!, b!),
    naive: ([a, b]) => broadcasting(a!, b!, 'bool', (x, y) => Number(f(x, y))),
    exact: true,
  };
}

function connective(name: string, op: BinaryOp, f: (a: number, b: number) => number): Case {
  return {
    name,
    inputs: [bool(['n', 3]), bool(['n', 3])],
    build: ([a, b]) => op(a!, b!),
    naive: ([a, b]) => broadcasting(a!, b!, 'bool', f),
    exact: true,
  };
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

const UNARY: readonly Case[] = [
  unary('neg', ops.neg, (x) => -x),
  unary('abs', ops.abs, Math.abs, apart),
  unary('sign', ops.sign, Math.sign, apart),
  unary('exp', ops.exp, Math.exp),
  unary('log', ops.log, Math.log, positive),
  unary('log1p', ops.log1p, Math.log1p, unit),
  unary('expm1', ops.expm1, Math.expm1),
  unary('sqrt', ops.sqrt, Math.sqrt, positive),
  unary('rsqrt', ops.rsqrt, (x) => 1 / Math.sqrt(x), positive),
  unary('square', ops.square, (x) => x * x),
  unary('reciprocal', ops.reciprocal, (x) => 1 / x, apart),
  unary('tanh', ops.tanh, Math.tanh),
  unary('sigmoid', ops.sigmoid, sigmoid),
  unary('softplus', ops.softplus, (x) => Math.log(1 + Math.exp(x))),
  unary(
    'softplus far out',
    ops.softplus,
    (x) => Math.max(x, 0),
    (u) => (u < 0.5 ? -800 - u : 800 + u),
  ),
  unary('erf', ops.erf, erf),
  unary('relu', ops.relu, (x) => Math.max(x, 0), apart),
  unary('gelu', ops.gelu, (x) => (x * (1 + erf(x / Math.SQRT2))) / 2),
  unary('silu', ops.silu, (x) => x * sigmoid(x)),
  unary(
    'stopGradient times x',
    (x) => ops.mul(ops.stopGradient(x), 2),
    (x) => 2 * x,
  ),
  unary(
    'tap',
    (x) => ops.tap(x, 'here'),
    (x) => x,
  ),
];

const BINARY: readonly Case[] = [
  binary('add', ops.add, (a, b) => a + b),
  binary('sub', ops.sub, (a, b) => a - b),
  binary('mul', ops.mul, (a, b) => a * b),
  binary('div', ops.div, (a, b) => a / b, [signed, apart]),
  binary('minimum', ops.minimum, Math.min),
  binary('maximum', ops.maximum, Math.max),
  binary('pow', ops.pow, (a, b) => a ** b, [positive, signed]),
  compare('eq', ops.eq, (a, b) => a === b),
  compare('ne', ops.ne, (a, b) => a !== b),
  compare('lt', ops.lt, (a, b) => a < b),
  compare('le', ops.le, (a, b) => a <= b),
  compare('gt', ops.gt, (a, b) => a > b),
  compare('ge', ops.ge, (a, b) => a >= b),
  connective('and', ops.and, (a, b) => a * b),
  connective('or', ops.or, (a, b) => Math.max(a, b)),
  {
    name: 'not',
    inputs: [bool(['n', 3])],
    build: ([x]) => ops.not(x!),
    naive: ([x]) => ({ ...x!, data: x!.data.map((v) => 1 - v) }),
    exact: true,
  },
];

/** x + 10 row + scalar: three shapes at once. */
const BROADCASTING: Case = {
  name: 'add with broadcast rows, columns and scalars',
  inputs: [float(['n', 3]), float([3]), float(['n', 1]), { dtype: 'float64', shape: [], fill: signed }],
  build: ([x, row, column, scalar]) => ops.mul(ops.add(ops.add(x!, row!), column!), scalar!),
  naive: ([x, row, column, scalar]) =>
    build(x!.dtype, x!.shape, ([i, j]) => (get(x!, [i!, j!]) + row!.data[j!]! + column!.data[i!]!) * scalar!.data[0]!),
};

const INTEGERS: Case = {
  name: 'integer arithmetic',
  inputs: [int(['n'], (u) => Math.floor(20 * u) - 10), int(['n'], (u) => Math.floor(5 * u) + 1)],
  build: ([a, b]) => ops.add(ops.sub(ops.mul(a!, 3), b!), ops.maximum(a!, b!)),
  naive: ([a, b]) => build('int32', a!.shape, ([i]) => a!.data[i!]! * 3 - b!.data[i!]! + Math.max(a!.data[i!]!, b!.data[i!]!)),
  exact: true,
};

const SELECT: Case = {
  name: 'select',
  inputs: [bool(['n', 3]), float(['n', 3]), float(['n', 3])],
  build: ([c, a, b]) => ops.select(c!, a!, b!),
  naive: ([c, a, b]) => build(a!.dtype, a!.shape, (index) => (get(c!, index) === 1 ? get(a!, index) : get(b!, index))),
  exact: true,
};

/** Rows of the elementwise ops. */
export const ELEMENTWISE_CASES: readonly Case[] = [...UNARY, ...BINARY, BROADCASTING, INTEGERS, SELECT];
