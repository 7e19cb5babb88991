/** The p-quantile of numbers, by linear interpolation. */
export function quantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = p * (sorted.length - 1),
    low = Math.floor(at);
  return sorted[low]! + (at - low) * (sorted[Math.min(low + 1, sorted.length - 1)]! - sorted[low]!);
}

/** What several rounds of samples of one quantity say. */
export type Summary = {
  /** Median of the medians of the rounds. */
  readonly median: number;
  /** Quantiles of all samples together. */
  readonly p10: number;
  readonly p90: number;
  /** How far the medians of the rounds lie apart, as a part of the median. */
  readonly spread: number;
};

/** Summary of rounds of samples, each of at least one. */
export function summarize(rounds: readonly (readonly number[])[]): Summary {
  const medians = rounds.map((samples) => quantile(samples, 0.5));
  const all = rounds.flat();
  const median = quantile(medians, 0.5);
  return { median, p10: quantile(all, 0.1), p90: quantile(all, 0.9), spread: (Math.max(...medians) - Math.min(...medians)) / median };
}
