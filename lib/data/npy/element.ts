import { expected } from '../../base/errors.js';
import { type DType, isElement, type TypedArray } from '../../graph/dtype.js';

/** How elements of one type of numpy are read. */
export type Element = {
  /** The type that they have afterwards. */
  readonly dtype: DType;
  /** Bytes of one element in the file. */
  readonly bytes: number;
  /** All elements of a view, as they are. */
  readonly read: (view: DataView<ArrayBuffer>) => TypedArray;
  /** Whether an element can be kept, what is wanted otherwise, and what to do about it; absent where every one can. */
  readonly accepts?: (value: number) => boolean;
  readonly wants?: string;
  readonly hint?: string;
  /** What is kept of the elements; absent where that is all of them. */
  readonly narrow?: (data: TypedArray) => TypedArray;
};

type ArrayOf<T extends TypedArray> = { readonly BYTES_PER_ELEMENT: number } & (new (
  buffer: ArrayBuffer,
  offset: number,
  length: number,
) => T) &
  (new (
    length: number,
  ) => T);

const LITTLE_ENDIAN_HOST = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Elements that need no conversion: a view of the bytes where order and alignment allow it, else a copy. */
function stored<T extends TypedArray>(type: ArrayOf<T>, get: (view: DataView, at: number, little: boolean) => number, little: boolean) {
  const size = type.BYTES_PER_ELEMENT;
  return (view: DataView<ArrayBuffer>): T => {
    const length = view.byteLength / size;
    const aligned = view.byteOffset % size === 0;
    if (aligned && (size === 1 || little === LITTLE_ENDIAN_HOST)) return new type(view.buffer, view.byteOffset, length);
    const data = new type(length);
    for (let at = 0; at < length; at++) data[at] = get(view, at * size, little);
    return data;
  };
}

/** Elements that are converted one by one. */
function converted<T extends TypedArray>(type: ArrayOf<T>, bytes: number, get: (view: DataView, at: number) => number) {
  return (view: DataView): T => {
    const data = new type(view.byteLength / bytes);
    for (let at = 0; at < data.length; at++) data[at] = get(view, at * bytes);
    return data;
  };
}

/** IEEE 754 binary16: sign, 5 bits of exponent with bias 15, 10 bits of fraction. */
function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f,
    fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const int32 = { dtype: 'int32' } as const;

/** Integers beyond 32 bits are read as float64 first, which tells exactly whether they fit. */
const wide = {
  ...int32,
  accepts: (value: number) => isElement(value, 'int32'),
  wants: 'an integer that fits in int32, from -2147483648 to 2147483647',
  hint: "save it as 'float64' or as smaller numbers",
  narrow: (data: TypedArray) => Int32Array.from(data),
} as const;

/** Every type that is read, by numpy's kind and size. */
const ELEMENTS: Readonly<Record<string, (little: boolean) => Element>> = {
  b1: () => ({
    dtype: 'bool',
    bytes: 1,
    read: stored(Uint8Array, (view, at) => view.getUint8(at), true),
    accepts: (value) => value <= 1,
    wants: 'a bool, 0 or 1',
  }),
  u1: () => ({ dtype: 'uint8', bytes: 1, read: stored(Uint8Array, (view, at) => view.getUint8(at), true) }),
  i1: () => ({ ...int32, bytes: 1, read: converted(Int32Array, 1, (view, at) => view.getInt8(at)) }),
  u2: (little) => ({ ...int32, bytes: 2, read: converted(Int32Array, 2, (view, at) => view.getUint16(at, little)) }),
  i2: (little) => ({ ...int32, bytes: 2, read: converted(Int32Array, 2, (view, at) => view.getInt16(at, little)) }),
  i4: (little) => ({ ...int32, bytes: 4, read: stored(Int32Array, (view, at) => view.getInt32(at, little), little) }),
  u4: (little) => ({ ...wide, bytes: 4, read: converted(Float64Array, 4, (view, at) => view.getUint32(at, little)) }),
  i8: (little) => ({ ...wide, bytes: 8, read: converted(Float64Array, 8, (view, at) => Number(view.getBigInt64(at, little))) }),
  u8: (little) => ({ ...wide, bytes: 8, read: converted(Float64Array, 8, (view, at) => Number(view.getBigUint64(at, little))) }),
  f2: (little) => ({ dtype: 'float32', bytes: 2, read: converted(Float32Array, 2, (view, at) => halfFloat(view.getUint16(at, little))) }),
  f4: (little) => ({
    dtype: 'float32',
    bytes: 4,
    read: stored(Float32Array, (view, at, order) => view.getFloat32(at, order), little),
  }),
  f8: (little) => ({
    dtype: 'float64',
    bytes: 8,
    read: stored(Float64Array, (view, at, order) => view.getFloat64(at, order), little),
  }),
};

const KNOWN = 'bool, int8 to int64, uint8 to uint64, float16, float32 or float64';

/** How elements of a type such as '<f4' are read; throws where they are not. */
export function elementOf(who: string, descr: string): Element {
  if (/^[|<>]?O/.test(descr)) {
    const hint = "objects are stored as a pickle, which could run programs: save numbers, such as array.astype('float32')";
    throw expected(who, `elements of type ${KNOWN}`, `objects ('${descr}')`, hint);
  }
  const [, order, kind] = /^([|<>])(\w+)$/.exec(descr) ?? [];
  const element = kind !== undefined && Object.hasOwn(ELEMENTS, kind) ? ELEMENTS[kind]! : undefined;
  if (element === undefined) throw expected(who, `elements of type ${KNOWN}`, `'${descr}'`, "convert it: array.astype('float32')");
  const made = element(order !== '>');
  if (made.bytes > 1 && order === '|') throw expected(who, `a byte order, '<' or '>', in the element type`, `'${descr}'`, 'it is damaged');
  return made;
}
