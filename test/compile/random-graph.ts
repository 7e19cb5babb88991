import { type Graph, inNewScope, input, Spec, type Value } from '../../lib/graph/node.js';
import type { Shape } from '../../lib/graph/shape.js';
import { add, div, maximum, minimum, mul, neg, sub } from '../../lib/ops/arithmetic.js';
import { gt, lt } from '../../lib/ops/comparison.js';
import { cond } from '../../lib/ops/cond.js';
import { exp, log1p, sigmoid, sqrt, square, tanh } from '../../lib/ops/elementwise.js';
import { matmul } from '../../lib/ops/matmul.js';
import { broadcast, reshape, transpose } from '../../lib/ops/movement.js';
import { logSumExp, max, sum } from '../../lib/ops/reduce.js';
import { scan } from '../../lib/ops/scan.js';
import { select } from '../../lib/ops/select.js';
import { concat, slice } from '../../lib/ops/slicing.js';
import { constant, iota, size } from '../../lib/ops/sources.js';
import '../../lib/ops/fluent.js';

/** Seeded numbers in [0, 1): mulberry32. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The inputs of every random graph. */
export function randomInputs(dtype: 'float32' | 'float64'): Spec[] {
  return [new Spec(dtype, ['n', 4]), new Spec(dtype, ['n', 3]), new Spec(dtype, [4, 3]), new Spec(dtype, [4]), new Spec('float64', [])];
}

type Pool = { readonly values: Value[]; readonly random: () => number };

function pick(pool: Pool, fits: (v: Value) => boolean): Value | null {
  const found = pool.values.filter(fits);
  return found.length === 0 ? null : found[Math.floor(pool.random() * found.length)]!;
}

function sameAs(shape: Shape): (v: Value) => boolean {
  return (v) => `${v.shape}` === `${shape}`;
}

/** Everything stays in about [-3, 3], so that errors do not grow with the graph. */
const UNARY: readonly ((x: Value) => Value)[] = [
  tanh,
  sigmoid,
  neg,
  (x) => exp(tanh(x)),
  (x) => sqrt(square(tanh(x))),
  (x) => log1p(square(sigmoid(x))),
  (x) => mul(x, 0.5),
  (x) => add(tanh(x), 1),
];
const BINARY: readonly ((a: Value, b: Value) => Value)[] = [
  (a, b) => tanh(add(a, b)),
  (a, b) => tanh(mul(a, b)),
  (a, b) => tanh(sub(a, b)),
  (a, b) => div(tanh(a), add(square(b), 1)),
  maximum,
  minimum,
  (a, b) => select(gt(a, b), a, b),
];

function small(v: Value): boolean {
  return v.rank <= 3;
}

type Step = (pool: Pool) => Value | null;

const STEPS: readonly Step[] = [
  (pool) => {
    const x = pick(pool, small)!;
    return UNARY[Math.floor(pool.random() * UNARY.length)]!(x);
  },
  (pool) => {
    const a = pick(pool, small)!;
    const b = pick(pool, sameAs(a.shape))!;
    return BINARY[Math.floor(pool.random() * BINARY.length)]!(a, b);
  },
  (pool) => {
    const a = pick(pool, (v) => v.rank === 2)!;
    const b = pick(pool, (v) => v.rank === 0 || `${v.shape}` === `${a.shape[1]}` || `${v.shape}` === `${a.shape[0]},1`);
    return b === null ? null : BINARY[Math.floor(pool.random() * 4)]!(a, b);
  },
  (pool) => {
    const x = pick(pool, (v) => v.rank === 2)!;
    const kind = Math.floor(pool.random() * 6);
    const scale = (v: Value, by: Value | number) => tanh(div(v, by));
    if (kind === 0) return scale(sum(x, [1], { keepDims: true }), 2);
    if (kind === 1) return scale(sum(x, [0]), 2);
    if (kind === 2) return max(x, [1], { keepDims: pool.random() < 0.5 });
    if (kind === 3) return scale(sum(x), 3);
    if (kind === 4) return tanh(logSumExp(x, [1], { keepDims: true }));
    return max(x, [0]);
  },
  (pool) => {
    const x = pick(pool, (v) => v.rank === 1);
    return x === null ? null : tanh(sum(x));
  },
  (pool) => {
    const x = pick(pool, (v) => v.rank === 2)!;
    return pool.random() < 0.5 ? transpose(x) : reshape(x, [...x.shape, 1]);
  },
  (pool) => {
    const x = pick(pool, (v) => v.rank === 3 || (v.rank === 2 && v.shape[1] === 1));
    return x === null ? null : reshape(x, x.shape.slice(0, -1));
  },
  (pool) => {
    const a = pick(pool, (v) => v.rank === 2)!;
    const b = pick(pool, (v) => v.rank === 2 && v.shape[0] === a.shape[1]);
    if (b !== null) return tanh(matmul(a, b));
    const c = pick(pool, (v) => v.rank === 2 && v.shape[0] === a.shape[0]);
    return c === null ? null : tanh(mul(matmul(a, c, { transposeA: true }), 0.3));
  },
  (pool) => {
    const x = pick(pool, (v) => v.rank === 2 && typeof v.shape[1] === 'number' && v.shape[1] > 1);
    return x === null ? null : slice(x, [null, [0, (x.shape[1] as number) - 1]]);
  },
  (pool) => {
    const a = pick(pool, (v) => v.rank === 2 && typeof v.shape[1] === 'number' && v.shape[1] < 6)!;
    return a === null ? null : concat([a, a], 1);
  },
  (pool) => {
    const x = pick(pool, (v) => v.rank === 1);
    return x === null ? null : broadcast(x, [3, ...x.shape]);
  },
  (pool) => mul(pick(pool, (v) => v.rank === 0)!, div(constant(1), size('n'))),
  (pool) => {
    const x = pick(pool, (v) => v.rank === 2)!;
    const places = pool.random() < 0.5 ? iota(x.shape, Math.floor(2 * pool.random()), x.dtype) : iota(x.shape.slice(1), 0, x.dtype);
    return tanh(mul(x, mul(places, 0.3)));
  },
  (pool) => {
    const s = tanh(pick(pool, (v) => v.rank === 0)!);
    const x = pick(pool, (v) => v.rank === 2)!;
    return add(tanh(broadcast(s, x.shape, x.dtype)), tanh(x));
  },
  (pool) => {
    const x = pick(pool, (v) => v.rank === 2)!;
    const carry = pick(pool, (v) => v.rank === 1 && `${v.shape}` === `${x.shape[1]}`);
    if (carry === null) return null;
    const outer = pick(pool, (v) => v.rank === 0)!;
    const [last, ys] = scan((c: Value, row: Value): [Value, Value] => [tanh(add(c, mul(row, outer))), mul(tanh(row), c)], { carry, xs: x });
    return pool.random() < 0.5 ? (last as Value) : (ys as Value);
  },
  (pool) => {
    const x = pick(pool, (v) => v.rank === 2)!;
    const y = pick(pool, sameAs(x.shape))!;
    const p = lt(pick(pool, (v) => v.rank === 0)!, 0.1);
    return cond(
      p,
      ([a, b]: readonly Value[]) => tanh(add(a!, b!)),
      ([a, b]: readonly Value[]) => mul(a!, tanh(b!)),
      [x, y],
    );
  },
];

/** A graph of about `steps` random operations on the inputs; returns several values of it. */
export function randomFunction(seed: number, steps: number): (inputs: readonly Value[]) => Value[] {
  return (inputs) => {
    const pool: Pool = { values: [...inputs], random: generator(seed) };
    for (let i = 0; i < steps; i++) {
      const made = STEPS[Math.floor(pool.random() * STEPS.length)]!(pool);
      if (made !== null) pool.values.push(made);
    }
    const results = pool.values.slice(-4);
    while (results.length < 6) results.push(pool.values[Math.floor(pool.random() * pool.values.length)]!);
    return results;
  };
}

export function randomGraph(seed: number, steps: number, dtype: 'float32' | 'float64' = 'float64'): Graph {
  return inNewScope(() => {
    const inputs = randomInputs(dtype).map((spec, i) => input(spec, `x${i}`) as Value);
    return { inputs, outputs: randomFunction(seed, steps)(inputs) };
  });
}

/** Numbers in [-1, 1) for the inputs at a size of n. */
export function randomData(seed: number, n: number): number[][] {
  const random = generator(seed ^ 0x5bd1e995);
  return randomInputs('float64').map(({ shape }) => {
    const count = shape.reduce((total: number, d) => total * (d === 'n' ? n : (d as number)), 1);
    return Array.from({ length: count }, () => Math.fround(2 * random() - 1));
  });
}
