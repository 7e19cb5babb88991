import { expected } from '../base/errors.js';
import { Spec, type Value } from '../graph/node.js';
import { type Dim, format, sameShape } from '../graph/shape.js';
import { apply, type Op } from './op.js';
import { zeros } from './sources.js';

type SliceAttrs = { readonly starts: readonly number[]; readonly limits: readonly Dim[]; readonly steps: readonly number[] };
type PadAttrs = { readonly low: readonly number[]; readonly high: readonly number[]; readonly interior: readonly number[] };

/** Per axis: [start, limit), every `step`-th element; null keeps the axis whole. */
export type Range = readonly [start: number, limit: number, step?: number] | null;

/** Per axis: zeros before, after, and between neighbors; null leaves the axis alone. */
export type Padding = readonly [low: number, high: number, interior?: number] | null;

function sliceDim(x: Spec, axis: number, { starts, limits, steps }: SliceAttrs): Dim {
  const d = x.shape[axis]!,
    start = starts[axis]!,
    limit = limits[axis]!,
    step = steps[axis]!;
  if (start === 0 && limit === d && step === 1) return d;
  if (typeof d === 'string' || typeof limit === 'string')
    throw expected('slice', `the axis '${d}' of ${format(x)} to be kept whole`, `[${start}, ${limit})`);
  if (![start, limit, step].every(Number.isInteger) || start < 0 || limit < start || limit > d || step < 1) {
    throw expected('slice', `0 <= start <= limit <= ${d} and step >= 1 on axis ${axis}`, `start ${start}, limit ${limit}, step ${step}`);
  }
  return Math.ceil((limit - start) / step);
}

const SLICE: Op = {
  name: 'slice',
  kind: 'linear',
  infer([x], attrs: SliceAttrs) {
    const rank = x!.shape.length;
    for (const list of [attrs.starts, attrs.limits, attrs.steps]) {
      if (list.length !== rank) throw expected('slice', `${rank} ranges for ${format(x!)}`, list.length);
    }
    return [
      new Spec(
        x!.dtype,
        x!.shape.map((_, axis) => sliceDim(x!, axis, attrs)),
      ),
    ];
  },
  transpose([ct], node) {
    const { starts, steps } = node.attrs as SliceAttrs;
    const from = node.inputs[0]!.shape,
      to = ct!.shape;
    if (to.includes(0)) return [zeros(node.inputs[0]!)];
    const high = from.map((d, i) => (typeof d === 'string' ? 0 : d - starts[i]! - ((to[i] as number) - 1) * steps[i]! - 1));
    return [apply(PAD, [ct!], { low: starts, high, interior: steps.map((step) => step - 1) })];
  },
  simplify: ([x], { starts, limits, steps }: SliceAttrs) =>
    sameShape(limits, x!.shape) && starts.every((s) => s === 0) && steps.every((s) => s === 1) ? x! : null,
};

function padDim(x: Spec, axis: number, { low, high, interior }: PadAttrs): Dim {
  const d = x.shape[axis]!,
    amounts = [low[axis]!, high[axis]!, interior[axis]!];
  if (amounts.every((n) => n === 0)) return d;
  if (typeof d === 'string') throw expected('pad', `no padding on the axis '${d}' of ${format(x)}`, `[${amounts}]`);
  if (!amounts.every((n) => Number.isInteger(n) && n >= 0)) throw expected('pad', 'integers >= 0', `[${amounts}]`);
  return low[axis]! + high[axis]! + d + Math.max(0, d - 1) * interior[axis]!;
}

const PAD: Op = {
  name: 'pad',
  kind: 'linear',
  infer([x], attrs: PadAttrs) {
    const rank = x!.shape.length;
    for (const list of [attrs.low, attrs.high, attrs.interior]) {
      if (list.length !== rank) throw expected('pad', `${rank} paddings for ${format(x!)}`, list.length);
    }
    return [
      new Spec(
        x!.dtype,
        x!.shape.map((_, axis) => padDim(x!, axis, attrs)),
      ),
    ];
  },
  transpose([ct], node) {
    const { low, high, interior } = node.attrs as PadAttrs;
    const limits = ct!.shape.map((d, i) => (typeof d === 'string' ? d : d - high[i]!));
    return [apply(SLICE, [ct!], { starts: low, limits, steps: interior.map((n) => n + 1) })];
  },
  simplify: ([x], attrs: PadAttrs) => ([attrs.low, attrs.high, attrs.interior].flat().every((n) => n === 0) ? x! : null),
};

function inferConcat(inputs: readonly Spec[], axis: number): readonly Spec[] {
  const first = inputs[0]!;
  let total = 0;
  for (const x of inputs) {
    const d = x.shape[axis];
    const agree = x.dtype === first.dtype && sameShape(x.shape.with(axis, 0), first.shape.with(axis, 0));
    if (!agree) throw expected('concat', `tensors that agree outside axis ${axis}`, inputs.map(format).join(', '));
    if (typeof d !== 'number') throw expected('concat', `an axis of integer size`, `axis ${axis} of ${format(x)}`);
    total += d;
  }
  return [new Spec(first.dtype, first.shape.with(axis, total))];
}

const CONCAT: Op = {
  name: 'concat',
  kind: 'linear',
  infer(inputs, { axis }: { axis: number }) {
    const ranks = inputs.map((x) => x.shape.length);
    if (inputs.length === 0 || !ranks.every((rank) => rank === ranks[0] && axis >= 0 && axis < rank)) {
      throw expected('concat', `tensors of one rank > ${axis}`, inputs.map(format).join(', ') || 'none');
    }
    return inferConcat(inputs, axis);
  },
  transpose([ct], node) {
    const { axis } = node.attrs as { axis: number };
    let start = 0;
    return node.inputs.map((x) => {
      const limit = start + (x.shape[axis] as number);
      const part = slice(
        ct!,
        ct!.shape.map((_, i) => (i === axis ? [start, limit] : null)),
      );
      start = limit;
      return part;
    });
  },
  simplify: (inputs) => (inputs.length === 1 ? inputs[0]! : null),
};

/** Op records of this file. */
export const SLICING_OPS: readonly Op[] = [SLICE, PAD, CONCAT];

/** A box of `x`, one range per axis: slice(x, [null, [0, 10]]) keeps columns 0 to 9. Named axes are kept whole. */
export function slice(x: Value, ranges: readonly Range[]): Value {
  return apply(SLICE, [x], {
    starts: ranges.map((r) => r?.[0] ?? 0),
    limits: ranges.map((r, i) => r?.[1] ?? x.shape[i] ?? 0),
    steps: ranges.map((r) => r?.[2] ?? 1),
  });
}

/** Zeros around and between the elements of `x`, one padding per axis. */
export function pad(x: Value, paddings: readonly Padding[]): Value {
  return apply(PAD, [x], {
    low: paddings.map((p) => p?.[0] ?? 0),
    high: paddings.map((p) => p?.[1] ?? 0),
    interior: paddings.map((p) => p?.[2] ?? 0),
  });
}

/** Tensors one after another along an axis of integer size. */
export function concat(values: readonly Value[], axis = 0): Value {
  const rank = values[0]?.rank ?? 0;
  return apply(CONCAT, values, { axis: axis < 0 ? axis + rank : axis });
}
