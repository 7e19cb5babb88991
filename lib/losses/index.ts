export { bernoulli } from './bernoulli.js';
export { type CrossEntropyOptions, crossEntropy } from './cross-entropy.js';
export { type CustomLossParts, custom } from './custom.js';
export { type GaussianOptions, gaussian } from './gaussian.js';
export { type HuberOptions, huber } from './huber.js';
export type { Loss, TargetRange } from './loss.js';
export { poisson } from './poisson.js';
export { squaredError } from './squared-error.js';
export { classWeighted, weighted } from './weighted.js';
