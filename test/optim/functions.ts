import type { Tree } from '../../lib/base/tree.js';
import { functionObjective } from '../../lib/curvature/function-objective.js';
import { Spec, type Value } from '../../lib/graph/node.js';
import { SCALAR } from '../../lib/graph/state.js';
import { add, mul, sub } from '../../lib/ops/arithmetic.js';
import { square } from '../../lib/ops/elementwise.js';
import { sum } from '../../lib/ops/reduce.js';
import { literal } from '../../lib/ops/sources.js';
import type { Data } from '../engine.js';
import type { Problem } from './run.js';

/** A function with its start. */
function problem(params: Tree<Data>, paramSpecs: Tree<Spec>, f: (params: Tree<Value>) => Value): Problem {
  return { params, paramSpecs, batch: [], batchSpecs: [], sizes: {}, objective: () => functionObjective(f) };
}

/** f(x, y) = scale ((1 - x)^2 + 100 (y - x^2)^2) from (1, -1); minimum at (1, 1). */
export function rosenbrock(scale = 1): Problem {
  return problem({ x: [1], y: [-1] }, { x: SCALAR, y: SCALAR }, (params) => {
    const { x, y } = params as { x: Value; y: Value };
    return mul(add(square(sub(1, x)), mul(square(sub(y, square(x))), 100)), scale);
  });
}

/** f(w, b) = scale / 2 (sum_i c_i (w_i - i)^2 + 3 (b + 1)^2) with c_i = 1 + i, from zeros; minimum at w = (0, 1, 2), b = -1. */
export function parabola(scale = 1): Problem {
  const spec = new Spec('float64', [3]);
  return problem({ layer: { w: [0, 0, 0] }, b: [0] }, { layer: { w: spec }, b: SCALAR }, (params) => {
    const { layer, b } = params as { layer: { w: Value }; b: Value };
    const away = square(sub(layer.w, literal([0, 1, 2], [3], 'float64')));
    const bowl = sum(mul(away, literal([1, 2, 3], [3], 'float64')));
    return mul(add(bowl, mul(square(add(b, 1)), 3)), scale / 2);
  });
}

/** f(x) = 5/2 (x - 4)^2 from 0. */
export function bowl(): Problem {
  return problem({ x: [0] }, { x: SCALAR }, (params) => mul(square(sub((params as { x: Value }).x, 4)), 2.5));
}
