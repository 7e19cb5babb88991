export { type CsvOptions, type CsvTask, csv } from './csv/csv.js';
export { type FashionMnistOptions, fashionMnist } from './fashion-mnist.js';
export { drawGlyphs, type GlyphsOptions, glyphs } from './glyphs.js';
export { type Idx, readIdx } from './idx.js';
export { type Split, type SplitOptions, split } from './split.js';
export { standardizationOf } from './standardization.js';
export type { Imputation } from './table/imputation.js';
export { type ColumnSpec, Preprocessing, type PreprocessingSpec, type Row, type TargetSpec } from './table/preprocessing.js';
export { type UciOptions, uciEnergy, uciProtein } from './uci.js';
