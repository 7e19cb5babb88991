import type { OptimizerName } from './cases.js';

/** A speed to reach and one to be proud of. */
export type Target = { readonly must: number; readonly stretch: number };

/**
 * How many times faster than its best rival a step has to be, and how much an AdamQLR step may cost as a multiple of an Adam step.
 */
export const TARGETS: Readonly<Record<string, Readonly<Record<OptimizerName, Target>> & { readonly cost: number }>> = {
  'energy-b588': { adam: { must: 2.4, stretch: 3.4 }, adamqlr: { must: 2.8, stretch: 3.9 }, cost: 1.85 },
  'protein-b1000': { adam: { must: 4, stretch: 5.2 }, adamqlr: { must: 4, stretch: 5 }, cost: 1.85 },
  'fashion-b50': { adam: { must: 2.3, stretch: 3 }, adamqlr: { must: 3, stretch: 3.9 }, cost: 1.6 },
  'fashion-b3200': { adam: { must: 1.4, stretch: 1.65 }, adamqlr: { must: 1.6, stretch: 1.95 }, cost: 1.6 },
  'wide-b512': { adam: { must: 1, stretch: 1.08 }, adamqlr: { must: 1.05, stretch: 1.15 }, cost: 1.9 },
};

/** Above this, a barrier is too dear for the targets: the machine is in a slow state. */
export const BARRIER_US = 0.12;

export type Verdict = 'stretch' | 'must' | 'missed' | 'no rival';

/** What a ratio (rival's time over ours) says about a target; null where there was no rival to measure. */
export function judge(ratio: number | null, { must, stretch }: Target): Verdict {
  if (ratio === null) return 'no rival';
  // Written so that NaN is a miss.
  return ratio >= stretch ? 'stretch' : ratio >= must ? 'must' : 'missed';
}
