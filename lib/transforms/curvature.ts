import { expected } from '../base/errors.js';
import { leaves, rebuild, type Tree } from '../base/tree.js';
import type { Value } from '../graph/node.js';
import { mul } from '../ops/arithmetic.js';
import { stopGradient } from '../ops/identity.js';
import { sum } from '../ops/reduce.js';
import { gradOf, vjpOf } from './grad.js';
import { jvpOf } from './jvp.js';

/** B u for the curvature B of a loss in output space (its Hessian or its Fisher matrix), with the scale of the loss. */
export type OutputProduct = (outputs: Value, u: Value) => Value;

/** H v of a traced scalar by traced values: the tangents of its gradient. */
export function hvpOf(loss: Value, inputs: readonly Value[], v: readonly Value[]): Value[] {
  return jvpOf(gradOf(loss, inputs), inputs, v);
}

/** J'B J v: the product with the generalized Gauss-Newton matrix, or with the Fisher matrix when `product` is Fisher's. */
export function ggnvpOf(outputs: Value, inputs: readonly Value[], v: readonly Value[], product: OutputProduct): Value[] {
  const [jv] = jvpOf([outputs], inputs, v);
  return vjpOf([outputs], inputs, [product(outputs, jv!)]);
}

/**
 * d'Hd of a traced scalar: its second derivative along d, by two tangent passes and no reverse pass. d counts as constant, also where
 * it was itself computed from the inputs (an optimizer's direction is).
 */
export function secondDerivative(loss: Value, inputs: readonly Value[], d: readonly Value[]): Value {
  const along = d.map((t) => stopGradient(t));
  const [slope] = jvpOf([loss], inputs, along);
  return jvpOf([slope!], inputs, along)[0]!;
}

/** d'J'B J d, by one tangent pass and a dot product in output space. */
export function ggnForm(outputs: Value, inputs: readonly Value[], d: readonly Value[], product: OutputProduct): Value {
  const [jd] = jvpOf([outputs], inputs, d);
  return sum(mul(jd!, product(outputs, jd!)));
}

/** The Hessian-vector product of a scalar function of a tree: hvp(f)(params, v) = H v. */
export function hvp<P extends Tree<Value>>(f: (params: P) => Value): (params: P, v: P) => P {
  return (params, v) => rebuild(params, hvpOf(f(params), leaves<Value>(params), leaves<Value>(v)));
}

/** The Gauss-Newton-vector product J'B J v of a model and the output-space Hessian of its loss, for trees. */
export function ggnvp<P extends Tree<Value>>(model: (params: P) => Value, hessian: OutputProduct): (params: P, v: P) => P {
  return (params, v) => rebuild(params, ggnvpOf(model(params), leaves<Value>(params), leaves<Value>(v), hessian));
}

/** The Fisher-vector product J'F J v of a model and the Fisher matrix of its predictive distribution in output space, for trees. */
export function fisherVp<P extends Tree<Value>>(model: (params: P) => Value, fisher: OutputProduct): (params: P, v: P) => P {
  return ggnvp(model, fisher);
}

/** B u by derivatives, for losses that do not state it: the tangents along u of the gradient of value(outputs). */
export function outputHessian(value: (outputs: Value) => Value): OutputProduct {
  return (outputs, u) => {
    const loss = value(outputs);
    if (loss.rank !== 0) throw expected('outputHessian', 'a scalar loss', `rank ${loss.rank}`, 'reduce it with sum() or mean()');
    return hvpOf(loss, [outputs], [u])[0]!;
  };
}
