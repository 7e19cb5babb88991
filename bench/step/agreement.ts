import { type OptimizerName, SOURCES, type Source, type StepCase } from './cases.js';
import { type OurStep, ourStep } from './our-step.js';

/** Unit roundoff of float32. */
const ROUNDOFF = 2 ** -24;

/** Steps that both precisions take: enough for every part of an optimizer to have had a say, few enough not to drift apart. */
const STEPS = 4;

/** How far float32 is from float64 after a few steps, each as a part of what it may be. Both must be below 1. */
export type Agreement = {
  /** The largest difference of a loss, as a part of the loss. */
  readonly loss: number;
  /** Length of the difference of the parameters, as a part of the length of their change. */
  readonly parameters: number;
  readonly lossTolerance: number;
  readonly parametersTolerance: number;
};

function norm(values: Float64Array): number {
  return Math.sqrt(values.reduce((total, v) => total + v * v, 0));
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((v, i) => v - b[i]!);
}

function course(make: () => OurStep): { before: Float64Array; losses: number[]; after: Float64Array } {
  const step = make();
  try {
    const before = step.parameters();
    const losses = step.losses(STEPS);
    return { before, losses, after: step.parameters() };
  } finally {
    step.dispose();
  }
}

/**
 * Compares the step that is timed with the same program in float64. Rounding errors of a sum of k terms grow like sqrt(k), and a step
 * multiplies those of the one before. Adam's direction is near +-1 where a gradient is near 0, however small: an entry that rounds to the
 * other side of 0 is wrong by twice its step, so the parameters as a whole agree to the root of the roundoff, and the loss, which does not
 * feel such entries, to the roundoff itself.
 */
export function agreement(c: StepCase, optimizer: OptimizerName, source: Source, threads: number): Agreement {
  if (!SOURCES.includes(source)) throw new Error(`bench: expected one of the sources ${SOURCES.join(', ')}, got '${source}'`);
  const [single, double] = (['float32', 'float64'] as const).map((dtype) => course(() => ourStep(c, optimizer, source, dtype, threads)));
  const longest = Math.max(c.batch, ...c.sizes);
  const moved = norm(difference(double!.after, double!.before));
  return {
    loss: Math.max(...single!.losses.map((loss, i) => Math.abs(loss - double!.losses[i]!) / Math.abs(double!.losses[i]!))),
    parameters: norm(difference(single!.after, double!.after)) / moved,
    lossTolerance: 8 * STEPS * Math.sqrt(longest) * ROUNDOFF,
    parametersTolerance: 8 * STEPS * Math.sqrt(longest ** 0.5 * ROUNDOFF),
  };
}

/** Throws where the step that is to be timed does not compute what it should. */
export function checkAgreement(a: Agreement, what: string): void {
  // Written so that NaN fails.
  if (a.loss <= a.lossTolerance && a.parameters <= a.parametersTolerance) return;
  throw new Error(
    `${what}: expected float32 to agree with float64 to ${a.lossTolerance.toExponential(1)} in the loss and ` +
      `${a.parametersTolerance.toExponential(1)} in the parameters, got ${a.loss.toExponential(1)} and ${a.parameters.toExponential(1)}; not timed`,
  );
}
