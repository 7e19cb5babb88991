import { cifar10 } from '../data/cifar/cifar.js';
import { fashionMnist } from '../data/fashion-mnist.js';
import { MissingFileError } from '../data/find-file.js';
import { glyphs } from '../data/glyphs.js';
import { uciEnergy, uciProtein } from '../data/uci.js';
import { datasetRun } from './dataset-run.js';
import { downloadProgress } from './download-progress.js';
import { RosenbrockRun } from './rosenbrock-run.js';
import type { Run, RunOptions } from './run.js';
import { TRAIN, usage } from './usage-error.js';

/** Something the command line can train. */
export type TaskEntry = {
  readonly description: string;
  /** Whether --data-dir names the folder with its files. */
  readonly needsData: boolean;
  /** Whether files are downloaded where --data-dir is not given. */
  readonly downloads?: boolean;
  /** Loads or draws the data and compiles the run. */
  readonly prepare: (options: RunOptions) => Promise<Run>;
};

/** CIFAR-10; the library's advice about a batch that is missing is an option that no flag has. */
async function allOfCifar10(options: RunOptions) {
  try {
    return await cifar10(filesOf(options));
  } catch (error) {
    if (!(error instanceof MissingFileError) || !error.file.startsWith('data_batch')) throw error;
    throw new TypeError(error.sentence('all of its files are needed; without --data-dir they are downloaded'));
  }
}

/** Where a task that can be downloaded finds its files. */
function filesOf({ dataDir }: RunOptions) {
  return dataDir === undefined ? { download: { onProgress: downloadProgress(process.stderr) } } : { dataDir };
}

/** Every task by the name that the command line uses. */
export const TASKS: Readonly<Record<string, TaskEntry>> = {
  glyphs: {
    description: 'embedded: digits drawn with pen strokes, 28 x 28 pixels; MLP 784-50-10, 10 epochs',
    needsData: false,
    prepare: async (options) => datasetRun(glyphs(), options),
  },
  'fashion-mnist': {
    description: 'images of clothes, downloaded or from the IDX files in --data-dir; MLP 784-50-10, 10 epochs',
    needsData: true,
    downloads: true,
    prepare: async (options) => datasetRun(await fashionMnist(filesOf(options)), options),
  },
  'cifar-10': {
    description: 'small photographs, downloaded or from the binary files in --data-dir; MLP 3072-256-10, 20 epochs',
    needsData: true,
    downloads: true,
    prepare: async (options) => datasetRun(await allOfCifar10(options), options),
  },
  'uci-energy': {
    description: 'heating load of buildings from the table in --data-dir; MLP 8-50-1, 4000 epochs',
    needsData: true,
    prepare: async (options) => datasetRun(await uciEnergy({ dataDir: options.dataDir! }), options),
  },
  'uci-protein': {
    description: 'protein structure from the table in --data-dir; MLP 9-100-1, 200 epochs',
    needsData: true,
    prepare: async (options) => datasetRun(await uciProtein({ dataDir: options.dataDir! }), options),
  },
  rosenbrock: {
    description: "Rosenbrock's function of two parameters from (1, -1), float64, 200 steps",
    needsData: false,
    prepare: async (options) => new RosenbrockRun(options),
  },
};

/** Throws unless --data-dir is there exactly when the task reads files, which some tasks can download. */
export function checkDataDir(task: string, dataDir: string | undefined): void {
  const { needsData, downloads = false } = TASKS[task]!;
  if (needsData && !downloads && dataDir === undefined)
    throw usage(TRAIN, `--data-dir DIR for ${task}`, 'none', 'name the folder with its files');
  if (!needsData && dataDir !== undefined) throw usage(TRAIN, `no --data-dir for ${task}`, `'${dataDir}'`, 'it reads no files');
}
