import test from 'ava';
import { outputFisher, outputHessian } from '../../lib/curvature/output-curvature.js';
import { Spec, type Value } from '../../lib/graph/node.js';
import { trace } from '../../lib/graph/trace.js';
import { bernoulli } from '../../lib/losses/bernoulli.js';
import { crossEntropy } from '../../lib/losses/cross-entropy.js';
import { custom } from '../../lib/losses/custom.js';
import { gaussian } from '../../lib/losses/gaussian.js';
import { huber } from '../../lib/losses/huber.js';
import type { Loss } from '../../lib/losses/loss.js';
import { poisson } from '../../lib/losses/poisson.js';
import { squaredError } from '../../lib/losses/squared-error.js';
import '../../lib/ops/fluent.js';
import { sum } from '../../lib/ops/reduce.js';
import { ones } from '../../lib/ops/sources.js';
import { vjpOf } from '../../lib/transforms/grad.js';
import { engines } from '../engine.js';
import { LOSSES, type Row, wave } from './rows.js';

const COUNT = 5;
const logits = new Spec('float64', ['n', 4]);
const near = (a: number, b: number, tolerance: number) => Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));
const part = (flat: ArrayLike<number>, n: number, width: number) => Array.from({ length: width }, (_, o) => flat[n * width + o]!);

type Term = (z: readonly number[]) => number;

/** Central differences of a term by one output. */
function slope(term: Term, z: readonly number[], o: number, h = 1e-5): number {
  return (term(z.with(o, z[o]! + h)) - term(z.with(o, z[o]! - h))) / (2 * h);
}

/** Central differences of the term's second derivative along v, one output at a time. */
function plainHessian(term: Term, z: readonly number[], v: readonly number[]): number[] {
  const h = 1e-3;
  const moved = (s: number) => z.map((value, o) => value + s * v[o]!);
  return z.map((_, o) => (slope(term, moved(h), o, h) - slope(term, moved(-h), o, h)) / (2 * h));
}

/** F v = E[s s'v] over targets drawn from the predictive distribution at z, s the score by central differences. */
function plainFisher({ likelihood, term }: Row, draws: NonNullable<Row['draws']>, z: readonly number[], v: readonly number[]): number[] {
  const product = z.map(() => 0);
  for (const [y, probability] of draws(z)) {
    const score = z.map((_, o) => slope((at) => (likelihood ?? term)(at, [y]), z, o));
    const along = score.reduce((total, s, o) => total + s * v[o]!, 0);
    for (const [o, s] of score.entries()) product[o]! += probability * s * along;
  }
  return product;
}

for (const { name: engineName, engine } of engines) {
  for (const row of LOSSES) {
    const { name, make, width, targets, targetWidth, targetSpec, term, isNatural } = row;
    const loss = make();
    const bare: Loss = { name, target: loss.target, value: loss.value };
    const outputSpec = new Spec('float64', ['n', width]);
    const outputs = wave(COUNT * width, 0.4, 1.7).map((x) => 2 * x);
    const direction = wave(COUNT * width, 1.8, 0.9);

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
        { n: COUNT },
      );
      const got = call(outputs, targets, direction) as Record<string, Float64Array>;
      for (let n = 0; n < COUNT; n++) {
        const z = part(outputs, n, width),
          y = part(targets, n, targetWidth),
          at = (x: readonly number[]) => term(x, y);
        t.true(near(got.terms![n]!, at(z), 1e-12), `term ${n}: ${got.terms![n]} vs ${at(z)}`);
        for (const o of z.keys()) t.true(near(got.gradient![n * width + o]!, slope(at, z, o), 1e-8), `gradient ${n},${o}`);
        const bend = plainHessian(at, z, part(direction, n, width));
        for (const [o, value] of bend.entries()) t.true(near(got.hessian![n * width + o]!, value, 1e-4), `Hessian ${n},${o}`);
      }
      // In natural parameters the Fisher matrix is the Hessian, stated or derived.
      for (const other of isNatural ? ['fisher', 'derivedHessian', 'derivedFisher'] : ['derivedHessian', 'derivedFisher']) {
        for (const [i, value] of got.hessian!.entries())
          t.true(near(got[other]![i]!, value, 1e-13), `${other} ${i}: ${got[other]![i]} vs ${value}`);
      }
    });

    const { draws } = row;
    if (draws !== null)
      test(`${name}, ${engineName}: the Fisher matrix is the mean square of the score under the predictive distribution`, (t) => {
        const { unit } = row;
        const unitSpec = new Spec('float64', ['n', unit]);
        const call = engine(
          (z: Value, y: Value, v: Value) => ({ fisher: outputFisher(loss, z, y, v) }),
          [unitSpec, loss.target(unitSpec), unitSpec],
          { n: COUNT },
        );
        const v = direction.slice(0, COUNT * unit),
          z = outputs.slice(0, COUNT * unit);
        const { fisher } = call(z, targets.slice(0, COUNT), v) as Record<string, Float64Array>;
        for (let n = 0; n < COUNT; n++) {
          const plain = plainFisher(row, draws, part(z, n, unit), part(v, n, unit));
          for (const [o, value] of plain.entries())
            t.true(near(fisher![n * unit + o]!, value, 1e-5), `${n},${o}: ${fisher![n * unit + o]} vs ${value}`);
        }
      });

    test(`${name}, ${engineName}: v'Fv >= 0 for every term`, (t) => {
      const call = engine(
        (z: Value, y: Value, v: Value) => ({ fisher: outputFisher(loss, z, y, v) }),
        [outputSpec, targetSpec, outputSpec],
        {
          n: COUNT,
        },
      );
      for (let seed = 0; seed < 20; seed++) {
        const v = wave(COUNT * width, seed * 3.7, 1 + seed);
        const { fisher } = call(outputs, targets, v) as Record<string, Float64Array>;
        for (let n = 0; n < COUNT; n++) t.true(part(fisher!, n, width).reduce((a, b, o) => a + b * part(v, n, width)[o]!, 0) >= -1e-14);
      }
    });

    for (const dtype of ['float32', 'float64'] as const) {
      test(`${name}, ${engineName}, ${dtype}: extreme outputs give finite terms, gradients and Fisher products`, (t) => {
        const specs = [new Spec(dtype, ['n', width]), new Spec(targetSpec.dtype === 'int32' ? 'int32' : dtype, targetSpec.shape)];
        const call = engine(
          (z: Value, y: Value) => {
            const terms = loss.value(z, y);
            const total = sum(terms);
            return { terms, gradient: vjpOf([total], [z], [ones(total)])[0]!, fisher: outputFisher(loss, z, y, ones(z)) };
          },
          specs,
          { n: COUNT },
        );
        const [low, high] = row.extremes;
        for (const z of [low, 0, high]) {
          for (const alternate of [false, true]) {
            const at = outputs.map((_, i) => (alternate && i % 2 === 1 ? 0 : z));
            const got = call(at, targets, at) as Record<string, ArrayLike<number>>;
            for (const what of ['terms', 'gradient', 'fisher']) t.true(Array.from(got[what]!).every(Number.isFinite), `${what} at ${z}`);
          }
        }
      });
    }

    for (const [metric, plain] of Object.entries(row.metrics)) {
      test(`${name}, ${engineName}: ${metric} of every term`, (t) => {
        const call = engine((z: Value, y: Value) => ({ terms: loss.metrics![metric]!(z, y) }), [outputSpec, targetSpec], { n: COUNT });
        const { terms } = call(outputs, targets) as Record<string, Float64Array>;
        for (let n = 0; n < COUNT; n++) {
          const wanted = plain(part(outputs, n, width), part(targets, n, targetWidth));
          t.true(near(terms![n]!, wanted, 1e-12), `${n}: ${terms![n]} vs ${wanted}`);
        }
      });
    }
  }

  test(`crossEntropy, ${engineName}: large logits neither overflow nor lose a small loss`, (t) => {
    const loss = crossEntropy();
    const call = engine((z: Value, y: Value) => ({ terms: loss.value(z, y) }), [logits, new Spec('int32', ['n'])], { n: 3 });
    const z = [1000, 0, 0, 0, 0, 1000, 0, 0, 500, 480, 0, 0];
    const { terms } = call(z, [0, 0, 0]) as Record<string, Float64Array>;
    t.is(terms![0], 0);
    t.is(terms![1], 1000);
    t.true(near(terms![2]! / Math.log1p(Math.exp(-20)), 1, 1e-6));
  });

  test(`bernoulli, ${engineName}: a confident output keeps the digits of a small loss`, (t) => {
    const loss = bernoulli();
    const spec = new Spec('float64', ['n', 1]);
    const call = engine((z: Value, y: Value) => ({ terms: loss.value(z, y) }), [spec, spec], { n: 2 });
    const { terms } = call([40, -50], [1, 0]) as Record<string, Float64Array>;
    t.true(near(terms![0]! / Math.exp(-40), 1, 1e-12), `${terms![0]}`);
    t.true(near(terms![1]! / Math.exp(-50), 1, 1e-12), `${terms![1]}`);
  });

  test(`huber, ${engineName}: the stated curvature is that of the tightest parabola above the loss`, (t) => {
    const delta = 0.7;
    const loss = huber({ delta });
    const spec = new Spec('float64', ['n', 1]);
    const call = engine(
      (z: Value, y: Value) => {
        const terms = loss.value(z, y);
        return { gradient: vjpOf([sum(terms)], [z], [ones(sum(terms))])[0]!, curvature: loss.fisher!(z, y, ones(z)) };
      },
      [spec, spec],
      { n: 4 },
    );
    const term = (r: number) => (Math.abs(r) <= delta ? (r * r) / 2 : delta * (Math.abs(r) - delta / 2));
    const residuals = [0.3, -0.7, 2, -50];
    const { gradient, curvature } = call(residuals, [0, 0, 0, 0]) as Record<string, Float64Array>;
    const above = (scale: number) =>
      residuals.every((r, n) =>
        wave(400, 0, 0.1).every((x) => {
          const u = 120 * x;
          return term(r + u) <= term(r) + gradient![n]! * u + 0.5 * scale * curvature![n]! * u * u + 1e-12;
        }),
      );
    t.true(above(1));
    t.false(above(0.99));
  });

  test(`crossEntropy, ${engineName}: accuracy counts the largest logit`, (t) => {
    const loss = crossEntropy();
    const call = engine((z: Value, y: Value) => ({ hits: loss.metrics!.accuracy!(z, y) }), [logits, new Spec('int32', ['n'])], {
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
  t.throws(() => gaussian().target(new Spec('float32', ['n', 3])), {
    message: 'gaussian: expected float outputs [n,...,2k], got float32[n,3]; a mean and a log-variance for every target',
  });
  t.is(String(gaussian().target(new Spec('float32', ['n', 'T', 6]))), 'float32[n,T,3]');
  t.throws(() => poisson().target(new Spec('float32', ['n'])), { message: 'poisson: expected float outputs [n,...,o], got float32[n]' });
});

test('options out of range are one clear sentence', (t) => {
  t.throws(() => crossEntropy({ labelSmoothing: 1 }), { message: 'crossEntropy: expected labelSmoothing to be a number in [0, 1), got 1' });
  t.throws(() => huber({ delta: 0 }), { message: 'huber: expected delta to be a number in (0, inf), got 0' });
  t.throws(() => gaussian({ varianceFloor: 0 }), {
    message: 'gaussian: expected varianceFloor to be a number in [1e-20, inf), got 0',
  });
});

test('a custom loss whose value is no term per example says so', (t) => {
  const total = custom('total', (z, y) => z.sub(y).square().sum());
  const spec = new Spec('float64', ['n', 2]);
  t.throws(() => trace((z: Value, y: Value) => total.value(z, y), [spec, spec]), {
    message: 'total: expected terms float64[n] from outputs float64[n,2], got float64[]; reduce the last axis alone, with sum(-1)',
  });
  const wide = new Spec('float64', ['n', 3]);
  t.throws(() => trace((z: Value, y: Value) => total.value(z, y), [spec, wide]), {
    message: 'total: expected targets float64[n,2] next to outputs float64[n,2], got float64[n,3]',
  });
});
