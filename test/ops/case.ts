import type { FloatDType } from '../../lib/graph/dtype.js';
import { Spec, type Value } from '../../lib/graph/node.js';
import { bind, type Shape } from '../../lib/graph/shape.js';
import type { Sizes } from '../oracle/evaluate.js';
import { generator } from '../oracle/random.js';
import { count, type Tensor, tensor } from '../oracle/tensor.js';

/** The elements of an input: any function of a uniform number in [0, 1), of its place and of the bound sizes. */
export type Fill = (uniform: number, position: number) => number;

/** What an input is; dtype 'float' stands for the dtype under test. */
export type Input = { readonly dtype: Spec['dtype'] | 'float'; readonly shape: Shape; readonly fill: Fill };

/** One row: how an op is applied, to what, and a plain-loop definition of the result that does not see the graph. */
export type Case = {
  readonly name: string;
  readonly inputs: readonly Input[];
  readonly build: (values: readonly Value[]) => Value | readonly Value[];
  readonly naive: (inputs: readonly Tensor[], sizes: Sizes) => Tensor | readonly Tensor[];
  /** Inputs that derivatives are checked for; all floats when absent. */
  readonly differentiate?: readonly number[];
  /** Bits of the result are exact in every dtype: integers, bools, moved elements. @default false */
  readonly exact?: boolean;
};

/** The sizes that every row with a named dim runs at: one, odd, capacity. */
export const CAPACITY: Readonly<Record<string, number>> = { n: 8, T: 3 };
export const SIZES: readonly Sizes[] = [
  { n: 1, T: 1 },
  { n: 5, T: 3 },
  { n: 8, T: 3 },
];

export const signed: Fill = (u) => 4 * u - 2;
export const positive: Fill = (u) => 0.25 + 2 * u;
export const unit: Fill = (u) => 1.8 * u - 0.9;
/** Away from zero, where derivatives jump. */
export const apart: Fill = (u, i) => (i % 2 === 0 ? 1 : -1) * (0.3 + u);
export const below =
  (limit: number): Fill =>
  (u) =>
    Math.floor(u * limit);
export const bits: Fill = (u) => Number(u < 0.5);

export function float(shape: Shape, fill: Fill = signed): Input {
  return { dtype: 'float', shape, fill };
}

export function int(shape: Shape, fill: Fill): Input {
  return { dtype: 'int32', shape, fill };
}

export function bool(shape: Shape): Input {
  return { dtype: 'bool', shape, fill: bits };
}

/** Types of a row's inputs for floats of one dtype. */
export function specsOf(row: Case, dtype: FloatDType): Spec[] {
  return row.inputs.map((x) => new Spec(x.dtype === 'float' ? dtype : x.dtype, x.shape));
}

/** Data for a row's inputs, the same for the same seed; float32 elements are float32 numbers. */
export function dataOf(row: Case, dtype: FloatDType, sizes: Sizes, seed: number): Tensor[] {
  const random = generator(seed);
  return specsOf(row, dtype).map((spec, which) => {
    const shape = spec.shape.map((d) => bind(d, sizes));
    const rounded = spec.dtype === 'float32' ? Math.fround : (x: number) => x;
    return tensor(
      spec.dtype,
      shape,
      Array.from({ length: count(shape) }, (_, i) => rounded(row.inputs[which]!.fill(random(), i))),
    );
  });
}
