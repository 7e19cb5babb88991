import { expected } from '../base/errors.js';
import type { TypedArray } from '../graph/dtype.js';
import { sizeOf } from '../graph/shape.js';

/** Numbers in lists of lists, all of one depth and length at each level; the innermost lists may be typed arrays. */
export type NestedNumbers = ReadonlyArray<number | NestedNumbers | TypedArray>;

type Node = number | NestedNumbers | TypedArray;

function isList(value: unknown): value is NestedNumbers | TypedArray {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function show(value: unknown): string {
  if (isList(value)) return `a list of ${value.length}`;
  return typeof value === 'string' ? `'${value}'` : String(value);
}

/**
 * Lists of lists as one array in C order.
 * @throws TypeError that names the element, such as 'features[3][1]', where rows differ in length or something is not a number.
 */
export function flattened(
  who: string,
  name: string,
  nested: NestedNumbers,
): { readonly shape: readonly number[]; readonly data: Float64Array } {
  const shape: number[] = [];
  for (let node: unknown = nested; isList(node); node = node[0]) shape.push(node.length);
  const data = new Float64Array(sizeOf(shape));
  let filled = 0;
  const index: number[] = [];
  const path = () => name + index.map((at) => `[${at}]`).join('');
  const fill = (node: Node, axis: number): void => {
    if (axis === shape.length) {
      if (typeof node !== 'number') throw expected(who, `${path()} to be a number`, show(node));
      data[filled++] = node;
      return;
    }
    if (!isList(node) || node.length !== shape[axis]) {
      throw expected(who, `${path()} to be a list of ${shape[axis]} like the one before it`, show(node));
    }
    for (let at = 0; at < node.length; at++) {
      index[axis] = at;
      fill(node[at] as Node, axis + 1);
    }
    index.length = axis;
  };
  fill(nested, 0);
  return { shape, data };
}
