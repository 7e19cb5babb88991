import { expected } from '../base/errors.js';
import { leaves, rebuild, type Tree } from '../base/tree.js';
import { type Graph, inNewScope, input, Spec, Value } from '../graph/node.js';
import { type Dim, dim, format, sameShape } from '../graph/shape.js';
import { applyAll, type Op } from './op.js';
import { close } from './region.js';
import { jvpOfScan, transposeOfScan } from './scan-derivative.js';
import { constant } from './sources.js';

/** The number of inputs of each group, in order; the rest of the attributes say how often and from which end. */
export type ScanAttrs = {
  readonly length: Dim;
  readonly reverse: boolean;
  readonly consts: number;
  readonly carries: number;
  readonly xs: number;
};

function same(a: Spec, b: Spec): boolean {
  return a.dtype === b.dtype && sameShape(a.shape, b.shape);
}

/** One slice of a stacked input. A float32 slice of rank 0 cannot be, because float scalars are float64. */
function sliceSpec(stacked: Spec, length: Dim): Spec {
  if (stacked.shape.length === 0 || stacked.shape[0] !== length) throw expected('scan', `xs with ${length} as first dim`, format(stacked));
  if (stacked.dtype === 'float32' && stacked.shape.length === 1) {
    throw expected('scan', 'float32 xs of rank >= 2 (a float scalar is float64)', format(stacked), 'reshape to [length, 1]');
  }
  return new Spec(stacked.dtype, stacked.shape.slice(1));
}

function inferScan(inputs: readonly Spec[], { length, consts, carries, xs }: ScanAttrs, body: Graph): readonly Spec[] {
  const slices = inputs.slice(consts + carries).map((x) => sliceSpec(x, length));
  const given = [...inputs.slice(0, consts + carries), ...slices];
  const fits = inputs.length === consts + carries + xs && body.inputs.length === given.length;
  if (!fits || !given.every((spec, i) => same(spec, body.inputs[i]!.spec))) {
    throw expected('scan', `inputs ${body.inputs.map((v) => format(v)).join(', ')} of the body`, given.map(format).join(', '));
  }
  return body.outputs.map((v, i) => {
    if (i >= carries) return new Spec(v.dtype, [length, ...v.shape]);
    const carry = given[consts + i]!;
    if (!same(v.spec, carry)) throw expected('scan', `carry ${i} to stay ${format(carry)}`, format(v));
    return carry;
  });
}

const SCAN: Op = {
  name: 'scan',
  kind: 'region',
  infer: (inputs, attrs: ScanAttrs, [body]) => inferScan(inputs, attrs, body!),
  jvp: jvpOfScan,
  transpose: transposeOfScan,
};

/** Op records of this file. */
export const SCAN_OPS: readonly Op[] = [SCAN];

/** Applies the scan op to a closed body: inputs [consts, carries, xs] -> [final carries, stacked ys]. */
export function scanNode(
  groups: { readonly consts: readonly Value[]; readonly carries: readonly Value[]; readonly xs: readonly Value[] },
  body: Graph,
  { length, reverse }: { readonly length: Dim; readonly reverse: boolean },
): readonly Value[] {
  const { consts, carries, xs } = groups;
  const attrs: ScanAttrs = { length, reverse, consts: consts.length, carries: carries.length, xs: xs.length };
  return applyAll(SCAN, [...consts, ...carries, ...xs], attrs, [body]);
}

/** A tree of values or numbers once numbers have become scalars. */
export type Traceable<C> = C extends number ? Value : C extends Value ? C : { [K in keyof C]: Traceable<C[K]> };

/** What a scan runs over. */
export type ScanOptions<C, X> = {
  /** The first carry: a tree of values; numbers are float64 scalars. */
  readonly carry: C;
  /** A tree of values with one common first dim, of which iteration t sees slice t. Float32 needs rank >= 2. */
  readonly xs?: X;
  /** The number of iterations; needed without xs, otherwise the first dim of xs. */
  readonly length?: Dim;
  /** From the last slice to the first; ys keep the order of xs. @default false */
  readonly reverse?: boolean;
};

function lengthOf(xs: readonly Value[], length: Dim | undefined): Dim {
  const from = xs[0]?.shape[0] ?? length;
  if (from === undefined) throw expected('scan', 'xs of rank >= 1 or a length', 'neither');
  if (length !== undefined && dim('scan', length) !== from) throw expected('scan', `length ${from}, the first dim of xs`, length);
  return dim('scan', from);
}

/** Leaves of a tree of values and numbers, numbers as scalars. */
export function valuesOf(tree: unknown): Value[] {
  return leaves(tree as Tree<Value | number>).map((v) => (v instanceof Value ? v : constant(v)));
}

/**
 * A loop: [carry, y] = f(carry, x) for each slice x of xs, returning the last carry and the stacked ys.
 * `f` may use any value of the trace around it. Differentiable any number of times.
 */
export function scan<C, Y, X = undefined>(
  f: (carry: Traceable<C>, x: X) => readonly [carry: unknown, y: Y],
  { carry, xs, length, reverse = false }: ScanOptions<C, X>,
): [carry: Traceable<C>, ys: Y] {
  const inits = valuesOf(carry),
    stacks = xs === undefined ? [] : valuesOf(xs);
  const count = lengthOf(stacks, length);
  const { ys, consts, body } = inNewScope((scope) => {
    const carries = inits.map((v, i) => input(v.spec, `carry${i}`));
    const slices = stacks.map((v, i) => input(sliceSpec(v.spec, count), `x${i}`));
    const [next, ys] = f(
      rebuild(carry as Tree<unknown>, carries),
      xs === undefined ? (undefined as never) : rebuild(xs as Tree<unknown>, slices),
    );
    const results = valuesOf(next);
    if (results.length !== carries.length) throw expected('scan', `${carries.length} carries from the body`, results.length);
    const { outputs, captured, placeholders } = close('scan', scope, [...results, ...valuesOf(ys)]);
    return { ys, consts: captured, body: { inputs: [...placeholders, ...carries, ...slices], outputs } };
  });
  const all = scanNode({ consts, carries: inits, xs: stacks }, body, { length: count, reverse });
  return [rebuild(carry as Tree<unknown>, all.slice(0, inits.length)), rebuild(ys as Tree<unknown>, all.slice(inits.length))];
}
