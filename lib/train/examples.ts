import { expected, outOfRange } from '../base/errors.js';
import { rangeTest } from '../base/options.js';
import type { SlotDefinition } from '../compile/program.js';
import type { Dataset, Features, Targets } from '../data/dataset.js';
import { allocate, DTYPES, type DType, type FloatDType, isFloat, type TypedArray } from '../graph/dtype.js';
import { Spec, type Value } from '../graph/node.js';
import { format } from '../graph/shape.js';
import type { Loss, TargetRange } from '../losses/loss.js';
import { gather } from '../ops/gather.js';
import '../ops/fluent.js';
import type { Session } from '../runtime/session.js';
import type { SlotValues } from './slots.js';

/** The type of a model's input for features of this kind. */
export function inputSpec(features: Pick<Features, 'shape'>, dtype: FloatDType): Spec {
  return new Spec(dtype, ['n', ...features.shape]);
}

/** A set of examples resident in native memory, in the type it is stored in, under slots named `name.*`. */
export type Examples = {
  readonly name: string;
  readonly slots: Readonly<Record<string, SlotDefinition>>;
  write(session: Session): void;
  /** Writes what `transformed` needs, without the features themselves. */
  writeTransform(session: Session): void;
  /** Features as stored -> model inputs: cast and standardized. */
  transformed(slots: SlotValues, features: Value): Value;
  /** Model inputs of the given rows (int32[n]): gathered, cast and standardized on the fly. */
  inputs(slots: SlotValues, rows: Value): Value;
  /** Targets of the given rows, in the dtype the loss wants. */
  targets(slots: SlotValues, rows: Value): Value;
  /** Weights of the given rows, float64[n]; null where all examples count alike. */
  weights(slots: SlotValues, rows: Value): Value | null;
};

/** Throws TypeError unless this is { data, shape, dtype } with a typed array of that dtype. */
export function checkFeatures(who: string, features: Features): void {
  const { data, shape, dtype } = features ?? {};
  if (!ArrayBuffer.isView(data) || !Array.isArray(shape)) throw expected(who, 'features { data, shape, dtype }', String(features));
  if (!DTYPES.includes(dtype) || data.constructor !== allocate(dtype, 0).constructor) {
    throw expected(who, `features of dtype '${dtype}' in the typed array of that dtype`, data.constructor.name);
  }
}

/** Throws TypeError unless this is { count, features, targets } with typed arrays of their dtypes. */
export function checkDataset(who: string, dataset: Dataset): void {
  const { count, features, targets } = dataset ?? {};
  if (typeof count !== 'number' || !features || !targets) throw expected(who, 'a data set { count, features, targets }', String(dataset));
  checkFeatures(who, features);
  if (!ArrayBuffer.isView(targets.data) || !Array.isArray(targets.shape))
    throw expected(who, 'targets { data, shape, dtype }', String(targets));
  if (!DTYPES.includes(targets.dtype) || targets.data.constructor !== allocate(targets.dtype, 0).constructor) {
    throw expected(who, `targets of dtype '${targets.dtype}' in the typed array of that dtype`, targets.data.constructor.name);
  }
}

function data(dtype: DType, shape: readonly number[]): SlotDefinition {
  return { spec: new Spec(dtype, shape), kind: 'data' };
}

function converted(values: ArrayLike<number>, dtype: DType): TypedArray {
  const array = allocate(dtype, values.length);
  array.set(values);
  return array;
}

function checkCount(who: string, what: string, array: TypedArray, count: number, shape: readonly number[]): void {
  const wanted = shape.reduce((total, d) => total * d, count);
  if (array.length !== wanted) throw expected(who, `${wanted} ${what} for ${count} examples of shape [${shape}]`, array.length);
}

/** The slots and the reading of features alone. */
export function placeFeatures(who: string, name: string, features: Features, count: number, dtype: FloatDType): Examples {
  if (!Number.isSafeInteger(count) || count < 1) throw outOfRange(who, 'a data set of at least one example', count);
  checkCount(who, 'feature values', features.data, count, features.shape);
  const { standardization } = features;
  const slots: Record<string, SlotDefinition> = { [`${name}.features`]: data(features.dtype, [count, ...features.shape]) };
  if (standardization !== undefined) {
    const wanted = features.shape.reduce((total, d) => total * d, 1);
    if (standardization.mean.length !== wanted || standardization.scale.length !== wanted) {
      throw expected(
        who,
        `${wanted} means and scales for features [${features.shape}]`,
        `${standardization.mean.length} and ${standardization.scale.length}`,
      );
    }
    const at = standardization.scale.findIndex((scale) => !(scale > 0 && Number.isFinite(scale)));
    if (at >= 0) throw outOfRange(who, 'scales > 0', `${standardization.scale[at]} for feature ${at}`, 'use 1 for a constant feature');
    slots[`${name}.mean`] = data(dtype, features.shape);
    slots[`${name}.inverseScale`] = data(dtype, features.shape);
  }
  const writeTransform = (session: Session) => {
    if (standardization === undefined) return;
    session.write(`${name}.mean`, converted(standardization.mean, dtype));
    session.write(
      `${name}.inverseScale`,
      converted(
        standardization.scale.map((s) => 1 / s),
        dtype,
      ),
    );
  };
  const transformed = (values: SlotValues, stored: Value) => {
    const x = stored.cast(dtype);
    return standardization === undefined ? x : x.sub(values[`${name}.mean`]!).mul(values[`${name}.inverseScale`]!);
  };
  return {
    name,
    slots,
    write(session) {
      session.write(`${name}.features`, features.data);
      writeTransform(session);
    },
    writeTransform,
    transformed,
    inputs: (values, rows) => transformed(values, gather(values[`${name}.features`]!, rows)),
    targets() {
      throw expected(who, 'targets', 'features alone');
    },
    weights: () => null,
  };
}

/** Weights must be a number >= 0 for every example, and not all 0. */
function checkWeights(who: string, weights: Float64Array, count: number): void {
  if (weights.length !== count) throw expected(who, `${count} weights for ${count} examples`, weights.length);
  const at = weights.findIndex((weight) => !(Number.isFinite(weight) && weight >= 0));
  if (at >= 0) throw outOfRange(who, 'finite weights >= 0', `${weights[at]} at example ${at}`);
  if (!weights.some((weight) => weight > 0)) throw outOfRange(who, 'a weight > 0', `${count} weights of 0`);
}

/** Targets must be numbers that the loss can judge; checked before any work, because neither gathers nor logarithms can see it. */
function checkTargetRange(who: string, { data, shape }: Targets, wanted: Spec, limits: TargetRange | undefined): void {
  const integer = !isFloat(wanted.dtype);
  const { noun = 'targets', range = '(-inf, inf)', hint } = limits ?? {};
  const within = rangeTest(range);
  const at = data.findIndex((value) => !within(value) || (integer && !Number.isInteger(value)));
  if (at < 0) return;
  const width = shape.reduce((total, d) => total * d, 1);
  const what = limits === undefined ? `${integer ? 'integer' : 'finite'} targets` : `${noun} in ${range}`;
  const advice = Number.isFinite(data[at]) ? hint : 'impute or drop missing values first';
  throw outOfRange(who, what, `${data[at]} at example ${Math.floor(at / width)}`, advice);
}

function checkFinite(who: string, what: string, values: TypedArray): void {
  const at = values.findIndex((v) => !Number.isFinite(v));
  if (at >= 0) throw outOfRange(who, `finite ${what}`, `${values[at]} at element ${at}`, 'impute or drop missing values first');
}

/**
 * A data set next to a model whose outputs have the type `outputs`, judged by `loss`. Everything that could go wrong with the
 * data itself is checked here: counts, shapes, label range, finite numbers.
 */
export function placeExamples(who: string, name: string, dataset: Dataset, outputs: Spec, loss: Loss, dtype: FloatDType): Examples {
  const { features, targets, weights, count } = dataset;
  const placed = placeFeatures(who, name, features, count, dtype);
  checkCount(who, 'target values', targets.data, count, targets.shape);
  if (isFloat(features.dtype)) checkFinite(who, 'features', features.data);
  const wanted = loss.target(outputs);
  if (wanted.shape.length !== targets.shape.length + 1 || !targets.shape.every((d, i) => d === wanted.shape[i + 1])) {
    throw expected(who, `targets ${format(wanted)} for ${loss.name}`, `${targets.dtype}[n${targets.shape.map((d) => `,${d}`).join('')}]`);
  }
  checkTargetRange(who, targets, wanted, loss.targetRange?.(outputs));
  if (weights !== undefined) checkWeights(who, weights, count);
  return {
    ...placed,
    slots: {
      ...placed.slots,
      [`${name}.targets`]: data(targets.dtype, [count, ...targets.shape]),
      ...(weights !== undefined && { [`${name}.weights`]: data('float64', [count]) }),
    },
    write(session) {
      placed.write(session);
      session.write(`${name}.targets`, targets.data);
      if (weights !== undefined) session.write(`${name}.weights`, weights);
    },
    targets: (values, rows) => gather(values[`${name}.targets`]!, rows).cast(wanted.dtype),
    weights: (values, rows) => (weights === undefined ? null : gather(values[`${name}.weights`]!, rows)),
  };
}
