import { expected, outOfRange } from '../base/errors.js';
import { checkNames } from '../base/options.js';
import { allocate, DTYPES, type DType, isFloat, type TypedArray } from '../graph/dtype.js';
import { sizeOf } from '../graph/shape.js';
import type { Dataset, Features, Standardization, Targets } from './dataset.js';
import type { Preprocessing } from './table/preprocessing.js';

/** Examples that come in pieces, such as from a file larger than memory. */
export type StreamedDataset = {
  /** Number of examples of one pass. */
  readonly count: number;
  /** What the features of every piece are like. */
  readonly features: Omit<Features, 'data'>;
  /** What the targets of every piece are like. */
  readonly targets: Omit<Targets, 'data'>;
  /** Whether every piece has weights. @default false */
  readonly weighted?: boolean;
  /** How the features were made from the rows of a table. */
  readonly preprocessing?: Preprocessing;
  /** One pass from its beginning: the same examples in the same order every time, in pieces of any size. */
  open(): AsyncIterable<Dataset>;
};

const WHO = 'stream';
const NAMES = ['count', 'features', 'targets', 'weighted', 'preprocessing', 'open'];
const TARGET_DTYPES: readonly DType[] = ['int32', 'uint8', 'float32', 'float64'];

/** Streams that this module made. */
const CHECKED = new WeakSet<StreamedDataset>();

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 1;

function checkKind(what: string, { shape, dtype }: { shape: unknown; dtype: unknown }, dtypes: readonly DType[]): void {
  if (!Array.isArray(shape) || !shape.every(isCount)) throw expected(WHO, `${what} with a shape of whole numbers above 0`, String(shape));
  if (!dtypes.includes(dtype as DType)) throw expected(WHO, `${what} of dtype ${dtypes.join(', ')}`, String(dtype));
}

function checkStandardization({ mean, scale }: Standardization, width: number): void {
  if (mean.length !== width || scale.length !== width) {
    throw expected(WHO, `${width} means and scales, one for each feature`, `${mean.length} and ${scale.length}`);
  }
  const at = mean.findIndex((value, i) => !(Number.isFinite(value) && Number.isFinite(scale[i]) && scale[i]! > 0));
  if (at >= 0) throw outOfRange(WHO, 'finite means and scales > 0', `${mean[at]} and ${scale[at]} for feature ${at}`);
}

/** Throws unless a description says all that can be known without a pass. */
function checkDescription(description: StreamedDataset): void {
  checkNames(WHO, NAMES, description);
  const { count, features, targets, weighted, open } = description;
  if (!isCount(count)) throw outOfRange(WHO, 'the count of examples of a pass, at least 1', String(count));
  for (const [name, part] of Object.entries({ features, targets })) {
    if (part === null || typeof part !== 'object') throw expected(WHO, `${name} { shape, dtype }`, String(part));
  }
  checkKind('features', features, DTYPES);
  checkKind('targets', targets, TARGET_DTYPES);
  if (targets.classes !== undefined && !isCount(targets.classes)) {
    throw outOfRange(WHO, 'a number of classes, at least 1', String(targets.classes));
  }
  if (features.standardization !== undefined) checkStandardization(features.standardization, sizeOf(features.shape));
  if (weighted !== undefined && typeof weighted !== 'boolean') throw expected(WHO, 'weighted to be true or false', String(weighted));
  if (typeof open !== 'function') throw expected(WHO, 'open to be a function that begins a pass', typeof open);
}

function equal(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  return a.length === b.length && Array.prototype.every.call(a, (value, at) => value === b[at]);
}

function sameStandardization(a: Standardization, b: Standardization | undefined): boolean {
  return a === b || (b !== undefined && equal(a.mean, b.mean) && equal(a.scale, b.scale));
}

type Kind = { readonly shape: readonly number[]; readonly dtype: DType };

/** Throws unless an array of a piece is of the described kind and long enough for its examples. */
function checkArray(where: string, what: string, part: Kind & { readonly data: TypedArray }, wanted: Kind, count: number): void {
  const { data, shape, dtype } = part ?? {};
  if (!ArrayBuffer.isView(data) || !Array.isArray(shape)) throw expected(where, `${what} { data, shape, dtype }`, String(part));
  const of = `${wanted.dtype}[${wanted.shape}]`;
  if (dtype !== wanted.dtype || !equal(shape, wanted.shape)) throw expected(where, `${what} of ${of}, as described`, `${dtype}[${shape}]`);
  const wantedArray = allocate(dtype, 0).constructor.name;
  if (data.constructor.name !== wantedArray) throw expected(where, `${what} in a ${wantedArray}`, data.constructor.name);
  const length = count * sizeOf(shape);
  if (data.length !== length) throw expected(where, `${length} numbers as ${what} of ${count} examples`, data.length);
}

/** Throws at the first number that `fits` refuses; `first` counts the examples of the pass before the piece. */
function checkNumbers(what: string, data: TypedArray, width: number, first: number, fits: (value: number) => boolean): void {
  for (let at = 0; at < data.length; at++) {
    if (!fits(data[at]!)) throw outOfRange(WHO, what, `${data[at]} in example ${first + Math.floor(at / width)} of a pass`);
  }
}

function checkPiece(description: StreamedDataset, piece: Dataset, first: number): void {
  const where = `${WHO} from example ${first} of a pass on`;
  const { count, features, targets, weights } = piece ?? {};
  if (!isCount(count)) throw expected(where, 'a piece { count, features, targets } of at least one example', String(count ?? piece));
  if (first + count > description.count) throw outOfRange(WHO, `a pass of ${description.count} examples`, `at least ${first + count}`);
  const { classes } = description.targets;
  checkArray(where, 'features', features, description.features, count);
  checkArray(where, 'targets', targets, description.targets, count);
  if (targets.classes !== classes) throw expected(where, `targets of ${classes ?? 'no'} classes, as described`, targets.classes ?? 'none');
  if (features.standardization !== undefined && !sameStandardization(features.standardization, description.features.standardization)) {
    throw expected(where, 'the standardization of the description', 'another one');
  }
  if (isFloat(features.dtype)) checkNumbers('finite features', features.data, sizeOf(features.shape), first, Number.isFinite);
  const isLabel = (value: number) => Number.isInteger(value) && value >= 0 && value < classes!;
  const [what, fits] = classes === undefined ? ['finite targets', Number.isFinite] : [`labels in [0, ${classes})`, isLabel];
  checkNumbers(what, targets.data, sizeOf(targets.shape), first, fits);
  if ((weights !== undefined) !== (description.weighted ?? false)) {
    throw expected(
      where,
      description.weighted ? 'weights, as described' : 'no weights, as described',
      weights === undefined ? 'none' : 'some',
    );
  }
  if (weights === undefined) return;
  if (!(weights instanceof Float64Array) || weights.length !== count) {
    throw expected(where, `${count} weights in a Float64Array`, `${weights.length} in a ${weights.constructor.name}`);
  }
  checkNumbers('finite weights >= 0', weights, 1, first, (value) => Number.isFinite(value) && value >= 0);
}

async function* checkedPass(description: StreamedDataset): AsyncGenerator<Dataset, void, undefined> {
  const { standardization } = description.features;
  const pieces = description.open();
  if (typeof pieces?.[Symbol.asyncIterator] !== 'function') throw expected(WHO, 'open to give an async iterable', String(pieces));
  let seen = 0;
  let counts = description.weighted !== true;
  for await (const piece of pieces) {
    checkPiece(description, piece, seen);
    seen += piece.count;
    counts ||= piece.weights!.some((weight) => weight > 0);
    yield standardization === undefined ? piece : { ...piece, features: { ...piece.features, standardization } };
  }
  if (seen < description.count) throw outOfRange(WHO, `a pass of ${description.count} examples`, `only ${seen}`);
  if (!counts) throw outOfRange(WHO, 'a weight > 0', `${seen} weights of 0`);
}

/**
 * Examples that an async iterable gives piece by piece, for data that does not fit in memory or that is made on the way. `open` begins a
 * pass and is called once for every pass; each must give the same `count` examples in the same order, in pieces of any size.
 * Pieces may leave the standardization of the description out.
 * @throws TypeError or RangeError for a description that is incomplete; a pass throws one sentence for a piece that is not as described
 * (dtype, shape, length, labels outside [0, classes), numbers that are not finite, weights) and for fewer or more examples than `count`.
 */
export function stream(description: StreamedDataset): StreamedDataset {
  if (CHECKED.has(description)) return description;
  checkDescription(description);
  const checked = { ...description, open: () => checkedPass(description) };
  CHECKED.add(checked);
  return checked;
}
