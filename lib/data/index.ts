export { type FashionMnistOptions, fashionMnist } from './fashion-mnist.js';
export { drawGlyphs, type GlyphsOptions, glyphs } from './glyphs.js';
export { type Idx, readIdx } from './idx.js';
export { standardizationOf } from './standardization.js';
export { type UciOptions, uciEnergy, uciProtein } from './uci.js';
