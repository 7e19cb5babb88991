import { expected } from '../base/errors.js';
import { type Options, resolveOptions } from '../base/options.js';
import { withSpec } from '../base/spec.js';
import { isFloat } from '../graph/dtype.js';
import { Spec, type Value } from '../graph/node.js';
import { format, product } from '../graph/shape.js';
import '../ops/fluent.js';
import { truncatedNormal, zeros } from './initializers.js';
import type { Layer } from './layer.js';
import { type Initializer, ParameterDefinition } from './parameter.js';

/** Options of `linear`. */
export type LinearOptions = {
  /** Whether a bias is added. @default true */
  readonly bias?: boolean;
  /** First weights. @default truncatedNormal */
  readonly initializer?: Initializer;
};

/** Throws unless a size is an integer >= 1. */
export function checkSize(who: string, what: string, size: number): void {
  if (!Number.isSafeInteger(size) || size < 1) throw expected(who, `${what} to be an integer >= 1`, size);
}

/** x[...,in] @ weight[in,out] + bias[out] -> [...,out]. The two sides of the product are tapped as 'in' and 'out'. */
export function linear<const In extends number, const Out extends number>(
  inputs: In,
  outputs: Out,
  options: LinearOptions = {},
): Layer<In, Out> {
  checkSize('linear', 'the number of inputs', inputs);
  checkSize('linear', 'the number of outputs', outputs);
  const { initializer = truncatedNormal, ...flags } = options;
  const { bias } = resolveOptions(
    'linear',
    { bias: { kind: 'flag', description: 'Whether a bias is added.', default: true } } as const satisfies Options,
    flags,
  );
  const layer: Layer<In, Out> = {
    name: 'linear',
    init(input) {
      const { shape, dtype } = input;
      if (!isFloat(dtype) || shape.length < 1 || shape.at(-1) !== inputs) {
        throw expected('linear', `float inputs [...,${inputs}]`, format(input), shape.length > 2 ? 'flatten() them first' : undefined);
      }
      return {
        output: new Spec(dtype, [...shape.slice(0, -1), outputs]),
        params: {
          weight: new ParameterDefinition(new Spec(dtype, [inputs, outputs]), initializer),
          ...(bias && { bias: new ParameterDefinition(new Spec(dtype, [outputs]), zeros) }),
        },
        state: {},
      };
    },
    apply(params, state, x) {
      const { weight, bias } = params as { weight: Value; bias?: Value };
      const rows = x.reshape([product(x.shape.slice(0, -1)), inputs]).tap('in'); //                   [rows,in]
      const xw = rows.matmul(weight);
      const y = (bias === undefined ? xw : xw.add(bias)).tap('out'); //                    [rows,out]
      return [y.reshape([...x.shape.slice(0, -1), outputs]), state];
    },
  };
  return withSpec(layer, { layer: 'linear', inputs, outputs, bias });
}
