import type { TypedArray } from '../../graph/dtype.js';

/** An array in Fortran order, whose first axis is the fast one, in C order. */
export function rowMajor<T extends TypedArray>(data: T, shape: readonly number[]): T {
  if (shape.length < 2) return data;
  const turned = data.slice() as T;
  const steps: number[] = [];
  let step = 1;
  for (const length of shape) {
    steps.push(step);
    step *= length;
  }
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let to = 0; to < data.length; to++) {
    turned[to] = data[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= steps[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return turned;
}
