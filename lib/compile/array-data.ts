import { expected } from '../base/errors.js';
import { allocate, type DType, isElement, isFloat, type TypedArray } from '../graph/dtype.js';
import type { Spec } from '../graph/node.js';
import { factorOf, format, namesOf, product, sizeOf } from '../graph/shape.js';

/** Elements row by row, with the shape they have. */
export type ShapedArray = TypedArray & { readonly shape: readonly number[] };

/** What a compiled function takes for a tensor: a number, nested arrays, or a typed array (flat; with or without a `shape`). */
export type ArrayData = number | boolean | TypedArray | readonly ArrayData[];

/** Attaches a shape to a typed array. */
export function shaped(data: TypedArray, shape: readonly number[]): ShapedArray {
  return Object.defineProperty(data, 'shape', { value: shape, enumerable: false }) as ShapedArray;
}

function isTyped(data: unknown): data is TypedArray & { readonly shape?: readonly number[] } {
  return ArrayBuffer.isView(data) && !(data instanceof DataView);
}

/** The shape of the data where it is known: nested arrays and shaped arrays have one, a flat typed array does not. */
export function shapeOfData(data: ArrayData): readonly number[] | null {
  if (isTyped(data)) return data.shape ?? null;
  const shape: number[] = [];
  for (let at: ArrayData = data; Array.isArray(at); at = at[0] as ArrayData) {
    shape.push(at.length);
    if (at.length === 0) break;
    if (isTyped(at[0])) return [...shape, ...(at[0].shape ?? [at[0].length])];
  }
  return shape;
}

function fill(who: string, to: TypedArray, data: ArrayData, shape: readonly number[], axis: number, at: number): number {
  if (typeof data === 'number' || typeof data === 'boolean') {
    if (axis !== shape.length) throw expected(who, `nested arrays of the shape [${shape}]`, `a number at depth ${axis}`);
    to[at] = Number(data);
    return at + 1;
  }
  if (isTyped(data)) {
    const count = sizeOf(shape.slice(axis));
    if (data.length !== count) throw expected(who, `${count} elements at depth ${axis}`, data.length);
    to.set(data, at);
    return at + data.length;
  }
  if (!Array.isArray(data)) throw expected(who, 'a number, nested arrays or a typed array', data === null ? 'null' : typeof data);
  if (data.length !== shape[axis]) throw expected(who, `nested arrays of the shape [${shape}]`, `${data.length} items at depth ${axis}`);
  return data.reduce((next: number, item: ArrayData) => fill(who, to, item, shape, axis + 1, next), at);
}

/** The data as a typed array of a dtype, row by row. */
export function flatten(who: string, data: ArrayData, dtype: DType): TypedArray {
  if (isTyped(data) && data.constructor === allocate(dtype, 0).constructor) return data;
  const shape = isTyped(data) ? [data.length] : shapeOfData(data)!;
  const flat = allocate(dtype, sizeOf(shape));
  const numbers = isFloat(dtype) ? flat : new Float64Array(flat.length);
  fill(who, numbers, data, shape, 0, 0);
  const wrong = isFloat(dtype) ? -1 : numbers.findIndex((value) => !isElement(value, dtype));
  if (wrong >= 0) throw expected(who, `numbers that ${dtype} can hold`, `${numbers[wrong]} at element ${wrong}`);
  if (numbers !== flat) flat.set(numbers);
  return flat;
}

/** Binds the named sizes that a shape fixes; checks those already bound and the integers. */
export function bindShape(who: string, spec: Spec, shape: readonly number[], sizes: Record<string, number>): void {
  const wrong = () => expected(who, format(spec), `[${shape}]`);
  if (shape.length !== spec.shape.length) throw wrong();
  for (const [i, d] of spec.shape.entries()) bindCount(d, shape[i]!, sizes, wrong);
}

/** Binds the one named size of a flat array that is not bound yet, from its element count. */
export function bindLength(who: string, spec: Spec, count: number, sizes: Record<string, number>): void {
  bindCount(product(spec.shape), count, sizes, () =>
    expected(who, `the elements of ${format(spec)}`, `${count}`, 'or give the array a shape'),
  );
}

function bindCount(d: number | string, count: number, sizes: Record<string, number>, wrong: () => Error): void {
  const names = namesOf(d);
  const open = names.filter((name) => sizes[name] === undefined);
  const known = names.reduce((total, name) => total * (sizes[name] ?? 1), factorOf(d));
  if (open.length > 1) throw wrong();
  if (open.length === 0 ? known !== count : known === 0 || count % known !== 0 || count === 0) throw wrong();
  if (open.length === 1) sizes[open[0]!] = count / known;
}
