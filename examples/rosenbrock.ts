// An optimizer from scratch on the functional core: SGD-QLR on Rosenbrock's function, one native plan per step.
// Usage: npx tsx examples/rosenbrock.ts [steps]
import { compile, hvp, ops, Spec, type Value, valueAndGrad } from 'adamqlr';

type Point = { readonly x: Value; readonly y: Value };

/** (1 - x)^2 + 100 (y - x^2)^2, with its minimum 0 at (1, 1). */
function rosenbrock({ x, y }: Point): Value {
  return x.sub(1).square().add(y.sub(x.square()).square().mul(100));
}

function dot(a: Point, b: Point): Value {
  return a.x.mul(b.x).add(a.y.mul(b.y));
}

/**
 * One step along d = -g. The quadratic model M(a) = f + a g'd + a^2/2 d'(H + lambda I)d gives the learning rate, its agreement with the
 * function the next damping: arXiv 2310.14963, equations 2 and 3.
 */
function step(at: Point, lambda: Value) {
  const [f, g] = valueAndGrad(rosenbrock)(at);
  const d = { x: g.x.neg(), y: g.y.neg() };
  const bend = dot(d, hvp(rosenbrock)(at, d)).add(lambda.mul(dot(d, d))); //  d'(H + lambda I)d
  const alpha = dot(g, d).neg().div(bend);
  const next = { x: at.x.add(d.x.mul(alpha)), y: at.y.add(d.y.mul(alpha)) };
  const predicted = dot(g, d).mul(alpha).add(alpha.square().mul(bend).mul(0.5));
  const rho = rosenbrock(next).sub(f).div(predicted);
  const trusted = ops.select(rho.gt(0.75), lambda.mul(0.5), lambda);
  const damping = ops.select(rho.lt(0.25), lambda.mul(2), trusted).maximum(1e-8);
  return { next, damping, f, alpha };
}

const steps = Number(process.argv[2] ?? 2000);
const scalar = new Spec('float64', []);
const run = compile(step, [{ x: scalar, y: scalar }, scalar]);

let [x, y, lambda] = [1, -1, 1e-3];
for (let i = 0; i < steps; i++) {
  const { next, damping, f, alpha } = run({ x, y }, lambda);
  if (i % Math.max(1, Math.floor(steps / 10)) === 0) {
    console.log(`step ${i}: f(${x.toFixed(4)}, ${y.toFixed(4)}) = ${f[0]!.toExponential(3)}, alpha ${alpha[0]!.toExponential(2)}`);
  }
  [x, y, lambda] = [next.x[0]!, next.y[0]!, damping[0]!];
}
console.log(`after ${steps} steps: (${x.toFixed(6)}, ${y.toFixed(6)})`);
