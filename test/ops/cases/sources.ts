import * as ops from '../../../lib/ops/index.js';
import { bits53, philox, word } from '../../oracle/philox.js';
import { build, type Tensor, tensor } from '../../oracle/tensor.js';
import { type Case, float, int } from '../case.js';

const key = int([2], (u) => Math.floor((u - 0.5) * 2 ** 32));
const list = (length: number, f: (i: number) => number) => Array.from({ length }, (_, i) => f(i));
const keyOf = (x: Tensor) => [...x.data];

function normal(k: readonly number[], i: number): number {
  const base = 4 * Math.floor(i / 2);
  const radius = Math.sqrt(-2 * Math.log(1 - bits53(k, base) / 2 ** 53));
  const angle = (2 * Math.PI * bits53(k, base + 2)) / 2 ** 53;
  return i % 2 === 0 ? radius * Math.cos(angle) : radius * Math.sin(angle);
}

/** Fisher-Yates from the end. */
function shuffled(k: readonly number[], length: number): number[] {
  const order = list(length, (i) => i);
  for (let i = length - 1; i >= 1; i--) {
    const draw = length - 1 - i;
    const bits = BigInt(word(k, 2 * draw)) * 2n ** 32n + BigInt(word(k, 2 * draw + 1));
    const j = Number((bits * BigInt(i + 1)) / 2n ** 64n);
    const moved = order[i]!;
    order[i] = order[j]!;
    order[j] = moved;
  }
  return order;
}

/** Rows of the ops without float inputs: sources and random numbers. */
export const SOURCE_CASES: readonly Case[] = [
  {
    name: 'constants next to a field',
    inputs: [float(['n'])],
    build: ([x]) => ops.add(ops.mul(x!, 3), ops.constant(-0.5)),
    naive: ([x]) => ({ ...x!, data: x!.data.map((v) => 3 * v - 0.5) }),
  },
  {
    name: 'literal',
    inputs: [float(['n', 3])],
    build: ([x]) => ops.add(x!, ops.cast(ops.literal([1, -2, 4], [3]), x!.dtype)),
    naive: ([x]) => build(x!.dtype, x!.shape, ([i, j]) => x!.data[3 * i! + j!]! + [1, -2, 4][j!]!),
  },
  {
    name: 'iota',
    inputs: [],
    build: () => [ops.iota(['n', 2], 0), ops.iota(['n', 2]), ops.iota([3, 'n'], 0, 'float32')],
    naive: (_inputs, { n }) => [
      build('int32', [n!, 2], ([i]) => i!),
      build('int32', [n!, 2], ([, j]) => j!),
      build('float32', [3, n!], ([i]) => i!),
    ],
    exact: true,
  },
  { name: 'size', inputs: [], build: () => ops.size('3*n'), naive: (_inputs, { n }) => tensor('float64', [], [3 * n!]), exact: true },
  {
    name: 'foldIn',
    inputs: [key, int([], (u) => Math.floor(1000 * u) - 500)],
    build: ([k, data]) => ops.foldIn(k!, data!),
    naive: ([k, data]) =>
      tensor(
        'int32',
        [2],
        philox([data!.data[0]!, 0x666f6c64, 0, 0], keyOf(k!))
          .slice(0, 2)
          .map((w) => w | 0),
      ),
    exact: true,
  },
  {
    name: 'randomBits',
    inputs: [key],
    build: ([k]) => ops.randomBits(k!, ['n', 3]),
    naive: ([k], { n }) =>
      tensor(
        'int32',
        [n!, 3],
        list(3 * n!, (i) => word(keyOf(k!), i) | 0),
      ),
    exact: true,
  },
  {
    name: 'randomUniform',
    inputs: [key],
    build: ([k]) => [ops.randomUniform(k!, ['n', 3]), ops.randomUniform(k!, ['n'], 'float64')],
    naive: ([k], { n }) => [
      tensor(
        'float32',
        [n!, 3],
        list(3 * n!, (i) => (word(keyOf(k!), i) >>> 8) / 2 ** 24),
      ),
      tensor(
        'float64',
        [n!],
        list(n!, (i) => bits53(keyOf(k!), 2 * i) / 2 ** 53),
      ),
    ],
    exact: true,
  },
  {
    name: 'randomNormal',
    inputs: [key],
    build: ([k]) => [ops.randomNormal(k!, ['n', 3]), ops.randomNormal(k!, ['n'], 'float64')],
    naive: ([k], { n }) => [
      tensor(
        'float32',
        [n!, 3],
        list(3 * n!, (i) => normal(keyOf(k!), i)),
      ),
      tensor(
        'float64',
        [n!],
        list(n!, (i) => normal(keyOf(k!), i)),
      ),
    ],
  },
  {
    name: 'permutation',
    inputs: [key],
    build: ([k]) => ops.permutation(k!, 'n'),
    naive: ([k], { n }) => tensor('int32', [n!], shuffled(keyOf(k!), n!)),
    exact: true,
  },
];
