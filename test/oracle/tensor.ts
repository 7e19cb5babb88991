import type { DType } from '../../lib/graph/dtype.js';

/** A dense tensor of float64 numbers, whatever its dtype; integers and bools are whole numbers in it. */
export type Tensor = { readonly dtype: DType; readonly shape: readonly number[]; readonly data: Float64Array };

export function count(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

export function tensor(dtype: DType, shape: readonly number[], data: ArrayLike<number>): Tensor {
  if (data.length !== count(shape)) throw new Error(`oracle: ${data.length} elements for [${shape}]`);
  return { dtype, shape, data: Float64Array.from(data) };
}

/** A tensor whose element at each index is computed. */
export function build(dtype: DType, shape: readonly number[], at: (index: number[]) => number): Tensor {
  const data = new Float64Array(count(shape));
  indices(shape, (index, i) => {
    data[i] = at(index);
  });
  return { dtype, shape, data };
}

/** Visits every index in row-major order. The array is reused. */
export function indices(shape: readonly number[], visit: (index: number[], position: number) => void): void {
  const index = shape.map(() => 0);
  const total = count(shape);
  for (let i = 0; i < total; i++) {
    visit(index, i);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      if (index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
}

/** The position of an index. */
export function position(shape: readonly number[], index: readonly number[]): number {
  return shape.reduce((at, size, axis) => at * size + index[axis]!, 0);
}

export function get(x: Tensor, index: readonly number[]): number {
  return x.data[position(x.shape, index)]!;
}
