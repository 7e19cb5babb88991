import { expected } from '../base/errors.js';
import { leaves, rebuild, type Tree } from '../base/tree.js';
import { isFloat } from '../graph/dtype.js';
import { input, nodesOf, Value } from '../graph/node.js';
import { format } from '../graph/shape.js';
import { isTap } from '../ops/identity.js';
import { constant, zeros } from '../ops/sources.js';
import { checkDistinct, checkPairs, PASSES, tangents } from './jvp.js';
import { transposed } from './transpose.js';

/** What arrives at a tap. */
export type Tapped = {
  readonly name: string;
  /** The tapped value of the forward pass. */
  readonly value: Value;
  /** Its cotangent, unscaled: of the outputs as they were given. */
  readonly cotangent: Value;
};

/** Cotangents of the inputs, and of every tap between them and the outputs, in the order of the taps' creation. */
export type Pullback = { readonly cotangents: Value[]; readonly taps: Tapped[] };

/**
 * J'w: the cotangents of `inputs` for cotangents of `outputs`, on the nodes that are there already: the transpose of the
 * tangent pass. Inputs may be any values of the trace, also interior ones; they count as independent of each other.
 */
export function vjpOf(outputs: readonly Value[], inputs: readonly Value[], cotangents: readonly Value[]): Value[];
/** The same, with what arrives at the taps on the way. Taps inside the body of a scan or cond are not returned. */
export function vjpOf(
  outputs: readonly Value[],
  inputs: readonly Value[],
  cotangents: readonly Value[],
  options: { readonly taps: true },
): Pullback;
export function vjpOf(
  outputs: readonly Value[],
  inputs: readonly Value[],
  given: readonly Value[],
  { taps: wanted = false }: { readonly taps?: boolean } = {},
): Value[] | Pullback {
  checkPairs('vjpOf', inputs, inputs, 'inputs');
  checkDistinct('vjpOf', inputs);
  checkPairs('vjpOf', outputs, given, 'cotangents');
  const moving = inputs.map((v, i) => input(v.spec, `tangent${i}`));
  const { cotangents, taps } = transposed(tangents(outputs, inputs, moving), moving, given, PASSES);
  const results = cotangents.map((ct, i) => ct ?? zeros(inputs[i]!));
  return wanted ? { cotangents: results, taps: tapped(outputs, taps) } : results;
}

function tapped(outputs: readonly Value[], cotangents: ReadonlyMap<number, Value>): Tapped[] {
  return nodesOf(outputs).flatMap((node) => {
    const cotangent = isTap(node) && node.attrs.order === undefined ? cotangents.get(node.attrs.id as number) : undefined;
    return cotangent === undefined ? [] : [{ name: node.attrs.name as string, value: node.outputs[0]!, cotangent }];
  });
}

function requireScalar(who: string, loss: Value): void {
  if (!(loss instanceof Value) || loss.rank !== 0 || !isFloat(loss.dtype)) {
    throw expected(who, 'a float scalar', loss instanceof Value ? format(loss) : typeof loss, 'reduce it with sum() or mean()');
  }
}

/** The gradient of a scalar that is already traced, by values it was computed from. */
export function gradOf(loss: Value, inputs: readonly Value[]): Value[] {
  requireScalar('gradOf', loss);
  return vjpOf([loss], inputs, [constant(1)]);
}

/** f and its pullback, for trees: vjp(f)(primals) = [f(primals), cotangents => J'cotangents]. */
export function vjp<P extends Tree<Value>, R extends Tree<Value>>(
  f: (primals: P) => R,
): (primals: P) => [value: R, pullback: (cotangents: R) => P] {
  return (primals) => {
    const value = f(primals),
      outputs = leaves<Value>(value),
      inputs = leaves<Value>(primals);
    return [value, (cotangents) => rebuild(primals, vjpOf(outputs, inputs, leaves<Value>(cotangents)))];
  };
}

/** The value of a scalar function and its gradient by the first argument, a tree like it. */
export function valueAndGrad<P extends Tree<Value>, A extends readonly unknown[]>(
  f: (params: P, ...rest: A) => Value,
): (params: P, ...rest: A) => [value: Value, gradient: P] {
  const both = valueAndGradWithAux((params: P, ...rest: A) => [f(params, ...rest), null] as const);
  return (params, ...rest) => {
    const [value, gradient] = both(params, ...rest);
    return [value, gradient];
  };
}

/** The same for a function that returns [value, aux]: aux is handed through, without a derivative. */
export function valueAndGradWithAux<P extends Tree<Value>, A extends readonly unknown[], X>(
  f: (params: P, ...rest: A) => readonly [Value, X],
): (params: P, ...rest: A) => [value: Value, gradient: P, aux: X] {
  return (params, ...rest) => {
    const [loss, aux] = f(params, ...rest);
    requireScalar('valueAndGrad', loss);
    return [loss, rebuild(params, gradOf(loss, leaves<Value>(params))), aux];
  };
}

/** The gradient of a scalar function by its first argument. */
export function grad<P extends Tree<Value>, A extends readonly unknown[]>(
  f: (params: P, ...rest: A) => Value,
): (params: P, ...rest: A) => P {
  const both = valueAndGrad(f);
  return (params, ...rest) => both(params, ...rest)[1];
}
