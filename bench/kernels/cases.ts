import type { Value } from '../../lib/graph/node.js';
import { crossEntropy } from '../../lib/losses/cross-entropy.js';
import { exp, logSumExp, matmul, maximum, mean, relu, softmax, sqrt, square, sum, tanh } from '../../lib/ops/index.js';
import '../../lib/ops/fluent.js';
import { valueAndGrad } from '../../lib/transforms/index.js';
import { CASES } from '../step/cases.js';

/** Float inputs of a kernel, drawn from a normal distribution, or labels below `classes`. */
export type KernelInput = { readonly shape: readonly number[]; readonly classes?: number; readonly positive?: boolean };

/** One kernel to time: inputs, what it computes, and what that costs at least. */
export type KernelCase = {
  readonly name: string;
  /** By what name the peers know it. */
  readonly op: string;
  readonly inputs: readonly KernelInput[];
  readonly compute: (...inputs: Value[]) => readonly Value[];
  /** Floating-point operations of products; 0 where memory or functions bound it. */
  readonly operations: number;
  /** Bytes read and written at least once. */
  readonly bytes: number;
};

function product(name: string, op: 'nn' | 'tn' | 'nt', m: number, k: number, n: number): KernelCase {
  const a = { shape: op === 'tn' ? [k, m] : [m, k] },
    b = { shape: op === 'nt' ? [n, k] : [k, n] };
  return {
    name: `${name} ${m}x${k}x${n} ${op}`,
    op: `matmul-${op}`,
    inputs: [a, b],
    compute: (a, b) => [matmul(a!, b!, { transposeA: op === 'tn', transposeB: op === 'nt' })],
    operations: 2 * m * k * n,
    bytes: 4 * (m * k + k * n + m * n),
  };
}

/** The products of the steps of bench/step: forward, weight gradient and input gradient of every layer, each shape once. */
function products(): KernelCase[] {
  const all = CASES.flatMap(({ name, sizes, batch }) =>
    sizes
      .slice(1)
      .flatMap((to, layer) => [
        product(`${name} forward`, 'nn', batch, sizes[layer]!, to),
        product(`${name} weight gradient`, 'tn', sizes[layer]!, batch, to),
        ...(layer === 0 ? [] : [product(`${name} input gradient`, 'nt', batch, to, sizes[layer]!)]),
      ]),
  );
  return [...new Map(all.map((c) => [c.name, c])).values()];
}

function elementwise(name: string, op: string, count: number, inputs: number, outputs: number, compute: KernelCase['compute']): KernelCase {
  const shape = [count];
  return {
    name: `${name} ${count}`,
    op,
    inputs: Array.from({ length: inputs }, () => ({ shape, positive: op === 'adam' })),
    compute,
    operations: 0,
    bytes: 4 * count * (inputs + outputs),
  };
}

function rows(name: string, op: string, [n, c]: readonly [number, number], passes: number, compute: KernelCase['compute']): KernelCase {
  return { name: `${name} ${n}x${c}`, op, inputs: [{ shape: [n, c] }], compute, operations: 0, bytes: 4 * n * c * passes };
}

/** Adam's moments and direction with its inner product, which a step needs: m, v, g -> m', v', d, g'd. */
function adam(m: Value, v: Value, g: Value): readonly Value[] {
  const nextM = m.mul(0.9).add(g.mul(0.1)),
    nextV = v.mul(0.999).add(square(g).mul(0.001));
  const d = nextM.div(sqrt(nextV).add(1e-8));
  return [nextM, nextV, d, sum(g.mul(d))];
}

function layerNorm(x: Value): readonly Value[] {
  const centered = x.sub(mean(x, -1, { keepDims: true }));
  return [centered.div(sqrt(mean(square(centered), -1, { keepDims: true }).add(1e-5)))];
}

function lossAndGradient(n: number, classes: number): KernelCase {
  const loss = crossEntropy();
  return {
    name: `cross-entropy and its gradient ${n}x${classes}`,
    op: 'cross-entropy',
    inputs: [{ shape: [n, classes] }, { shape: [n], classes }],
    compute: (z, y) => {
      const [value, gradient] = valueAndGrad((z: Value) => mean(loss.value(z, y!)))(z!);
      return [value, gradient];
    },
    operations: 0,
    bytes: 4 * (2 * n * classes + n),
  };
}

/** In the caches of a core, in those that cores share, and beyond them. */
const COUNTS = [40_000, 1 << 20, 1 << 22];

export const KERNELS: readonly KernelCase[] = [
  ...products(),
  ...COUNTS.flatMap((count) => [
    elementwise('relu(a b + c)', 'chain', count, 3, 1, (a, b, c) => [relu(a!.mul(b!).add(c!))]),
    elementwise('exp', 'exp', count, 1, 1, (x) => [exp(x!)]),
    elementwise('tanh', 'tanh', count, 1, 1, (x) => [tanh(x!)]),
    elementwise("Adam's moments and direction", 'adam', count, 3, 3, (m, v, g) => adam(m!, v!, g!)),
    elementwise('sum', 'sum', count, 1, 0, (x) => [sum(x!)]),
  ]),
  ...(
    [
      [3200, 10],
      [512, 1024],
    ] as const
  ).flatMap((shape) => [
    rows('softmax', 'softmax', shape, 2, (x) => [softmax(x!)]),
    rows('log-sum-exp of rows', 'log-sum-exp', shape, 1, (x) => [logSumExp(x!, -1)]),
    rows('layer norm', 'layer-norm', shape, 2, (x) => layerNorm(x!)),
    rows('sum of columns', 'column-sum', shape, 1, (x) => [sum(x!, 0)]),
    rows('largest of rows', 'row-max', shape, 1, (x) => [maximum(x!.max(-1), 0)]),
  ]),
  lossAndGradient(50, 10),
  lossAndGradient(3200, 10),
];
