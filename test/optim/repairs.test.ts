import test from 'ava';
import { type AdamQlrOptions, adamqlr } from '../../lib/optim/adamqlr.js';
import { levenbergMarquardt } from '../../lib/optim/damping/levenberg-marquardt.js';
import { adamDirection } from '../../lib/optim/directions/adam.js';
import { type Prediction, predictChosen, predictTaken } from '../../lib/optim/line-model.js';
import { optimizer } from '../../lib/optim/optimizer.js';
import type { UpdateRule } from '../../lib/optim/parts.js';
import { quadraticStep } from '../../lib/optim/steps/quadratic.js';
import { clippedUpdate } from '../../lib/optim/updates/clip.js';
import { unscaledDecay } from '../../lib/optim/updates/decay.js';
import { envelope } from '../../lib/optim/updates/envelope.js';
import { engines } from '../engine.js';
import { parabola, rosenbrock } from './functions.js';
import { mlpRun } from './mlp-problem.js';
import { flat, type Problem, run, type Step } from './run.js';

/** The classification problem of the oracle files. */
const classification = () => mlpRun('ce');

const losses = (steps: readonly Step[]) => steps.map(({ stats }) => stats.loss!);
const rises = (steps: readonly Step[]) => losses(steps).filter((loss, i, all) => i > 0 && loss > all[i - 1]!).length;

/** AdamQLR on the Hessian with lambda = 0, judged all the same, whose updates a rule changes. */
const judged = (rule: UpdateRule, prediction: Prediction) =>
  optimizer({
    name: 'judged',
    batchSize: 1,
    direction: adamDirection({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }),
    stepSize: quadraticStep('hessian'),
    damping: levenbergMarquardt({
      initialDamping: 0,
      dampingDecrease: 0.5,
      dampingIncrease: 2,
      dampingRange: [0, 0],
      lowerOnAscent: false,
      raiseAtStandstill: false,
    }),
    updates: [rule],
    prediction,
  });

for (const { name, engine } of engines) {
  test(`${name}: at negative curvature the quadratic step goes up; a saddle-free step goes down on a model that goes down`, (t) => {
    const before = run(engine, adamqlr.paper({ curvature: 'hessian' }), rosenbrock(), 47).end;
    const published = run(engine, adamqlr.paper({ curvature: 'hessian' }), rosenbrock(), 1, before).steps[0]!.stats;
    const repaired = run(engine, adamqlr.hessian({ saddleFree: true }), rosenbrock(), 1, before).steps[0]!.stats;
    t.true(published.curvature! < 0 && published.learningRate! < 0 && published.modelChange! > 0);
    t.is(repaired.learningRate, -published.learningRate!);
    const downhill = (1.5 * repaired.gradDirection! ** 2) / repaired.curvature!; // slope alpha + 1/2 bend alpha^2, both below 0
    t.true(Math.abs(repaired.modelChange! / downhill - 1) <= 1e-12);
  });

  test(`${name}: with little damping the learning rate explodes where the softmax saturates; a range holds it`, (t) => {
    const published = run(engine, adamqlr.paper({ initialDamping: 0 }), classification(), 50).steps.at(-1)!.stats;
    t.true(published.learningRate! > 14 && published.learningRate! < 15);
    for (const { stats } of run(engine, adamqlr.undamped({ learningRateRange: [0, 1] }), classification(), 50).steps) {
      t.true(stats.learningRate! >= 0 && stats.learningRate! <= 1);
    }
  });

  for (const options of [{ rejectAscent: true }, { dampingRule: 'decreasing-loss' }] satisfies AdamQlrOptions[]) {
    test(`${name}: the published rule takes steps that raise the loss; ${JSON.stringify(options)} takes them back, state and all`, (t) => {
      const published = run(engine, adamqlr.paper(), classification(), 40).steps;
      t.true(rises(published) >= 2 && published[2]!.stats.loss! < 1.05 && published[3]!.stats.loss! > 1.39);

      const optimizer = adamqlr(options);
      const { steps } = run(engine, optimizer, classification(), 40);
      t.is(rises(steps), 0);
      t.true(steps.every((step) => step.committed));
      const rejected = steps.findIndex(({ stats }) => stats.kept === 0);
      t.true(rejected > 0, 'there is a step to reject');
      const before = run(engine, optimizer, classification(), rejected).end;
      const after = run(engine, optimizer, classification(), 1, before).end;
      type State = { readonly direction: Problem['params']; readonly damping: { readonly lambda: ArrayLike<number> } };
      const [old, now] = [before.state as State, after.state as State];
      t.deepEqual(flat(after.params), flat(before.params));
      t.deepEqual(flat(now.direction), flat(old.direction));
      t.is(now.damping.lambda[0], 2 * old.damping.lambda[0]!);
    });
  }

  test(`${name}: a step into numbers that are none is rejected, and training goes on`, (t) => {
    // A learning rate so amplified that f overflows: infinity - f is no decrease, and is taken back.
    const wild = adamqlr.hessian({ rejectAscent: true, amplification: 1e160 });
    const { steps, end } = run(engine, wild, rosenbrock(), 3);
    t.true(steps.every((step) => step.stats.kept === 0 && step.committed));
    t.deepEqual(flat(end.params), [1, -1]);
    t.is(steps[2]!.stats.damping, 8e-3);
  });

  test(`${name}: an averaged curvature that starts from 1e7 stands still; one that starts from the first value does not`, (t) => {
    const published = run(engine, adamqlr.paper({ curvatureAverage: 0.5 }), classification(), 10).steps;
    const repaired = run(engine, adamqlr({ curvatureAverage: 0.5 }), classification(), 10).steps;
    const plain = run(engine, adamqlr(), classification(), 1).steps;
    t.true(Math.abs(published[0]!.stats.learningRate! - 3e-7) < 1e-8);
    t.is(repaired[0]!.stats.learningRate, plain[0]!.stats.learningRate);
    t.true(published[9]!.stats.loss! > 1.049 && repaired[9]!.stats.loss! < 0.8, `${losses(repaired)}`);
  });

  test(`${name}: an averaged learning rate that starts from 0 shortens the first step; one that starts from the first value does not`, (t) => {
    const first = (optimizer: ReturnType<typeof adamqlr>) => run(engine, optimizer, classification(), 1).steps[0]!.stats.learningRate!;
    t.is(first(adamqlr.paper({ learningRateAverage: 0.75 })), 0.25 * first(adamqlr()));
    t.is(first(adamqlr({ learningRateAverage: 0.75 })), first(adamqlr()));
  });

  test(`${name}: the first step of a warm-up goes nowhere; the published rule raises lambda for it, the repaired one does not`, (t) => {
    const published = run(engine, adamqlr.paper({ warmupSteps: 5 }), classification(), 1).steps[0]!;
    const repaired = run(engine, adamqlr({ warmupSteps: 5 }), classification(), 1).steps[0]!;
    for (const { stats, params, committed } of [published, repaired]) {
      t.true(stats.updateNorm === 0 && stats.trueChange === 0 && committed);
      t.deepEqual(flat(params), Object.values(classification().params).flat());
    }
    t.is(published.stats.damping, 2e-3);
    t.is(repaired.stats.damping, 1e-3);
  });

  test(`${name}: steps too short to change the loss: the published lambda grows without end, the repaired one stays`, (t) => {
    const options = { amplification: 1e-30 };
    const published = run(engine, adamqlr.paper(options), classification(), 10).steps;
    const repaired = run(engine, adamqlr(options), classification(), 10).steps;
    for (const { stats } of [...published, ...repaired]) t.true(stats.updateNorm! > 0 && stats.trueChange === 0);
    t.is(published.at(-1)!.stats.damping, 1e-3 * 2 ** 10);
    t.is(repaired.at(-1)!.stats.damping, 1e-3);
  });

  test(`${name}: clipped updates: the published rho blames the model for steps it never took, the repaired one does not`, (t) => {
    const published = run(engine, adamqlr.paper({ updateClip: 0.05 }), classification(), 8).steps.map(({ stats }) => stats);
    const repaired = run(engine, adamqlr({ updateClip: 0.05 }), classification(), 8).steps.map(({ stats }) => stats);
    t.true(published.every(({ rho }) => rho! < 0.25));
    t.is(published.at(-1)!.damping, 1e-3 * 2 ** 8);
    t.true(repaired.every(({ rho }) => rho! > 0.75));
    t.is(repaired.at(-1)!.damping, 1e-3 * 2 ** -8);
  });

  for (const [what, rule] of [
    ['decay', unscaledDecay(0.1)],
    ['a clip', clippedUpdate(0.1)],
    ['an envelope', envelope({ warmupSteps: 3, totalSteps: 40 })],
  ] as const) {
    test(`${name}: on a quadratic the model knows the step after ${what}: rho is 1, and is not by the published rule`, (t) => {
      const rhos = (prediction: Prediction) =>
        run(engine, judged(rule, prediction), parabola(), 8)
          .steps.slice(1)
          .map(({ stats }) => stats.rho!);
      for (const rho of rhos(predictTaken)) t.true(Math.abs(rho - 1) <= 1e-9, `rho ${rho}`);
      t.true(rhos(predictChosen).some((rho) => Math.abs(rho - 1) > 0.05));
    });
  }

  test(`${name}: rho against the undamped model: 1 on a quadratic whatever lambda, and less than 1 by the damped one`, (t) => {
    const options = { initialDamping: 1, dampingDecrease: 1, dampingIncrease: 1 };
    for (const { stats } of run(engine, adamqlr.hessian({ ...options, undampedPrediction: true }), parabola(), 5).steps)
      t.true(Math.abs(stats.rho! - 1) <= 1e-9);
    for (const { stats } of run(engine, adamqlr.hessian(options), parabola(), 5).steps) t.true(stats.rho! > 1.1);
  });

  test(`${name}: damping every third step: lambda moves then only, and rho is known then only`, (t) => {
    const every = run(engine, adamqlr({ dampingInterval: 3 }), classification(), 7).steps.map(({ stats }) => stats);
    t.deepEqual(
      every.map(({ rho, trueChange }) => Number.isFinite(rho) && Number.isFinite(trueChange)),
      [false, false, true, false, false, true, false],
    );
    t.deepEqual(
      every.map(({ damping }, i) => damping !== (i === 0 ? 1e-3 : every[i - 1]!.damping)),
      every.map(({ rho }) => rho! > 0.75 || rho! < 0.25),
    );
    t.true(every.some(({ damping }) => damping !== 1e-3));
    t.deepEqual(
      every.slice(0, 3).map(({ learningRate }) => learningRate),
      run(engine, adamqlr({ dampingIncrease: 1, dampingDecrease: 1 }), classification(), 3).steps.map(({ stats }) => stats.learningRate),
    );
  });
}
