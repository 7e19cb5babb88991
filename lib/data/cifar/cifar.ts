import { join } from 'node:path';
import { expected, outOfRange } from '../../base/errors.js';
import { checkNames, type Options, resolveOptions, showValue } from '../../base/options.js';
import type { Dataset, Standardization, Task } from '../dataset.js';
import { CIFAR_10, type DownloadOptions, publicData } from '../download/public-data.js';
import { readBytes } from '../file-chunks.js';
import { exists, findFile } from '../find-file.js';
import { shuffled } from '../split.js';
import { standardizationOf } from '../standardization.js';
import { CHANNELS, IMAGE, parseRecords, type RecordFormat, type Records, SIDE } from './records.js';
import { readTar } from './tar.js';

const BATCHES = [1, 2, 3, 4, 5];

/** One image in ten validates, as in the AdamQLR paper: 5,000 of 50,000. */
const VALIDATION_SHARE = 0.1;

const HIDDEN = 256;
const EPOCHS = 20;
const BATCH_SIZE = 128;

const SEED = {
  seed: { kind: 'integer', description: 'Seed of the choice of validation images.', range: '[0, 9007199254740991]', default: 0 },
} as const satisfies Options;

const NAMES = ['dataDir', 'validation', 'seed'];

/** Options of both CIFAR tasks. */
type CifarOptions = {
  /** Training images that are kept for validation, from 0 to one less than there are. @default a tenth: 5000 of 50000 */
  readonly validation?: number;
  /** Seed of the choice of validation images, an integer in [0, 2^53). @default 0 */
  readonly seed?: number;
};

/** Options of the CIFAR-10 task. */
export type Cifar10Options = CifarOptions & {
  /**
   * Folder with the files of the binary version under their official names, gzipped or not, or with the archive that they are published in.
   * @default the cache, into which the archive is downloaded
   */
  readonly dataDir?: string;
  /** How the archive is downloaded where there is no `dataDir`. */
  readonly download?: DownloadOptions;
  /** Numbers of the training batches to read, each of 10,000 images in the official files. @default [1, 2, 3, 4, 5] */
  readonly batches?: readonly number[];
};

/** Options of the CIFAR-100 task. */
export type Cifar100Options = CifarOptions & {
  /** Folder with the files of the binary version under their official names, gzipped or not, or with the archive that they are published in. */
  readonly dataDir: string;
  /** Whether labels are the 100 fine or the 20 coarse classes. @default 'fine' */
  readonly labels?: 'fine' | 'coarse';
};

/** What tells one of the two tasks from the other. */
type Source = {
  readonly name: string;
  readonly train: readonly string[];
  readonly test: string;
  readonly archive: string;
  readonly format: RecordFormat;
};

type Images = { readonly images: Uint8Array; readonly labels: Uint8Array };

/** Puts the records of some files one after the other; `placeOf` tells where each of them goes. */
function arrange(files: readonly Records[], placeOf: (record: number) => number): Images {
  const count = files.reduce((total, file) => total + file.count, 0);
  const images = new Uint8Array(count * IMAGE),
    labels = new Uint8Array(count);
  let done = 0;
  for (const file of files) {
    for (let record = 0; record < file.count; record++) {
      const place = placeOf(done++);
      labels[place] = file.label(record);
      file.copyImage(record, images, place);
    }
  }
  return { images, labels };
}

/** Places that put the validation images, chosen by seed, after the training images; both keep the order of the files. */
function places(count: number, validation: number, seed: number): Int32Array {
  const held = new Uint8Array(count);
  for (const record of shuffled(count, seed).subarray(0, validation)) held[record] = 1;
  let trained = 0,
    validated = count - validation;
  return Int32Array.from(held, (isHeld) => (isHeld === 1 ? validated++ : trained++));
}

/** Mean and deviation of each channel, for every number of an image. */
function byChannel(images: Uint8Array): Standardization {
  const { mean, scale } = standardizationOf([images], CHANNELS);
  const everywhere = (values: Float64Array) => Float64Array.from({ length: IMAGE }, (_, at) => values[at % CHANNELS]!);
  return { mean: everywhere(mean), scale: everywhere(scale) };
}

/** The files of a task, training files first: out of the archive that they are published in where the folder has it, else one by one. */
async function readFiles({ name, train, test, archive, format }: Source, folder: string): Promise<Records[]> {
  const wanted = [...train, test];
  const packed = join(folder, archive);
  if (await exists(packed)) {
    const found = await readTar(packed, wanted);
    return wanted.map((file) => parseRecords(`${packed} (${file})`, found.get(file)!, format));
  }
  const paths: string[] = [];
  for (const file of wanted) {
    const some = train.length === BATCHES.length && file !== test;
    const hint = some
      ? 'to train on some of the batches only, name them: batches: [1]'
      : `name the folder with the files or with ${archive}`;
    paths.push(await findFile(name, folder, file, hint)); // all of them, before any is read
  }
  const files: Records[] = [];
  for (const path of paths) files.push(parseRecords(path, await readBytes(path, 'CIFAR file'), format));
  return files;
}

async function load(source: Source, { dataDir, download, validation, seed }: Cifar10Options): Promise<Task> {
  const { name, format } = source;
  if (dataDir !== undefined && typeof dataDir !== 'string') throw expected(name, 'dataDir to be the name of a folder', showValue(dataDir));
  const { seed: chosen } = resolveOptions(name, SEED, seed === undefined ? {} : { seed });
  const folder = dataDir ?? (await publicData(CIFAR_10, download));
  const files = await readFiles(source, folder);
  const tested = files.pop()!;
  const count = files.reduce((total, file) => total + file.count, 0);
  const held = validation ?? Math.round(count * VALIDATION_SHARE);
  if (!Number.isInteger(held) || held < 0 || held >= count) {
    throw outOfRange(name, `validation to be an integer in [0, ${count - 1}]`, showValue(validation));
  }
  const place = places(count, held, chosen);
  const fitted = arrange(files, (record) => place[record]!);
  const standardization = byChannel(fitted.images);
  const part = ({ images, labels }: Images, start: number, end: number): Dataset => ({
    count: end - start,
    features: { data: images.subarray(start * IMAGE, end * IMAGE), shape: [SIDE, SIDE, CHANNELS], dtype: 'uint8', standardization },
    targets: { data: labels.subarray(start, end), shape: [], dtype: 'uint8', classes: format.classes },
  });
  return {
    name,
    train: part(fitted, 0, count - held),
    validation: held === 0 ? null : part(fitted, count - held, count),
    test: part(
      arrange([tested], (record) => record),
      0,
      tested.count,
    ),
    layers: [IMAGE, HIDDEN, format.classes],
    loss: 'crossEntropy',
    epochs: EPOCHS,
    batchSize: BATCH_SIZE,
  };
}

/**
 * CIFAR-10 (Krizhevsky 2009), binary version: `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin`. Images stay bytes in memory,
 * shape [32, 32, 3]: rows, columns, channels red, green, blue last (the files have whole planes). As in the AdamQLR paper a tenth of the
 * training images validates and each channel is standardized with its mean and deviation over training and validation images; the choice
 * of validation images is random by seed. The network named by `layers` is a plain perceptron 3072-256-10 on flattened images, 20 epochs,
 * batch 128, not the paper's ResNet-18. Without `dataDir` the archive (170 MB) is downloaded once, its SHA-256 checked, and kept in a cache
 * folder; it is read as it is, without unpacking it on disk.
 * @throws one sentence that names the file, the byte and what was expected, for files that are missing or damaged; the address, where they
 * cannot be downloaded; TypeError or RangeError for wrong options.
 */
export async function cifar10(options: Cifar10Options = {}): Promise<Task> {
  checkNames('cifar-10', [...NAMES, 'batches', 'download'], options);
  const { batches = BATCHES, ...rest } = options;
  const fits = Array.isArray(batches) && batches.length > 0 && new Set(batches).size === batches.length;
  if (!fits || !batches.every((batch) => BATCHES.includes(batch))) {
    throw expected('cifar-10', `batches to be some of ${showValue(BATCHES)}, each once`, showValue(batches));
  }
  const train = batches.map((batch) => `data_batch_${batch}.bin`);
  const format = { labelBytes: 1, labelAt: 0, classes: 10 };
  return load({ name: 'cifar-10', train, test: 'test_batch.bin', archive: CIFAR_10.files[0]!.name, format }, rest);
}

/**
 * CIFAR-100 (Krizhevsky 2009), binary version: `train.bin` and `test.bin`; everything else as for `cifar10`.
 * @throws as `cifar10` does.
 */
export async function cifar100(options: Cifar100Options): Promise<Task> {
  checkNames('cifar-100', [...NAMES, 'labels'], options);
  const { labels = 'fine', ...rest } = options;
  if (labels !== 'fine' && labels !== 'coarse') throw expected('cifar-100', "labels to be 'fine' or 'coarse'", showValue(labels));
  const format = { labelBytes: 2, ...(labels === 'fine' ? { labelAt: 1, classes: 100 } : { labelAt: 0, classes: 20 }) };
  if (rest.dataDir === undefined) throw expected('cifar-100', 'dataDir to be the name of a folder', 'none');
  return load({ name: 'cifar-100', train: ['train.bin'], test: 'test.bin', archive: 'cifar-100-binary.tar.gz', format }, rest);
}
