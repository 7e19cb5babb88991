import { expected } from '../base/errors.js';

/**
 * One dimension: an integer, or a canonical product of an integer and named sizes such as 'n', '2*n', 'T*n'
 * (factor first when it is not 1, names sorted). Named sizes are bound to integers when a plan runs.
 */
export type Dim = number | string;
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

/** a / b when it is again a dimension, otherwise null. */
export function quotient(a: Dim, b: Dim): Dim | null {
  const x = factors(a), y = factors(b);
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
    const size = bindings[name];
    if (size === undefined) throw expected('bind', `a size for the dimension '${name}'`, 'none');
    return total * size;
  }, factor);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i]);
}

/** 'float32[n,784]', the way shapes appear in every message and in printed graphs. */
export function format(spec: { readonly dtype: string; readonly shape: Shape }): string {
  return `${spec.dtype}[${spec.shape.join(',')}]`;
}
