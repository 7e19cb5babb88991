import { expected } from '../base/errors.js';
import { type PlainData, PlainReader, showUnknown } from '../base/plain-data.js';
import { version } from '../base/version.js';
import type { Features, Standardization } from '../data/dataset.js';
import { Preprocessing } from '../data/table/preprocessing.js';
import { DTYPES, type FloatDType } from '../graph/dtype.js';
import { sizeOf } from '../graph/shape.js';
import { fromSpec as lossFromSpec } from '../losses/from-spec.js';
import type { Loss } from '../losses/loss.js';
import { fromSpec as layerFromSpec } from '../nn/from-spec.js';
import type { Layer } from '../nn/layer.js';

/** Where the examples came from that a model was trained on. */
export type Source = {
  /** Features without their data: what the model takes. */
  readonly features: Omit<Features, 'data'>;
  /** How they were made from rows, or null where they were not. */
  readonly preprocessing: Preprocessing | null;
};

/** What a model file says besides its tensors. */
export type ModelDescription = Source & {
  /** The model, or null where it has no spec. */
  readonly model: Layer | null;
  /** The loss, or null where it has no spec. */
  readonly loss: Loss | null;
  /** Name of the optimizer. */
  readonly optimizer: string;
  readonly dtype: FloatDType;
  /** How far training has come; null for a model without its training state. */
  readonly progress: PlainData;
};

const FORMAT = 'adamqlr model';

/** Versions of the format that this code reads; it writes the last one. */
const FORMAT_VERSION = 1;

/** The texts of a model file. */
export function writeDescription({
  model,
  loss,
  optimizer,
  dtype,
  features,
  preprocessing,
  progress,
}: ModelDescription): Record<string, string> {
  const { shape, standardization } = features;
  const plain = standardization && { mean: [...standardization.mean], scale: [...standardization.scale] };
  return {
    format: FORMAT,
    formatVersion: String(FORMAT_VERSION),
    adamqlr: version(),
    optimizer,
    dtype,
    model: JSON.stringify(model?.spec ?? null),
    loss: JSON.stringify(loss?.spec ?? null),
    features: JSON.stringify({ shape, dtype: features.dtype, standardization: plain ?? null }),
    preprocessing: JSON.stringify(preprocessing),
    progress: JSON.stringify(progress),
  };
}

function standardizationOf(reader: PlainReader, width: number): Standardization | undefined {
  if (reader.value === null) return undefined;
  const fields = reader.fields(['mean', 'scale']);
  for (const list of Object.values(fields)) if (list.list().length !== width) throw list.error(`a list of ${width}, one for each feature`);
  const scale = fields.scale.list().map((element) => {
    if (!(element.number() > 0)) throw element.error('a number > 0');
    return element.number();
  });
  return { mean: Float64Array.from(fields.mean.list(), (element) => element.number()), scale: Float64Array.from(scale) };
}

function featuresOf(reader: PlainReader): Omit<Features, 'data'> {
  const fields = reader.fields(['shape', 'dtype', 'standardization']);
  const shape = fields.shape.list().map((d) => d.integer(1));
  const standardization = standardizationOf(fields.standardization, sizeOf(shape));
  return { shape, dtype: fields.dtype.oneOf(DTYPES), ...(standardization !== undefined && { standardization }) };
}

function parseJson(path: string, texts: Readonly<Record<string, string>>, name: string): unknown {
  const text = new PlainReader(path, texts).field(name).text();
  try {
    return JSON.parse(text);
  } catch {
    throw expected(path, `${name} to be JSON`, showUnknown(text));
  }
}

/** What a constructor makes of a spec in a file; its error gets the file in front. */
function made<T>(path: string, what: string, spec: unknown, make: (spec: unknown) => T): T | null {
  if (spec === null) return null;
  try {
    return make(spec);
  } catch (error) {
    throw expected(path, `a ${what} that this version can make`, `'${(error as Error).message}'`);
  }
}

function checkFormat(path: string, { format, formatVersion }: Readonly<Record<string, string>>): void {
  if (format !== FORMAT) throw expected(path, 'a model file of adamqlr', 'a safetensors file of another kind');
  const version = Number(formatVersion);
  if (!Number.isSafeInteger(version) || version < 1) throw expected(path, 'formatVersion to be an integer >= 1', `'${formatVersion}'`);
  if (version > FORMAT_VERSION) {
    throw expected(path, `a model file of format version ${FORMAT_VERSION}`, `one of version ${version}`, 'update adamqlr to read it');
  }
}

/** Reads and checks the texts of a model file; `path` begins the sentence thrown for anything unusable. */
export function readDescription(path: string, texts: Readonly<Record<string, string>>): ModelDescription {
  checkFormat(path, texts);
  const whole = new PlainReader(path, texts);
  const json = (name: string) => parseJson(path, texts, name);
  const features = featuresOf(new PlainReader(path, json('features'), 'features'));
  const preprocessing = json('preprocessing');
  const source = preprocessing === null ? null : Preprocessing.parse(preprocessing, `${path} preprocessing`);
  if (source !== null && (features.shape.length !== 1 || features.shape[0] !== source.width)) {
    throw expected(path, `features [${source.width}], as its preprocessing makes them`, `[${features.shape}]`);
  }
  return {
    model: made(path, 'model', json('model'), layerFromSpec),
    loss: made(path, 'loss', json('loss'), lossFromSpec),
    optimizer: whole.field('optimizer').text(),
    dtype: whole.field('dtype').oneOf(['float32', 'float64']),
    features,
    preprocessing: source,
    progress: json('progress') as PlainData,
  };
}
