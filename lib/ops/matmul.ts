import { expected } from '../base/errors.js';
import { isFloat } from '../graph/dtype.js';
import { Spec, type Value } from '../graph/node.js';
import { broadcastShapes, format, product, sameShape } from '../graph/shape.js';
import { broadcast, reshape } from './movement.js';
import { apply, type Op } from './op.js';

type MatmulAttrs = { readonly transposeA: boolean; readonly transposeB: boolean };

/** Which operands enter with their last two axes swapped. */
export type MatmulOptions = { readonly transposeA?: boolean; readonly transposeB?: boolean };

function inferMatmul([a, b]: readonly Spec[], { transposeA, transposeB }: MatmulAttrs): readonly Spec[] {
  const got = `${format(a!)}${transposeA ? "'" : ''} @ ${format(b!)}${transposeB ? "'" : ''}`;
  if (a!.shape.length < 2 || b!.shape.length < 2) throw expected('matmul', 'rank >= 2', got);
  if (!isFloat(a!.dtype) || a!.dtype !== b!.dtype) throw expected('matmul', 'floats of one dtype', got, 'use cast');
  const batch = a!.shape.slice(0, -2);
  if (!sameShape(batch, b!.shape.slice(0, -2))) throw expected('matmul', 'equal leading dims', got);
  const [m, k] = transposeA ? [a!.shape.at(-1)!, a!.shape.at(-2)!] : [a!.shape.at(-2)!, a!.shape.at(-1)!];
  const [k2, n] = transposeB ? [b!.shape.at(-1)!, b!.shape.at(-2)!] : [b!.shape.at(-2)!, b!.shape.at(-1)!];
  if (k !== k2) throw expected('matmul', 'inner dimensions to agree', got);
  return [new Spec(a!.dtype, [...batch, m, n])];
}

/** The operand itself where `x` only swaps its last two axes. */
function swapped(x: Value): Value | null {
  if (x.node.op.name !== 'transpose') return null;
  const perm = x.node.attrs.perm as readonly number[];
  const last = perm.length - 1;
  const swaps = perm.every((axis, i) => axis === (i === last ? last - 1 : i === last - 1 ? last : i));
  return swaps ? x.node.inputs[0]! : null;
}

const MATMUL: Op = {
  name: 'matmul',
  kind: 'bilinear',
  infer: inferMatmul,
  transpose(ct, node, which) {
    const { transposeA, transposeB } = node.attrs as MatmulAttrs;
    const [a, b] = node.inputs as readonly [Value, Value];
    if (which === 0) {
      return transposeA
        ? matmul(b, ct, { transposeA: transposeB, transposeB: true }) // da = op(b) ct'
        : matmul(ct, b, { transposeB: !transposeB }); //                 da = ct op(b)'
    }
    return transposeB
      ? matmul(ct, a, { transposeA: true, transposeB: transposeA }) // db = ct' op(a)
      : matmul(a, ct, { transposeA: !transposeA }); //                 db = op(a)' ct
  },
  simplify([a, b], { transposeA, transposeB }: MatmulAttrs) {
    const x = swapped(a!),
      y = swapped(b!);
    if (x === null && y === null) return null;
    return apply(MATMUL, [x ?? a!, y ?? b!], {
      transposeA: x === null ? transposeA : !transposeA,
      transposeB: y === null ? transposeB : !transposeB,
    });
  },
};

/** Op records of this file. */
export const MATMUL_OPS: readonly Op[] = [MATMUL];

/**
 * a[...,m,k] @ b[...,k,n] -> [...,m,n]. The flags swap the last two axes of an operand first. Leading dims broadcast;
 * x[...,m,k] with a matrix b[k,n] is one product of x as a matrix.
 */
export function matmul(a: Value, b: Value, { transposeA = false, transposeB = false }: MatmulOptions = {}): Value {
  const attrs = { transposeA, transposeB };
  if (a.rank < 2 || b.rank < 2 || sameShape(a.shape.slice(0, -2), b.shape.slice(0, -2))) return apply(MATMUL, [a, b], attrs);
  if (b.rank === 2 && !transposeA) {
    const rows = apply(MATMUL, [reshape(a, [product(a.shape.slice(0, -1)), a.shape.at(-1)!]), b], attrs);
    return reshape(rows, [...a.shape.slice(0, -1), rows.shape[1]!]);
  }
  const leading = (x: Value) => ({ dtype: x.dtype, shape: x.shape.slice(0, -2) });
  const batch = broadcastShapes('matmul', leading(a), leading(b));
  return apply(MATMUL, [broadcast(a, [...batch, ...a.shape.slice(-2)]), broadcast(b, [...batch, ...b.shape.slice(-2)])], attrs);
}
