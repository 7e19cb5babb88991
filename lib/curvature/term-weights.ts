import { expected } from '../base/errors.js';
import { isFloat } from '../graph/dtype.js';
import type { Value } from '../graph/node.js';
import { format, sameShape } from '../graph/shape.js';
import '../ops/fluent.js';
import { select } from '../ops/select.js';

/**
 * The weight of every term, in the type of the terms[n,...]: the product of all factors, each float[n] (per example) or of the shape of the
 * terms; null where there is no factor and all terms count alike. `who` heads the error for a factor of another shape.
 */
export function termWeights(who: string, terms: Value, factors: readonly (Value | null | undefined)[]): Value | null {
  let product: Value | null = null;
  for (const factor of factors) {
    if (factor === null || factor === undefined) continue;
    if (!isFloat(factor.dtype) || factor.rank < 1 || !sameShape(factor.shape, terms.shape.slice(0, factor.rank)))
      throw expected(who, `weights ${format(terms)}, one per term`, format(factor));
    let placed = factor.cast(terms.dtype);
    while (placed.rank < terms.rank) placed = placed.expandDims(-1);
    placed = placed.broadcast(terms.shape);
    product = product === null ? placed : product.mul(placed);
  }
  return product;
}

/** The sum of the terms, each times its weight: a float64 scalar. */
export function weightedSum(terms: Value, weights: Value | null): Value {
  return (weights === null ? terms : terms.mul(weights)).sum();
}

/** The sum of the weights: a float64 scalar, the number of terms where all count alike. */
export function totalWeight(terms: Value, weights: Value | null): Value {
  return weights === null ? terms.size() : weights.sum();
}

/** A sum over terms divided by their total weight; 0 where that is 0, so that a batch of weightless examples changes nothing. */
export function perWeight(total: Value, terms: Value, weights: Value | null): Value {
  const weight = totalWeight(terms, weights);
  return total.div(weights === null ? weight : select(weight.eq(0), 1, weight));
}
