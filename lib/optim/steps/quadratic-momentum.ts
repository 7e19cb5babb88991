import type { Tree } from '../../base/tree.js';
import * as tree from '../../base/tree.js';
import type { Curvature } from '../../curvature/objective.js';
import type { Spec, Value } from '../../graph/node.js';
import { StateDefinition } from '../../graph/state.js';
import '../../ops/fluent.js';
import { select } from '../../ops/select.js';
import { innerProduct } from '../inner-product.js';
import { stationaryPoint, updateTree } from '../line-model.js';
import type { StepSize } from '../parts.js';
import { quadraticStep } from './quadratic.js';

/** Below this share of their product the determinant of the 2x2 system is rounding: d and v point the same way. */
const SINGULAR = 1e-12;

/**
 * The minimizer of the damped quadratic model in the plane of d and the update before, v (0 at first), as in K-FAC,
 * Martens & Grosse 2015 (arXiv:1503.05671), section 7. Three curvature products instead of one, and one more for damping to judge it.
 *
 *   u = alpha d + mu v        [a b; b c] [alpha; mu] = -[g'd; g'v]
 *   a = d'Bd    b = d'Bv    c = v'Bv    B = C + lambda I
 *
 * mu = 0 where the system is singular, as in the first step. Along the plain gradient, on a quadratic and undamped, these are the steps
 * of conjugate gradients. Records momentum = mu and what `quadraticStep` records.
 */
export function quadraticMomentumStep(curvature: Curvature): StepSize {
  const line = quadraticStep(curvature);
  return {
    ...line,
    init: (params) => ({ before: tree.map((spec: Spec) => new StateDefinition(spec, 0), params) as Tree<StateDefinition> }),
    choose(point, state, hyper) {
      const { objective, params, g, d, lambda } = point;
      const v = state.before!;
      const { model, stats } = line.choose(point, {}, hyper);
      const bendOf = (u: Tree<Value>) => {
        const raw = objective.quadraticForm(curvature, params, u);
        return lambda === null ? raw : raw.add(lambda.mul(innerProduct(u, u)));
      };
      const { slope: gd, bend: a } = model!;
      const gv = innerProduct(g, v);
      const c = bendOf(v);
      const sum = tree.map((d: Value, v: Value) => d.add(v), d, v);
      const b = bendOf(sum).sub(a).sub(c).mul(0.5); //                                  (d + v)'B(d + v) = a + 2b + c
      const determinant = a.mul(c).sub(b.square());
      const regular = determinant.abs().gt(a.mul(c).abs().mul(SINGULAR));
      const alpha = select(regular, b.mul(gv).sub(c.mul(gd)).div(determinant), stationaryPoint(model!));
      const mu = select(regular, b.mul(gd).sub(a.mul(gv)).div(determinant), 0);
      const rest = tree.map((v: Value) => v.mul(mu), v);
      return { alpha, rest, model, state: { before: updateTree({ alpha, rest }, d) }, stats: { ...stats, momentum: mu } };
    },
  };
}
