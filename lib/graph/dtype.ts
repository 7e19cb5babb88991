/** Element types. Fields are float32 or float64; every rank-0 float is float64 (design: scalars are float64). */
export const DTYPES = ['float32', 'float64', 'int32', 'uint8', 'bool'] as const;
/** One of the element types. */
export type DType = (typeof DTYPES)[number];
/** The element types that have derivatives. */
export type FloatDType = 'float32' | 'float64';

/** Bytes per element. */
export const BYTES: Readonly<Record<DType, number>> = { float32: 4, float64: 8, int32: 4, uint8: 1, bool: 1 };

/** Whether elements of a dtype are floats. */
export function isFloat(dtype: DType): dtype is FloatDType {
  return dtype === 'float32' || dtype === 'float64';
}

/** The arrays that elements cross to and from JavaScript in; bools are bytes. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

const INTEGERS: Readonly<Record<Exclude<DType, FloatDType>, readonly [low: number, high: number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint8: [0, 255],
  bool: [0, 1],
};

/** Whether a number is an element of a dtype: always for floats, integers in range for the others. */
export function isElement(value: number, dtype: DType): boolean {
  if (isFloat(dtype)) return true;
  const [low, high] = INTEGERS[dtype];
  return Number.isInteger(value) && value >= low && value <= high;
}

/** The typed array that holds elements of a dtype (bool as 0/1 bytes). */
export function allocate(dtype: DType, length: number): TypedArray {
  switch (dtype) {
    case 'float32':
      return new Float32Array(length);
    case 'float64':
      return new Float64Array(length);
    case 'int32':
      return new Int32Array(length);
    case 'uint8':
    case 'bool':
      return new Uint8Array(length);
    default:
      return dtype satisfies never;
  }
}
