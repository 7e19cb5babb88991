import { expected, outOfRange } from '../base/errors.js';
import { rangeTest } from '../base/options.js';
import { isRecord } from '../base/plain-data.js';
import type { SlotDefinition } from '../compile/program.js';
import type { Dataset, Features, Targets } from '../data/dataset.js';
import type { StreamedDataset } from '../data/stream.js';
import { allocate, DTYPES, type DType, type FloatDType, isFloat, type TypedArray } from '../graph/dtype.js';
import { Spec, type Value } from '../graph/node.js';
import { format, sizeOf } from '../graph/shape.js';
import type { Loss, TargetRange } from '../losses/loss.js';
import { gather } from '../ops/gather.js';
import '../ops/fluent.js';
import type { Session } from '../runtime/session.js';
import type { SlotValues } from './slots.js';

/** The type of a model's input for features of this kind. */
export function inputSpec(features: Pick<Features, 'shape'>, dtype: FloatDType): Spec {
  return new Spec(dtype, ['n', ...features.shape]);
}

/** A set of examples in native memory, in the type it is stored in, under slots named `name.*`. */
export type Examples = {
  readonly name: string;
  readonly slots: Readonly<Record<string, SlotDefinition>>;
  /** Writes all examples of a data set in memory; of a stream nothing but what `transformed` needs. */
  write(session: Session): void;
  /** Writes some examples to the first rows of the slots. */
  writeData(session: Session, examples: ExampleData): void;
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
  if (typeof count !== 'number' || !features || !targets) {
    const isTask = isRecord(dataset) && 'train' in dataset;
    throw expected(
      who,
      'a data set { count, features, targets }',
      isTask ? 'a whole task' : String(dataset),
      isTask ? "did you mean its part 'train', such as houses.train?" : undefined,
    );
  }
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
  const wanted = count * sizeOf(shape);
  if (array.length !== wanted) throw expected(who, `${wanted} ${what} for ${count} examples of shape [${shape}]`, array.length);
}

/** Features in memory, or the description of those of a stream. */
type Described = Omit<Features, 'data'> & { readonly data?: TypedArray };

/** The slots and the reading of features alone, with room for `count` examples. */
export function placeFeatures(who: string, name: string, features: Described, count: number, dtype: FloatDType): Examples {
  if (!Number.isSafeInteger(count) || count < 1) throw outOfRange(who, 'a data set of at least one example', count);
  const { standardization, data: values } = features;
  if (values !== undefined) checkCount(who, 'feature values', values, count, features.shape);
  const slots: Record<string, SlotDefinition> = { [`${name}.features`]: data(features.dtype, [count, ...features.shape]) };
  if (standardization !== undefined) {
    const wanted = sizeOf(features.shape);
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
  const transformed = (slots: SlotValues, stored: Value) => {
    const x = stored.cast(dtype);
    return standardization === undefined ? x : x.sub(slots[`${name}.mean`]!).mul(slots[`${name}.inverseScale`]!);
  };
  return {
    name,
    slots,
    write(session) {
      if (values !== undefined) session.write(`${name}.features`, values);
      writeTransform(session);
    },
    writeTransform,
    transformed,
    inputs: (slots, rows) => transformed(slots, gather(slots[`${name}.features`]!, rows)),
    writeData: (session, { features }) => session.write(`${name}.features`, features),
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

/** Targets must be numbers that the loss can judge; checked before any work, because neither gathers nor logarithms can see it. `first`: the number of the first example. */
function checkTargetRange(who: string, { data, shape }: Targets, wanted: Spec, limits: TargetRange | undefined, first = 0): void {
  const integer = !isFloat(wanted.dtype);
  const { noun = 'targets', range = '(-inf, inf)', hint } = limits ?? {};
  const within = rangeTest(range);
  const at = firstWhere(data, (value) => !within(value) || (integer && !Number.isInteger(value)));
  if (at < 0) return;
  const what = limits === undefined ? `${integer ? 'integer' : 'finite'} targets` : `${noun} in ${range}`;
  const advice = Number.isFinite(data[at]) ? hint : 'impute or drop missing values first';
  throw outOfRange(who, what, `${data[at]} at example ${first + Math.floor(at / sizeOf(shape))}`, advice);
}

/** The place of the first number that is `wrong`, or -1. A loop, because findIndex of a typed array takes seconds for a large one. */
function firstWhere(data: TypedArray, wrong: (value: number) => boolean): number {
  for (let at = 0; at < data.length; at++) if (wrong(data[at]!)) return at;
  return -1;
}

function checkFinite(who: string, what: string, values: TypedArray): void {
  const at = firstWhere(values, (v) => !Number.isFinite(v));
  if (at >= 0) throw outOfRange(who, `finite ${what}`, `${values[at]} at element ${at}`, 'impute or drop missing values first');
}

/** What examples are like, without their data. */
type ExampleKind = {
  readonly features: Omit<Features, 'data'>;
  readonly targets: Omit<Targets, 'data'>;
  readonly weighted: boolean;
};

/** The numbers of some examples. */
export type ExampleData = { readonly features: TypedArray; readonly targets: TypedArray; readonly weights: Float64Array | null };

/** Examples of one kind next to a model and a loss: their slots and their reading, and the check of numbers to come. */
class ExamplePlace {
  readonly #who: string;
  readonly #name: string;
  readonly #kind: ExampleKind;
  readonly #wanted: Spec;
  readonly #limits: TargetRange | undefined;

  constructor(who: string, name: string, kind: ExampleKind, outputs: Spec, loss: Loss) {
    const { targets } = kind;
    const wanted = loss.target(outputs);
    if (wanted.shape.length !== targets.shape.length + 1 || !targets.shape.every((d, i) => d === wanted.shape[i + 1])) {
      throw expected(who, `targets ${format(wanted)} for ${loss.name}`, `${targets.dtype}[n${targets.shape.map((d) => `,${d}`).join('')}]`);
    }
    this.#who = who;
    this.#name = name;
    this.#kind = kind;
    this.#wanted = wanted;
    this.#limits = loss.targetRange?.(outputs);
  }

  /** Throws for targets that the loss cannot judge. `first`: the number of the first example. */
  checkTargets(targets: Targets, first: number): void {
    checkTargetRange(this.#who, targets, this.#wanted, this.#limits, first);
  }

  /** Slots with room for `count` examples; `write` writes what `all` has. */
  placed(placed: Examples, count: number, all: ExampleData | null): Examples {
    const { targets, weighted } = this.#kind;
    const name = this.#name;
    const writeData = (session: Session, { features, targets, weights }: ExampleData) => {
      session.write(`${name}.features`, features);
      session.write(`${name}.targets`, targets);
      if (weights !== null) session.write(`${name}.weights`, weights);
    };
    return {
      ...placed,
      slots: {
        ...placed.slots,
        [`${name}.targets`]: data(targets.dtype, [count, ...targets.shape]),
        ...(weighted && { [`${name}.weights`]: data('float64', [count]) }),
      },
      write(session) {
        placed.writeTransform(session);
        if (all !== null) writeData(session, all);
      },
      writeData,
      targets: (slots, rows) => gather(slots[`${name}.targets`]!, rows).cast(this.#wanted.dtype),
      weights: (slots, rows) => (weighted ? gather(slots[`${name}.weights`]!, rows) : null),
    };
  }
}

/**
 * A data set next to a model whose outputs have the type `outputs`, judged by `loss`. Everything that could go wrong with the
 * data itself is checked here: counts, shapes, label range, finite numbers.
 */
export function placeExamples(who: string, name: string, dataset: Dataset, outputs: Spec, loss: Loss, dtype: FloatDType): Examples {
  const { features, targets, weights, count } = dataset;
  const placed = placeFeatures(who, name, features, count, dtype);
  checkCount(who, 'target values', targets.data, count, targets.shape);
  const place = new ExamplePlace(who, name, { features, targets, weighted: weights !== undefined }, outputs, loss);
  if (isFloat(features.dtype)) checkFinite(who, 'features', features.data);
  place.checkTargets(targets, 0);
  if (weights !== undefined) checkWeights(who, weights, count);
  return place.placed(placed, count, { features: features.data, targets: targets.data, weights: weights ?? null });
}

/** The same for a stream of which `resident` examples are in memory at a time; `check` judges its pieces, in order, as they come. */
export function placeStream(
  who: string,
  name: string,
  stream: StreamedDataset,
  resident: number,
  outputs: Spec,
  loss: Loss,
  dtype: FloatDType,
): { readonly examples: Examples; check(piece: Dataset, first: number): void } {
  const { features, targets, weighted = false } = stream;
  const place = new ExamplePlace(who, name, { features, targets, weighted }, outputs, loss);
  const examples = place.placed(placeFeatures(who, name, features, resident, dtype), resident, null);
  return { examples, check: ({ targets }, first) => place.checkTargets(targets, first) };
}
