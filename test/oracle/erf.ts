/** erf(x) in float64: its Taylor series up to |x| = 3, beyond that the continued fraction of erfc. */
export function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  const a = Math.abs(x);
  if (a <= 3) {
    let term = x, sum = x;
    for (let n = 1; n < 200 && Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let k = 60; k >= 1; k--) fraction = k / 2 / (a + fraction);
  const tail = Math.exp(-a * a) / (Math.sqrt(Math.PI) * (a + fraction));
  return Math.sign(x) * (1 - tail);
}
