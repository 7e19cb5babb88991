import { expected, outOfRange } from '../base/errors.js';
import { checkNames } from '../base/options.js';
import type { Dataset, Standardization, Task } from './dataset.js';
import { type DownloadOptions, FASHION_MNIST, publicData } from './download/public-data.js';
import { findFile } from './find-file.js';
import { type Idx, readIdx } from './idx.js';
import { standardizationOf } from './standardization.js';

const SIDE = 28;
const PIXELS = SIDE * SIDE;
const CLASSES = 10;

/** The official file names, each also accepted with '.gz'. */
const FILES = {
  train: { images: 'train-images-idx3-ubyte', labels: 'train-labels-idx1-ubyte' },
  test: { images: 't10k-images-idx3-ubyte', labels: 't10k-labels-idx1-ubyte' },
} as const;

const HINT = 'name the folder with the four IDX files of Fashion-MNIST';

type Part = { readonly images: Idx; readonly labels: Idx };

async function readPart(folder: string, files: { readonly images: string; readonly labels: string }): Promise<Part> {
  const imagesPath = await findFile('fashion-mnist', folder, files.images, HINT);
  const labelsPath = await findFile('fashion-mnist', folder, files.labels, HINT);
  const images = await readIdx(imagesPath, 3);
  const labels = await readIdx(labelsPath, 1);
  const [count, height, width] = images.shape;
  if (height !== SIDE || width !== SIDE) throw expected(imagesPath, `bytes 8-15 to say ${SIDE} x ${SIDE} pixels`, `${height} x ${width}`);
  if (labels.shape[0] !== count) {
    throw expected(labelsPath, `bytes 4-7 to say ${count} labels, one for each image of ${imagesPath}`, labels.shape[0]);
  }
  const wrong = labels.data.findIndex((label) => label >= CLASSES);
  if (wrong >= 0) throw expected(labelsPath, `byte ${8 + wrong} to be a label below ${CLASSES}`, labels.data[wrong]);
  return { images, labels };
}

function dataset({ images, labels }: Part, start: number, end: number, standardization: Standardization): Dataset {
  return {
    count: end - start,
    features: { data: images.data.subarray(start * PIXELS, end * PIXELS), shape: [PIXELS], dtype: 'uint8', standardization },
    targets: { data: labels.data.subarray(start, end), shape: [], dtype: 'uint8', classes: CLASSES },
  };
}

/** Options of the Fashion-MNIST task. */
export type FashionMnistOptions = {
  /** Folder with the four IDX files under their official names, gzipped or not. @default the cache, into which they are downloaded */
  readonly dataDir?: string;
  /** How files are downloaded where there is no `dataDir`. */
  readonly download?: DownloadOptions;
  /** Images at the end of the training file that are kept for validation, from 0 to one less than the file has. @default a sixth: 10000 of 60000 */
  readonly validation?: number;
};

/**
 * Fashion-MNIST (Xiao, Rasul & Vollgraf 2017, arXiv:1708.07747) in the protocol of the AdamQLR paper: of the official training images, in
 * file order, the first 50,000 train and the last 10,000 validate; the official test images test. Each of the 784 pixels is standardized with
 * its mean and deviation over training and validation images. MLP 784-50-10, 10 epochs, batch 50. Pixels stay bytes in memory.
 * Without `dataDir` the files (31 MB) are downloaded once, their SHA-256 checked, and kept in a cache folder.
 * MNIST's files have the same names and format and can be used in their place.
 * @throws one sentence that names the file, the byte and what was expected, for files that are missing, damaged or inconsistent;
 * and the address, where they cannot be downloaded.
 */
export async function fashionMnist(options: FashionMnistOptions = {}): Promise<Task> {
  checkNames('fashion-mnist', ['dataDir', 'download', 'validation'], options);
  const folder = options.dataDir ?? (await publicData(FASHION_MNIST, options.download));
  const train = await readPart(folder, FILES.train);
  const test = await readPart(folder, FILES.test);
  const count = train.labels.data.length;
  const { validation = Math.round(count / 6) } = options;
  if (!Number.isInteger(validation) || validation < 0 || validation >= count) {
    throw outOfRange('fashion-mnist', `validation to be an integer in [0, ${count - 1}]`, validation);
  }
  const standardization = standardizationOf([train.images.data], PIXELS);
  return {
    name: 'fashion-mnist',
    train: dataset(train, 0, count - validation, standardization),
    validation: validation === 0 ? null : dataset(train, count - validation, count, standardization),
    test: dataset(test, 0, test.labels.data.length, standardization),
    layers: [PIXELS, 50, CLASSES],
    loss: 'crossEntropy',
    epochs: 10,
    batchSize: 50,
  };
}
