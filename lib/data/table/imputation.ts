/** Ways to fill in missing numbers; missing categories always become the most frequent one. */
export const IMPUTATIONS = ['mean', 'median', 'mostFrequent'] as const;

/** Name of a way to fill in missing numbers. */
export type Imputation = (typeof IMPUTATIONS)[number];

/** The most frequent of some numbers, the smallest of equally frequent ones. */
export function mostFrequent(values: Iterable<number>): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let best = Number.NaN,
    most = 0;
  for (const [value, count] of counts) if (count > most || (count === most && value < best)) [best, most] = [value, count];
  return best;
}

/** The middle of some numbers, or the mean of the two in the middle. */
export function median(values: Float64Array): number {
  const sorted = values.toSorted();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** What fills in for missing numbers next to these, which are not empty and not missing. */
export function imputed(values: Float64Array, by: Imputation): number {
  switch (by) {
    case 'mean':
      return values.reduce((total, value) => total + value / values.length, 0);
    case 'median':
      return median(values);
    case 'mostFrequent':
      return mostFrequent(values);
    default:
      return by satisfies never;
  }
}
