import { expected } from '../base/errors.js';

/**
 * One dimension: an integer, or a canonical product of an integer and named sizes such as 'n', '2*n', 'T*n'
 * (factor first when it is not 1, names sorted). Named sizes are bound to integers when a plan runs.
 */
export type Dim = number | string;
/** Dimensions from the outermost to the innermost; [] is a scalar. */
export type Shape = readonly Dim[];

type Factors = { readonly factor: number; readonly names: readonly string[] };

function factors(dim: Dim): Factors {
  if (typeof dim === 'number') return { factor: dim, names: [] };
  const parts = dim.split('*');
  const head = Number(parts[0]);
  return Number.isInteger(head) ? { factor: head, names: parts.slice(1) } : { factor: 1, names: parts };
}

function canonical({ factor, names }: Factors): Dim {
  if (names.length === 0 || factor === 0) return factor;
  const product = [...names].sort().join('*');
  return factor === 1 ? product : `${factor}*${product}`;
}

/** Checks one dimension and returns its canonical form; throws TypeError otherwise. */
export function dim(who: string, value: Dim): Dim {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) || value < 0) throw expected(who, 'a dimension to be an integer >= 0 or a name', value);
    return value;
  }
  if (!/^(\d+\*)?[A-Za-z]\w*(\*[A-Za-z]\w*)*$/.test(value)) throw expected(who, "a dimension such as 784, 'n' or '2*n'", `'${value}'`);
  return canonical(factors(value));
}

/** The product of dimensions, 1 for none. */
export function product(shape: Shape): Dim {
  let factor = 1;
  const names: string[] = [];
  for (const d of shape) {
    const f = factors(d);
    factor *= f.factor;
    names.push(...f.names);
  }
  return canonical({ factor, names });
}

/** Elements of an array of a shape without names, 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((total, d) => total * d, 1);
}

/** a / b when it is again a dimension, otherwise null. */
export function quotient(a: Dim, b: Dim): Dim | null {
  const x = factors(a),
    y = factors(b);
  if (y.factor === 0 || x.factor % y.factor !== 0) return null;
  const names = [...x.names];
  for (const name of y.names) {
    const at = names.indexOf(name);
    if (at < 0) return null;
    names.splice(at, 1);
  }
  return canonical({ factor: x.factor / y.factor, names });
}

/** The names a dimension is made of, with repetition ('n*n' has two). */
export function namesOf(d: Dim): readonly string[] {
  return factors(d).names;
}

/** The integer part of a dimension: 2 for '2*n'. */
export function factorOf(d: Dim): number {
  return factors(d).factor;
}

/** The value of a dimension under bindings of its names. */
export function bind(d: Dim, bindings: Readonly<Record<string, number>>): number {
  const { factor, names } = factors(d);
  return names.reduce((total, name) => {
    const size = Object.hasOwn(bindings, name) ? bindings[name] : undefined;
    if (size === undefined) throw expected('bind', `a size for the dimension '${name}'`, 'none');
    return total * size;
  }, factor);
}

/** Whether two shapes have the same rank and dimensions. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i]);
}

/** 'float32[n,784]', the way shapes appear in every message and in printed graphs. */
export function format(spec: { readonly dtype: string; readonly shape: Shape }): string {
  return `${spec.dtype}[${spec.shape.join(',')}]`;
}

/** The shape two shapes broadcast to: aligned at the last axis, each dim equal or 1. */
export function broadcastShapes(who: string, a: { dtype: string; shape: Shape }, b: { dtype: string; shape: Shape }): Shape {
  if (sameShape(a.shape, b.shape)) return a.shape;
  const rank = Math.max(a.shape.length, b.shape.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a.shape[i - rank + a.shape.length] ?? 1,
      y = b.shape[i - rank + b.shape.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw expected(who, 'shapes that broadcast', `${format(a)} and ${format(b)}`);
    return x === 1 ? y : x;
  });
}

/** Static shapes. Where a rank or a dim is not known as a literal, everything falls back to Shape and run time decides. */
type Wide<D> = number extends D ? true : string extends D ? true : false;
type Unknown<S extends Shape> = number extends S['length'] ? true : false;

/** '2,3' for [2, 3], as shapes print in messages. */
type Join<S extends Shape> = S extends readonly [infer D extends Dim, ...infer R extends Shape]
  ? R extends readonly []
    ? `${D}`
    : `${D},${Join<R>}`
  : '';

type BroadcastDim<A extends Dim, B extends Dim> = A extends 1
  ? B
  : B extends 1
    ? A
    : Wide<A> extends true
      ? Wide<B> extends true
        ? Dim
        : B
      : A;
type DimsAgree<A extends Dim, B extends Dim> = Wide<A> extends true ? true : Wide<B> extends true ? true : [A] extends [B] ? true : false;
type DimsFit<A extends Dim, B extends Dim> = A extends 1 ? true : B extends 1 ? true : DimsAgree<A, B>;

type Ends<A extends Shape, B extends Shape> = A extends readonly [...infer AI extends Shape, infer AL extends Dim]
  ? B extends readonly [...infer BI extends Shape, infer BL extends Dim]
    ? [AI, AL, BI, BL]
    : null
  : null;

type BroadcastKnown<A extends Shape, B extends Shape, R extends Shape> =
  Ends<A, B> extends [infer AI extends Shape, infer AL extends Dim, infer BI extends Shape, infer BL extends Dim]
    ? BroadcastKnown<AI, BI, readonly [BroadcastDim<AL, BL>, ...R]>
    : readonly [...A, ...B, ...R];

type ShapesFit<A extends Shape, B extends Shape> =
  Ends<A, B> extends [infer AI extends Shape, infer AL extends Dim, infer BI extends Shape, infer BL extends Dim]
    ? DimsFit<AL, BL> extends true
      ? ShapesFit<AI, BI>
      : false
    : true;

/** The shape that two shapes broadcast to. */
export type Broadcast<A extends Shape, B extends Shape> =
  Unknown<A> extends true ? Shape : Unknown<B> extends true ? Shape : BroadcastKnown<A, B, readonly []>;

/** No constraint when two shapes broadcast, else the sentence that the compiler shows. */
export type Broadcasts<A extends Shape, B extends Shape> =
  Unknown<A> extends true
    ? unknown
    : Unknown<B> extends true
      ? unknown
      : ShapesFit<A, B> extends true
        ? unknown
        : `expected shapes that broadcast, got [${Join<A>}] and [${Join<B>}]`;

/** Whether the operands of a matrix product are transposed, as static flags. */
export type Flags = { readonly transposeA?: boolean; readonly transposeB?: boolean };
type Matrix<S extends Shape, Swap> = S extends readonly [...infer L extends Shape, infer M extends Dim, infer K extends Dim]
  ? Swap extends true
    ? [L, K, M]
    : [L, M, K]
  : null;

/** [...,m,k] @ [...,k,n] -> [...,m,n]. */
export type Product<A extends Shape, B extends Shape, F extends Flags> =
  Unknown<A> extends true
    ? Shape
    : Unknown<B> extends true
      ? Shape
      : [Matrix<A, F['transposeA']>, Matrix<B, F['transposeB']>] extends [
            [infer LA extends Shape, infer M extends Dim, Dim],
            [infer LB extends Shape, Dim, infer N extends Dim],
          ]
        ? readonly [...Broadcast<LA, LB>, M, N]
        : Shape;

/** No constraint when a matrix product of two shapes exists, else the sentence that the compiler shows. */
export type Multiplies<A extends Shape, B extends Shape, F extends Flags> =
  Unknown<A> extends true
    ? unknown
    : Unknown<B> extends true
      ? unknown
      : [Matrix<A, F['transposeA']>, Matrix<B, F['transposeB']>] extends [
            [infer LA extends Shape, Dim, infer K extends Dim],
            [infer LB extends Shape, infer L extends Dim, Dim],
          ]
        ? [DimsAgree<K, L>, ShapesFit<LA, LB>] extends [true, true]
          ? unknown
          : `expected inner dimensions to agree, got [${Join<A>}] @ [${Join<B>}]`
        : `expected rank >= 2, got [${Join<A>}] @ [${Join<B>}]`;

type Last<N extends number, R extends Dim[] = []> = R['length'] extends N ? R : R['length'] extends 16 ? R : Last<N, [...R, Dim]>;
type Positive<S extends Shape, A extends number> = `${A}` extends `-${infer N extends number}`
  ? Last<N> extends infer T extends Dim[]
    ? S extends readonly [...infer Head, ...T]
      ? Head['length']
      : never
    : never
  : A;
type Drop<S extends Shape, At extends number, Keep, Done extends readonly 0[] = []> = S extends readonly [
  infer D extends Dim,
  ...infer R extends Shape,
]
  ? Done['length'] extends At
    ? Keep extends true
      ? readonly [1, ...Drop<R, At, Keep, [...Done, 0]>]
      : Drop<R, At, Keep, [...Done, 0]>
    : readonly [D, ...Drop<R, At, Keep, [...Done, 0]>]
  : readonly [];
type AxisOf<S extends Shape, A> = A extends number
  ? Positive<S, A>
  : A extends readonly (infer E extends number)[]
    ? E extends number
      ? Positive<S, E>
      : never
    : never;

/** The shape after reducing axes A, or all when undefined; Keep leaves them with size 1. */
export type Reduced<S extends Shape, A, Keep> =
  Unknown<S> extends true
    ? A extends undefined
      ? Keep extends true
        ? Shape
        : readonly []
      : Shape
    : A extends undefined
      ? Keep extends true
        ? { readonly [K in keyof S]: 1 }
        : readonly []
      : number extends A
        ? Shape
        : A extends readonly (infer E)[]
          ? number extends E
            ? Shape
            : Drop<S, AxisOf<S, A>, Keep>
          : Drop<S, AxisOf<S, A>, Keep>;

/** Whether the literal axes A exist in S. */
export type Axis<S extends Shape> = Unknown<S> extends true ? number : Indices<S> | Negatives<S>;
type Indices<S extends Shape> = S extends readonly [Dim, ...infer R extends Shape] ? R['length'] | Indices<R> : never;
type Negatives<S extends Shape> = S extends readonly [Dim, ...infer R extends Shape] ? Minus<S['length']> | Negatives<R> : never;
type Minus<N extends number> = `-${N}` extends `${infer M extends number}` ? M : never;

/** A shape given to reshape, where -1 stands for what remains. */
export type Resized<R extends Shape> = Unknown<R> extends true ? Shape : { readonly [K in keyof R]: R[K] extends -1 ? Dim : R[K] };

/** The shape with its last two dims swapped. */
export type Swapped<S extends Shape> =
  Unknown<S> extends true
    ? Shape
    : S extends readonly [...infer L extends Shape, infer M extends Dim, infer K extends Dim]
      ? readonly [...L, K, M]
      : Shape;

/** The shape with its dims in the order of a literal permutation. */
export type Permuted<S extends Shape, P extends readonly number[]> =
  Unknown<S> extends true
    ? Shape
    : number extends P['length']
      ? Shape
      : { readonly [K in keyof P]: P[K] extends keyof S ? (S[P[K]] extends Dim ? S[P[K]] : Dim) : Dim };
