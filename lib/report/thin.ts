/**
 * Indices of the values to draw, in order, at most 2 `buckets` + 2. A series of at most that many known values is kept whole; of a longer one the
 * first, the last, and from each of `buckets` runs of equal length the least and the greatest, so that no spike is lost. NaN is never kept.
 */
export function thin(values: Float64Array, buckets: number): number[] {
  const known: number[] = [];
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i]!)) known.push(i);
  if (known.length <= 2 * buckets + 2) return known;
  const kept = new Set([known[0]!, known.at(-1)!]);
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = Math.floor((bucket * known.length) / buckets);
    const to = Math.floor(((bucket + 1) * known.length) / buckets);
    let least = known[from]!;
    let greatest = least;
    for (let at = from; at < to; at++) {
      const index = known[at]!;
      if (values[index]! < values[least]!) least = index;
      if (values[index]! > values[greatest]!) greatest = index;
    }
    kept.add(least).add(greatest);
  }
  return [...kept].sort((a, b) => a - b);
}
