/** Philox4x32-10, Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3": four words from a counter and a key. */
export function philox(counter: readonly number[], key: readonly number[]): number[] {
  let [c0, c1, c2, c3] = counter.map((c) => BigInt(c >>> 0)) as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key.map((k) => BigInt(k >>> 0)) as [bigint, bigint];
  for (let round = 0; round < 10; round++) {
    const p0 = c0 * 0xd2511f53n,
      p1 = c2 * 0xcd9e8d57n;
    [c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ k0, p1 & 0xffffffffn, (p0 >> 32n) ^ c3 ^ k1, p0 & 0xffffffffn];
    k0 = (k0 + 0x9e3779b9n) & 0xffffffffn;
    k1 = (k1 + 0xbb67ae85n) & 0xffffffffn;
  }
  return [c0, c1, c2, c3].map(Number);
}

/** Word `i` of a key's stream, unsigned. */
export function word(key: readonly number[], i: number): number {
  return philox([Math.floor(i / 4), 0, 0, 0], key)[i % 4]!;
}

/** 53 bits from words `i` (high) and `i + 1` (low), as an integer. */
export function bits53(key: readonly number[], i: number): number {
  return word(key, i) * 2 ** 21 + (word(key, i + 1) >>> 11);
}
