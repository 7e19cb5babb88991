import { modelObjective } from '../../lib/curvature/model-objective.js';
import type { Objective } from '../../lib/curvature/objective.js';
import type { FloatDType } from '../../lib/graph/dtype.js';
import { Spec, type Value } from '../../lib/graph/node.js';
import { crossEntropy } from '../../lib/losses/cross-entropy.js';
import { squaredError } from '../../lib/losses/squared-error.js';
import { add } from '../../lib/ops/arithmetic.js';
import { relu } from '../../lib/ops/elementwise.js';
import { matmul } from '../../lib/ops/matmul.js';
import type { Problem } from './run.js';

/** Which loss: 'mse' has 1 output, 'ce' 3. */
export type Kind = 'mse' | 'ce';

export type MlpParams<T> = { readonly w1: T; readonly b1: T; readonly w2: T; readonly b2: T };

const N = 6,
  D = 3,
  H = 5;
const table = (rows: number, cols: number, f: (r: number, c: number) => number) =>
  Array.from({ length: rows * cols }, (_, i) => f(Math.floor(i / cols), i % cols));

/** The small MLP of the oracle files: 6 rows, 3 inputs, 5 ReLU units, 1 or 3 outputs; everything by formula. */
export function mlpProblem(kind: Kind) {
  const outputs = kind === 'mse' ? 1 : 3;
  return {
    params: {
      w1: table(D, H, (k, h) => 0.6 * Math.sin(1 + 0.9 * k + 1.7 * h)),
      b1: table(1, H, (_, h) => 0.1 * Math.cos(h)),
      w2: table(H, outputs, (h, o) => 0.6 * Math.sin(0.5 + 1.1 * h + 2.3 * o)),
      b2: table(1, outputs, (_, o) => 0.05 * o),
    } satisfies MlpParams<number[]>,
    inputs: table(N, D, (n, k) => Math.cos(0.7 * n + 1.3 * k)),
    targets: kind === 'mse' ? table(N, 1, (n) => Math.sin(0.4 * n)) : table(N, 1, (n) => (2 * n + 1) % 3),
    paramSpecs: (dtype: FloatDType): MlpParams<Spec> => ({
      w1: new Spec(dtype, [D, H]),
      b1: new Spec(dtype, [H]),
      w2: new Spec(dtype, [H, outputs]),
      b2: new Spec(dtype, [outputs]),
    }),
    /** Types of the batch, of a named number of rows. */
    inputSpec: (dtype: FloatDType) => new Spec(dtype, ['n', D]),
    targetSpec: (dtype: FloatDType) => (kind === 'mse' ? new Spec(dtype, ['n', 1]) : new Spec('int32', ['n'])),
    sizes: { n: N },
    objective(x: Value, y: Value): Objective {
      const loss = kind === 'mse' ? squaredError() : crossEntropy();
      const forward = (params: unknown) => {
        const { w1, b1, w2, b2 } = params as MlpParams<Value>;
        return [add(matmul(relu(add(matmul(x, w1), b1)), w2), b2), {}] as const;
      };
      return modelObjective(forward, loss, y);
    },
  };
}

/** The same as a problem to run optimizers on. */
export function mlpRun(kind: Kind, dtype: FloatDType = 'float64'): Problem {
  const p = mlpProblem(kind);
  return {
    params: p.params,
    paramSpecs: p.paramSpecs(dtype) as unknown as Problem['paramSpecs'],
    batch: [p.inputs, p.targets],
    batchSpecs: [p.inputSpec(dtype), p.targetSpec(dtype)],
    sizes: p.sizes,
    objective: (batch) => p.objective(...(batch as readonly [Value, Value])),
  };
}
