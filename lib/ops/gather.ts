import { expected } from '../base/errors.js';
import { isFloat } from '../graph/dtype.js';
import { Spec, type Value } from '../graph/node.js';
import { type Dim, dim, format } from '../graph/shape.js';
import { reshape } from './movement.js';
import { apply, type Op } from './op.js';

type ScatterAttrs = { readonly axis: number; readonly size: Dim };

const GATHER: Op = {
  name: 'gather',
  kind: 'linear',
  infer([x, indices], { axis }: { axis: number }) {
    if (!(axis >= 0 && axis < x!.shape.length)) throw expected('gather', `an axis of ${format(x!)}`, axis);
    if (indices!.dtype !== 'int32') throw expected('gather', 'int32 indices', format(indices!), 'use cast');
    const shape = [...x!.shape.slice(0, axis), ...indices!.shape, ...x!.shape.slice(axis + 1)];
    if (shape.length === 0 && isFloat(x!.dtype))
      throw expected('gather', 'a result of rank >= 1', format(x!), 'gather one index and reshape');
    return [new Spec(x!.dtype, shape)];
  },
  transpose([ct], node) {
    const { axis } = node.attrs as { axis: number };
    return [scatterAdd(node.inputs[1]!, ct!, node.inputs[0]!.shape[axis]!, axis), null];
  },
};

const SCATTER_ADD: Op = {
  name: 'scatterAdd',
  kind: 'linear',
  infer([indices, updates], { axis, size }: ScatterAttrs) {
    const rank = indices!.shape.length;
    if (indices!.dtype !== 'int32') throw expected('scatterAdd', 'int32 indices', format(indices!), 'use cast');
    if (updates!.dtype === 'bool') throw expected('scatterAdd', 'numbers', format(updates!), 'use cast');
    const fits = axis >= 0 && indices!.shape.every((d, i) => d === updates!.shape[axis + i]);
    if (!fits || axis + rank > updates!.shape.length) {
      throw expected('scatterAdd', `updates whose axes from ${axis} on are those of ${format(indices!)}`, format(updates!));
    }
    return [new Spec(updates!.dtype, [...updates!.shape.slice(0, axis), size, ...updates!.shape.slice(axis + rank)])];
  },
  transpose([ct], node) {
    const { axis } = node.attrs as ScatterAttrs;
    return [null, gather(ct!, node.inputs[0]!, axis)];
  },
};

/** Op records of this file. */
export const GATHER_OPS: readonly Op[] = [GATHER, SCATTER_ADD];

/** x[..., N, ...] at int32 `indices` of any shape, which replaces the axis. An index outside [0, N) stops the run. */
export function gather(x: Value, indices: Value, axis = 0): Value {
  const at = axis < 0 ? axis + x.rank : axis;
  if (x.rank === 1 && indices.rank === 0) return reshape(gather(x, reshape(indices, [1]), at), []);
  return apply(GATHER, [x, indices], { axis: at });
}

/** Zeros with `size` at `axis`, to which `updates` are added at `indices`: the transpose of gather. */
export function scatterAdd(indices: Value, updates: Value, size: Dim, axis = 0): Value {
  if (updates.rank === 0) return scatterAdd(reshape(indices, [1]), reshape(updates, [1]), size, 0);
  return apply(SCATTER_ADD, [indices, updates], { axis, size: dim('scatterAdd', size) });
}
