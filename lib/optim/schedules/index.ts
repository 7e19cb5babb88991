export { constant } from './constant.js';
export { cosine } from './cosine.js';
export { exponential } from './exponential.js';
export { linear } from './linear.js';
export { type PiecewiseOptions, piecewise } from './piecewise.js';
export type { Schedule, Transition } from './schedule.js';
export { type WarmUpOptions, warmUp } from './warm-up.js';
