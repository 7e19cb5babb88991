export type { Augment } from './augment.js';
export { gaussianNoise } from './gaussian-noise.js';
export { horizontalFlip } from './horizontal-flip.js';
export type { ImageShape } from './pixels.js';
export { shift } from './shift.js';
