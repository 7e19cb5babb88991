import * as ops from '../../../lib/ops/index.js';
import { build, get, type Tensor, tensor } from '../../oracle/tensor.js';
import { bool, type Case, float, unit } from '../case.js';

/** h[t] = tanh(h[t-1] w + x[t]), per example. Returns the last h and the sum of every h. */
function recurrence(w: Tensor, h0: Tensor, x: Tensor, order: number[]): [Tensor, Tensor] {
  const [steps, n, d] = x.shape as [number, number, number];
  const sums = build(x.dtype, [steps, n], () => 0);
  let h = h0;
  for (const t of order) {
    const before = h;
    h = build(h0.dtype, [n, d], ([i, j]) => {
      let a = get(x, [t, i!, j!]);
      for (let k = 0; k < d; k++) a += get(before, [i!, k]) * get(w, [k, j!]);
      return Math.tanh(a);
    });
    for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) sums.data[t * n + i]! += get(h, [i, j]);
  }
  return [h, sums];
}

function recurrent(name: string, reverse: boolean): Case {
  return {
    name,
    inputs: [float([2, 2], unit), float(['n', 2], unit), float(['T', 'n', 2], unit)],
    build: ([w, h0, xs]) => {
      const [last, sums] = ops.scan(
        (h, x) => {
          const next = h.matmul(w!).add(x).tanh();
          return [next, next.sum(-1)];
        },
        { carry: h0!, xs: xs!, reverse },
      );
      return [last, sums];
    },
    naive: ([w, h0, xs]) => {
      const order = Array.from({ length: xs!.shape[0]! }, (_, t) => t);
      return recurrence(w!, h0!, xs!, reverse ? order.reverse() : order);
    },
  };
}

/** Rows of scan and cond. */
export const REGION_CASES: readonly Case[] = [
  recurrent('scan', false),
  recurrent('scan in reverse', true),
  {
    name: 'scan by length with a scalar carry',
    inputs: [float(['n'], unit)],
    build: ([x]) => {
      const [[power, count]] = ops.scan(([p, c]) => [[p.mul(x!), c.add(1)], []] as const, { carry: [x!, 0] as const, length: 3 });
      return [power, count];
    },
    naive: ([x]) => [{ ...x!, data: x!.data.map((v) => v ** 4) }, tensor('float64', [], [3])],
  },
  {
    name: 'cond',
    inputs: [bool([]), float(['n'], unit), float(['n'], unit)],
    build: ([p, x, y]) =>
      ops.cond(
        p!,
        (a) => a.mul(y!).exp(),
        (a) => a.square().add(1),
        x!,
      ),
    naive: ([p, x, y]) => build(x!.dtype, x!.shape, ([i]) => (p!.data[0] ? Math.exp(x!.data[i!]! * y!.data[i!]!) : x!.data[i!]! ** 2 + 1)),
  },
  {
    name: 'cond that returns its operands',
    inputs: [bool([]), float(['n'], unit), float(['n'], unit)],
    build: ([p, x, y]) =>
      ops.cond(
        p!,
        ([a, b]) => [a!, b!.mul(2)],
        ([a, b]) => [b!, a!],
        [x!, y!],
      ),
    naive: ([p, x, y]) => (p!.data[0] ? [x!, { ...y!, data: y!.data.map((v) => 2 * v) }] : [y!, x!]),
  },
  {
    name: 'cond that keeps a carry of a scan',
    inputs: [float(['n'], unit)],
    build: ([x]) =>
      ops.scan(
        (c) =>
          [
            ops.cond(
              c.abs().sum().gt(0),
              (a) => a,
              (a) => a.add(1),
              c,
            ),
            [],
          ] as const,
        { carry: x!, length: 3 },
      )[0],
    naive: ([x]) => x!,
  },
  {
    name: 'scan over a view of an operand inside cond',
    inputs: [bool([]), float([6], unit)],
    build: ([p, y]) =>
      ops.cond(
        p!,
        (a) =>
          ops.scan((c, row) => [c.add(row.square().mul(c.add(1))), []] as const, {
            carry: ops.full([2], 0, y!.dtype),
            xs: a.reshape([3, 2]),
          })[0],
        (a) => a.slice([[0, 2]]),
        y!,
      ),
    naive: ([p, y]) =>
      build(y!.dtype, [2], ([i]) => {
        if (!p!.data[0]) return y!.data[i!]!;
        let c = 0;
        for (let t = 0; t < 3; t++) c += y!.data[2 * t + i!]! ** 2 * (c + 1);
        return c;
      }),
  },
];
