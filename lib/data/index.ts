export { type Cifar10Options, type Cifar100Options, cifar10, cifar100 } from './cifar/cifar.js';
export { csv } from './csv/csv.js';
export type { DownloadControl, DownloadProgress } from './download/download.js';
export type { DownloadOptions } from './download/public-data.js';
export { type FashionMnistOptions, fashionMnist } from './fashion-mnist.js';
export { type ArraysOptions, fromArrays, type Numbers } from './from-arrays.js';
export { drawGlyphs, type GlyphsOptions, glyphs } from './glyphs.js';
export { type Idx, readIdx } from './idx.js';
export type { NestedNumbers } from './nested.js';
export { type NpyArray, npy } from './npy/npy.js';
export { npz } from './npy/npz.js';
export { parquet } from './parquet/parquet.js';
export { readRows } from './read-rows.js';
export { type Split, type SplitOptions, split } from './split.js';
export { type DatasetSplit, type SplitDatasetOptions, splitDataset } from './split-dataset.js';
export { standardizationOf } from './standardization.js';
export { stream } from './stream.js';
export { subset } from './subset.js';
export type { Answer } from './table/answers.js';
export type { Imputation } from './table/imputation.js';
export type { TableOptions } from './table/options.js';
export {
  type ColumnSpec,
  Preprocessing,
  type PreprocessingSpec,
  type Row,
  type RowOf,
  type RowValue,
  type TargetSpec,
} from './table/preprocessing.js';
export type { RowPiece } from './table/source.js';
export type { TableTask } from './table/task.js';
export { type UciOptions, uciEnergy, uciProtein } from './uci.js';
