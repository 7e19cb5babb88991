import type { Value } from '../graph/node.js';
import '../ops/fluent.js';

/** 1/2 (1 + cos(pi x)) for x in [0, 1], as 1/2 (1 - sin(z)) with z = pi (x - 1/2): Taylor's series is exact to float64 for |z| <= pi/2. */
export function halfWave(x: Value): Value {
  const z = x.sub(0.5).mul(Math.PI);
  const square = z.square();
  let series: Value = square.mul(0).add(1);
  for (let n = 11; n >= 1; n--)
    series = series
      .mul(square)
      .mul(-1 / (2 * n * (2 * n + 1)))
      .add(1);
  return z.mul(series).neg().add(1).mul(0.5);
}
