const UINT32 = 2 ** 32;

/**
 * Small integer generator for synthetic data and splits: sfc32 (C. Doty-Humphrey, PractRand), 96 bits of state and a counter.
 * Every result comes from 32-bit integers and exactly rounded operations, so equal seeds give equal numbers on every machine.
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  /** One stream per (seed, stream, index); each is reduced to 32 bits. */
  constructor(seed: number, stream = 0, index = 0) {
    this.a = seed | 0;
    this.b = stream | 0;
    this.c = index | 0;
    for (let round = 0; round < 15; round++) this.bits();
  }

  /** 32 random bits as an unsigned integer. */
  bits(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    this.c |= 0;
    return sum >>> 0;
  }

  /** Uniform in [low, high). */
  uniform(low: number, high: number): number {
    return low + (high - low) * (this.bits() / UINT32);
  }

  /** Uniform integer in [0, count), count <= 2^32; the bias is below count / 2^32. */
  integer(count: number): number {
    return Math.floor((this.bits() / UINT32) * count);
  }

  /** Mean 0, deviation 1: the standardized sum of eight 16-bit uniforms, within +-4.9. No logarithm, hence the same bits everywhere. */
  normal(): number {
    let sum = 0;
    for (let draw = 0; draw < 4; draw++) {
      const word = this.bits();
      sum += (word >>> 16) + (word & 0xffff);
    }
    // A 16-bit uniform has mean 65535 / 2 and variance (65536^2 - 1) / 12.
    return (sum - 4 * 65535) / Math.sqrt((8 * (65536 * 65536 - 1)) / 12);
  }
}
