import { join } from 'node:path';
import { expected } from '../../base/errors.js';
import { checkNames, showValue } from '../../base/options.js';
import { cacheFolder } from './cache-folder.js';
import { type DownloadControl, download, type Patience, type PublicFile } from './download.js';

/** The files of a public data set and their home. */
export type PublicData = { readonly name: string; readonly home: string; readonly files: readonly PublicFile[] };

/**
 * Fashion-MNIST at the address its README names; sizes and SHA-256 as published in the checksum lists of TensorFlow Datasets
 * (url_checksums/fashion_mnist.txt).
 */
export const FASHION_MNIST: PublicData = {
  name: 'fashion-mnist',
  home: 'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com',
  files: [
    {
      name: 'train-images-idx3-ubyte.gz',
      size: 26_421_880,
      sha256: '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
    },
    { name: 'train-labels-idx1-ubyte.gz', size: 29_515, sha256: 'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845' },
    { name: 't10k-images-idx3-ubyte.gz', size: 4_422_102, sha256: '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073' },
    { name: 't10k-labels-idx1-ubyte.gz', size: 5_148, sha256: '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5' },
  ],
};

/** Binary version of CIFAR-10 at its author's page; size and SHA-256 as published in TensorFlow Datasets (url_checksums/cifar10.txt). */
export const CIFAR_10: PublicData = {
  name: 'cifar-10',
  home: 'https://www.cs.toronto.edu/~kriz',
  files: [
    { name: 'cifar-10-binary.tar.gz', size: 170_052_171, sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd' },
  ],
};

/** How the files of a public data set are fetched. */
export type DownloadOptions = DownloadControl & {
  /** Address of the folder with the files. @default `$ADAMQLR_MIRROR/NAME` where that is set, else the data set's home */
  readonly baseUrl?: string;
  /** Folder that downloads are kept in, each data set in its own. @default `$ADAMQLR_CACHE`, else the platform's folder for caches */
  readonly cacheDir?: string;
};

const NAMES = ['signal', 'onProgress', 'baseUrl', 'cacheDir'];

function address(name: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw expected('download', `${name} to be an address such as 'https://mirror.example/data'`, showValue(text));
  }
  return text.replace(/\/+$/, '');
}

function baseOf({ name, home }: PublicData, baseUrl: string | undefined): string {
  if (baseUrl !== undefined) return address('baseUrl', baseUrl);
  const mirror = process.env['ADAMQLR_MIRROR'];
  return mirror === undefined || mirror === '' ? home : `${address('ADAMQLR_MIRROR', mirror)}/${name}`;
}

/**
 * Makes sure that the files of a public data set are in the cache, and returns their folder. Files that are there are not fetched again.
 * @throws as `download` does; TypeError for unknown options and for addresses that are none.
 */
export async function publicData(data: PublicData, options: DownloadOptions = {}, patience?: Patience): Promise<string> {
  checkNames('download', NAMES, options);
  const { baseUrl, cacheDir = cacheFolder(), ...control } = options;
  const base = baseOf(data, baseUrl);
  const folder = join(cacheDir, data.name);
  for (const file of data.files) await download(`${base}/${file.name}`, file, folder, control, patience);
  return folder;
}
