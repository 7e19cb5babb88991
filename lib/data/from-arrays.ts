import { expected, outOfRange } from '../base/errors.js';
import { checkNames, showValue } from '../base/options.js';
import { type DType, isElement, isFloat, type TypedArray } from '../graph/dtype.js';
import { sizeOf } from '../graph/shape.js';
import type { Dataset, Features, Standardization, Targets } from './dataset.js';
import { flattened, type NestedNumbers } from './nested.js';
import type { NpyArray } from './npy/npy.js';
import { standardizationOf } from './standardization.js';

/** Numbers in memory: a typed array, an array read by `npy`, or lists of lists. */
export type Numbers = TypedArray | NpyArray | NestedNumbers;

/** What `fromArrays` makes a data set of. */
export type ArraysOptions = {
  /** Inputs, examples first. A typed array is flat: its examples are told apart by `shape`, or else by the number of targets. */
  readonly features: Numbers;
  /**
   * One label, number or list of numbers for each example. Int32Array and Uint8Array (also of `npy`) with one element for each example are
   * labels 0, 1, ...; other numbers are real targets unless `classes` is given.
   */
  readonly targets: Numbers;
  /** Shape of one example, such as [28, 28]. @default that of lists and of `npy`; [k] for k numbers per example of a typed array */
  readonly shape?: readonly number[];
  /** Number of classes, which makes labels in [0, classes) of the targets. @default one more than the largest label */
  readonly classes?: number;
  /** A weight >= 0 for every example. @default all count alike */
  readonly weights?: ArrayLike<number>;
  /**
   * Whether features are standardized with their own means and deviations, or the ones to use: those of the training data for test data.
   * To split first and use the training part's, leave it out and ask `splitDataset` for it. @default false
   */
  readonly standardize?: boolean | Standardization | undefined;
};

const WHO = 'fromArrays';
const NAMES = ['features', 'targets', 'shape', 'classes', 'weights', 'standardize'];

/** Numbers with their type; `shape` is unknown for a flat typed array. */
type Block = { readonly data: TypedArray; readonly dtype: DType; readonly shape: readonly number[] | null };

function dtypeOf(data: unknown): DType | null {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Float64Array) return 'float64';
  if (data instanceof Int32Array) return 'int32';
  return data instanceof Uint8Array ? 'uint8' : null;
}

function block(name: string, numbers: Numbers): Block {
  if (Array.isArray(numbers)) return { ...flattened(WHO, name, numbers), dtype: 'float64' };
  const flat = dtypeOf(numbers);
  if (flat !== null) return { data: numbers as TypedArray, dtype: flat, shape: null };
  const { data, dtype, shape } = (numbers ?? {}) as Partial<NpyArray>;
  const fits = dtypeOf(data) !== null && (dtypeOf(data) === dtype || (dtype === 'bool' && data instanceof Uint8Array));
  if (fits && Array.isArray(shape) && sizeOf(shape) === data!.length) return { data: data!, dtype: dtype!, shape };
  const got = ArrayBuffer.isView(numbers) ? (numbers as object).constructor.name : showValue(numbers);
  const hint = ArrayBuffer.isView(numbers) ? 'convert it: Float32Array.from(values, Number)' : undefined;
  throw expected(
    WHO,
    `${name} to be a Float32Array, Float64Array, Int32Array or Uint8Array, lists of numbers, or what npy reads`,
    got,
    hint,
  );
}

/** Number of examples, and the shape of one. */
function sizes(features: Block, targets: Block, shape: readonly number[] | undefined) {
  const { length } = features.data;
  if (shape !== undefined) {
    if (!Array.isArray(shape) || !shape.every((axis) => Number.isSafeInteger(axis) && axis > 0)) {
      throw expected(WHO, 'shape to be a list of lengths such as [28, 28]', showValue(shape));
    }
  }
  const count = features.shape?.[0] ?? (shape === undefined ? (targets.shape?.[0] ?? targets.data.length) : length / sizeOf(shape));
  if (count === 0 || length === 0) throw outOfRange(WHO, 'at least one example', 'none');
  const width = length / count;
  const example = shape ?? features.shape?.slice(1) ?? [width];
  if (!Number.isInteger(count) || !Number.isInteger(width) || sizeOf(example) !== width) {
    const what = shape === undefined ? `a multiple of ${count} numbers, one row for each target` : `examples of shape [${shape}]`;
    throw expected(WHO, `features to hold ${what}`, features.shape === null ? `${length} numbers` : `shape [${features.shape}]`);
  }
  return { count, shape: example.length === 0 ? [1] : example };
}

function checkFinite(name: string, { data, dtype }: Block, count: number): void {
  if (!isFloat(dtype)) return;
  const at = data.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  const width = data.length / count;
  const got = `${data[at]} at number ${at % width} of example ${Math.floor(at / width)}`;
  throw outOfRange(WHO, `${name} to be finite`, got, 'impute or drop missing values first');
}

/** The classes that labels are of, when nobody said how many. */
function inferredClasses(data: TypedArray): number {
  let classes = 1;
  for (const label of data) classes = Math.max(classes, label + 1);
  const hint = 'to learn them as numbers, pass Float64Array.from(targets)';
  if (classes < 2) throw outOfRange(WHO, 'at least two classes of labels', 'only 0', `give classes; ${hint}`);
  if (classes > data.length)
    throw outOfRange(WHO, 'classes for labels above the number of examples', `a label of ${classes - 1}`, `give classes; ${hint}`);
  return classes;
}

function labels({ data, dtype }: Block, classes: number | undefined): Targets {
  if (classes !== undefined && !(Number.isSafeInteger(classes) && classes >= 2)) {
    throw outOfRange(WHO, 'classes to be an integer of at least 2', showValue(classes));
  }
  const range = classes === undefined ? 'labels >= 0' : `labels in [0, ${classes - 1}]`;
  const at = data.findIndex((label) => !(isElement(label, 'int32') && label >= 0 && label < (classes ?? Number.POSITIVE_INFINITY)));
  if (at >= 0) throw outOfRange(WHO, `targets to be integer ${range}`, `${data[at]} at example ${at}`);
  const kept = data instanceof Uint8Array || data instanceof Int32Array ? data : Int32Array.from(data);
  return {
    data: kept,
    shape: [],
    dtype: dtype === 'bool' || dtype === 'uint8' ? 'uint8' : 'int32',
    classes: classes ?? inferredClasses(data),
  };
}

function targetsOf(targets: Block, count: number, classes: number | undefined): Targets {
  const { data, dtype } = targets;
  const rows = targets.shape?.[0] ?? count;
  const width = data.length / count;
  if (rows !== count || !Number.isInteger(width) || width < 1) {
    throw expected(WHO, `targets for ${count} examples`, targets.shape === null ? data.length : `shape [${targets.shape}]`);
  }
  checkFinite('targets', targets, count);
  const single = (targets.shape?.length ?? 1) <= 1 && width === 1;
  if (classes !== undefined && width !== 1) throw expected(WHO, 'one label for each example', `${width} targets for each`);
  if (classes !== undefined || (single && !isFloat(dtype))) return labels(targets, classes);
  const real = data instanceof Float32Array ? data : Float64Array.from(data);
  return {
    data: real,
    shape: single ? [1] : (targets.shape?.slice(1) ?? [width]),
    dtype: real instanceof Float32Array ? 'float32' : 'float64',
  };
}

function weightsOf(weights: ArrayLike<number>, count: number): Float64Array {
  const { length } = weights ?? {};
  if (length !== count) throw expected(WHO, `${count} weights for ${count} examples`, length ?? showValue(weights));
  const values = Float64Array.from(weights);
  const at = values.findIndex((weight) => !(Number.isFinite(weight) && weight >= 0));
  if (at >= 0) throw outOfRange(WHO, 'finite weights >= 0', `${weights[at]} at example ${at}`);
  if (!values.some((weight) => weight > 0)) throw outOfRange(WHO, 'a weight > 0', `${count} weights of 0`);
  return values;
}

function standardized(features: Features, wanted: boolean | Standardization): Features {
  if (wanted === false) return features;
  const width = sizeOf(features.shape);
  const standardization = wanted === true ? standardizationOf([features.data], width) : wanted;
  const { mean, scale } = standardization ?? {};
  if (!(mean instanceof Float64Array && scale instanceof Float64Array)) {
    throw expected(WHO, 'standardize to be true, false or { mean, scale }', showValue(wanted));
  }
  if (mean.length !== width || scale.length !== width) {
    throw expected(WHO, `${width} means and scales for features [${features.shape}]`, `${mean.length} and ${scale.length}`);
  }
  return { ...features, standardization };
}

/**
 * A data set from numbers in memory. Typed arrays are used as they are, not copied, and keep their small type; lists become float64.
 *
 *     const all = data.fromArrays({ features: pixels, shape: [784], targets: labels }); // two Uint8Arrays: ten classes are inferred
 *     const { train, validation, test } = data.splitDataset(all, { standardize: true });
 *     const trainer = new Trainer({ model: nn.mlp([784, 50, 10]), loss: loss.crossEntropy(), optimizer: adamqlr() });
 *     for await (const r of trainer.fit(train, { epochs: 10, validation })) console.log(r.epoch, r.validationLoss);
 *     console.log(await trainer.evaluate(test));
 *
 * @throws TypeError for counts and shapes that do not fit together, ragged lists and unknown options; RangeError for numbers that are not
 * finite, labels out of range and no examples at all. Each says where.
 */
export function fromArrays(options: ArraysOptions): Dataset {
  checkNames(WHO, NAMES, options);
  const features = block('features', options.features);
  const targets = block('targets', options.targets);
  const { count, shape } = sizes(features, targets, options.shape);
  checkFinite('features', features, count);
  return {
    count,
    features: standardized({ data: features.data, shape, dtype: features.dtype }, options.standardize ?? false),
    targets: targetsOf(targets, count, options.classes),
    ...(options.weights !== undefined && { weights: weightsOf(options.weights, count) }),
  };
}
