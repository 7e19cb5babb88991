export { crossEntropy } from './cross-entropy.js';
export type { Loss } from './loss.js';
export { squaredError } from './squared-error.js';
