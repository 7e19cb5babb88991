import test from 'ava';
import { outputFisher, outputHessian } from '../../lib/curvature/output-curvature.js';
import { Spec, type Value } from '../../lib/graph/node.js';
import { crossEntropy } from '../../lib/losses/cross-entropy.js';
import type { Loss } from '../../lib/losses/loss.js';
import { squaredError } from '../../lib/losses/squared-error.js';
import { sum } from '../../lib/ops/reduce.js';
import { ones } from '../../lib/ops/sources.js';
import { vjpOf } from '../../lib/transforms/grad.js';
import { engines } from '../engine.js';

/** Plain forms of one term: the loss of outputs z with a target. */
type Row = {
  readonly name: string;
  readonly make: () => Loss;
  readonly targets: readonly number[];
  readonly targetSpec: Spec;
  readonly term: (z: readonly number[], n: number) => number;
};

const CLASSES = 4;
const ROWS = 5;
const outputs = Array.from({ length: ROWS * CLASSES }, (_, i) => 2 * Math.sin(0.4 + 1.7 * i));
const direction = Array.from({ length: ROWS * CLASSES }, (_, i) => Math.cos(0.2 + 0.9 * i));
const labels = [0, 3, 1, 1, 2];
const values = Array.from({ length: ROWS * CLASSES }, (_, i) => Math.sin(0.3 * i));

const LOSSES: readonly Row[] = [
  {
    name: 'crossEntropy',
    make: crossEntropy,
    targets: labels,
    targetSpec: new Spec('int32', ['n']),
    term: (z, n) => Math.log(z.reduce((a, b) => a + Math.exp(b), 0)) - z[labels[n]!]!,
  },
  {
    name: 'squaredError',
    make: squaredError,
    targets: values,
    targetSpec: new Spec('float64', ['n', CLASSES]),
    term: (z, n) => z.reduce((a, b, o) => a + 0.5 * (b - values[n * CLASSES + o]!) ** 2, 0),
  },
];

const outputSpec = new Spec('float64', ['n', CLASSES]);
const row = (flat: ArrayLike<number>, n: number) => Array.from({ length: CLASSES }, (_, o) => flat[n * CLASSES + o]!);
const near = (a: number, b: number, tolerance: number) => Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));

/** Central differences of the term's second derivative along v, one output at a time. */
function plainHessian(term: Row['term'], z: readonly number[], v: readonly number[], n: number): number[] {
  const h = 1e-3;
  const slope = (at: readonly number[], o: number) => (term(at.with(o, at[o]! + h), n) - term(at.with(o, at[o]! - h), n)) / (2 * h);
  const moved = (s: number) => z.map((value, o) => value + s * v[o]!);
  return z.map((_, o) => (slope(moved(h), o) - slope(moved(-h), o)) / (2 * h));
}

for (const { name: engineName, engine } of engines) {
  for (const { name, make, targets, targetSpec, term } of LOSSES) {
    const loss = make();
    const bare: Loss = { name, target: loss.target, value: loss.value };
    test(`${name}, ${engineName}: value, gradient and curvature of every term`, (t) => {
      const call = engine(
        (z: Value, y: Value, v: Value) => {
          const terms = loss.value(z, y);
          return {
            terms,
            gradient: vjpOf([sum(terms)], [z], [ones(sum(terms))])[0]!,
            hessian: outputHessian(loss, z, y, v),
            fisher: outputFisher(loss, z, y, v),
            derivedHessian: outputHessian(bare, z, y, v),
            derivedFisher: outputFisher(bare, z, y, v),
          };
        },
        [outputSpec, targetSpec, outputSpec],
        { n: ROWS },
      );
      const got = call(outputs, targets, direction) as Record<string, Float64Array>;
      for (let n = 0; n < ROWS; n++) {
        const z = row(outputs, n);
        t.true(near(got.terms![n]!, term(z, n), 1e-12), `term ${n}`);
        const h = 1e-5;
        z.forEach((_, o) => {
          const slope = (term(z.with(o, z[o]! + h), n) - term(z.with(o, z[o]! - h), n)) / (2 * h);
          t.true(near(got.gradient![n * CLASSES + o]!, slope, 1e-8), `gradient ${n},${o}`);
        });
        const bend = plainHessian(term, z, row(direction, n), n);
        for (const [o, value] of bend.entries()) t.true(near(got.hessian![n * CLASSES + o]!, value, 1e-4), `Hessian ${n},${o}`);
      }
      // Both losses are in natural parameters: the Fisher matrix is the Hessian, stated or derived.
      for (const other of ['fisher', 'derivedHessian', 'derivedFisher']) {
        for (const [i, value] of got.hessian!.entries())
          t.true(near(got[other]![i]!, value, 1e-13), `${other} ${i}: ${got[other]![i]} vs ${value}`);
      }
    });

    test(`${name}, ${engineName}: v'Fv >= 0 for every term`, (t) => {
      const call = engine((z: Value, y: Value, v: Value) => ({ fisher: loss.fisher!(z, y, v) }), [outputSpec, targetSpec, outputSpec], {
        n: ROWS,
      });
      for (let seed = 0; seed < 20; seed++) {
        const v = direction.map((_, i) => Math.sin(seed * 3.7 + i * (1 + seed)));
        const { fisher } = call(outputs, targets, v) as Record<string, Float64Array>;
        for (let n = 0; n < ROWS; n++) t.true(row(fisher!, n).reduce((a, b, o) => a + b * row(v, n)[o]!, 0) >= -1e-14);
      }
    });
  }

  test(`crossEntropy, ${engineName}: large logits neither overflow nor lose a small loss`, (t) => {
    const loss = crossEntropy();
    const call = engine((z: Value, y: Value) => ({ terms: loss.value(z, y) }), [outputSpec, new Spec('int32', ['n'])], { n: 3 });
    const z = [1000, 0, 0, 0, 0, 1000, 0, 0, 500, 480, 0, 0];
    const { terms } = call(z, [0, 0, 0]) as Record<string, Float64Array>;
    t.is(terms![0], 0);
    t.is(terms![1], 1000);
    t.true(near(terms![2]! / Math.log1p(Math.exp(-20)), 1, 1e-6));
  });

  test(`crossEntropy, ${engineName}: accuracy counts the largest logit`, (t) => {
    const loss = crossEntropy();
    const call = engine((z: Value, y: Value) => ({ hits: loss.metrics!.accuracy!(z, y) }), [outputSpec, new Spec('int32', ['n'])], {
      n: 3,
    });
    const { hits } = call([0, 1, 0, 0, 3, 2, 1, 0, 0, 0, 0, 9], [1, 1, 3]) as Record<string, Float64Array>;
    t.deepEqual(Array.from(hits!), [1, 0, 1]);
  });
}

test('outputs and targets of the wrong type are one clear sentence', (t) => {
  t.throws(() => crossEntropy().target(new Spec('float32', ['n'])), {
    message: 'crossEntropy: expected float logits [n,...,classes], got float32[n]',
  });
  t.throws(() => squaredError().target(new Spec('int32', ['n', 1])), {
    message: 'squaredError: expected float outputs [n,...,o], got int32[n,1]',
  });
  t.is(String(crossEntropy().target(new Spec('float32', ['n', 'T', 10]))), 'int32[n,T]');
  t.is(String(squaredError().target(new Spec('float32', ['n', 1]))), 'float32[n,1]');
});
