/** Shortest sample: well above the resolution of the clock and the cost of a native call. */
const SAMPLE_SECONDS = 2.5e-3;

/** How long sampling goes on, and the fewest samples it ends with. */
export type Effort = { readonly seconds: number; readonly samples: number };

function least(times: number, measure: () => number): number {
  return Math.min(...Array.from({ length: times }, measure));
}

/**
 * Microseconds per step of many samples of `run(steps)`, each of enough steps to take 2.5 ms and of at most `most`. `between` is called
 * before every sample, untimed. The first runs, until the number of steps is found, are not counted.
 */
export function sample(
  run: (steps: number) => void,
  effort: Effort,
  most = Number.POSITIVE_INFINITY,
  between: () => void = () => {},
): number[] {
  const time = (steps: number) => {
    between();
    const start = performance.now();
    run(steps);
    return (performance.now() - start) / 1e3;
  };
  const warm = (steps: number) => {
    for (const start = performance.now(); performance.now() - start < 0.1e3 * effort.seconds; ) time(steps);
  };
  warm(1);
  let steps = 1;
  for (let taken = least(3, () => time(steps)); taken < SAMPLE_SECONDS && steps < most; taken = least(3, () => time(steps))) {
    steps = Math.min(most, Math.max(steps + 1, Math.ceil(steps * Math.min(8, (1.2 * SAMPLE_SECONDS) / taken))));
  }
  warm(steps);
  const samples: number[] = [];
  for (const start = performance.now(); samples.length < effort.samples || performance.now() - start < 1e3 * effort.seconds; ) {
    samples.push((time(steps) / steps) * 1e6);
  }
  return samples;
}
