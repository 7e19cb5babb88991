import test from 'ava';
import { crossEntropy } from '../../lib/losses/cross-entropy.js';
import { gaussianNoise } from '../../lib/nn/augment/index.js';
import { mlp } from '../../lib/nn/mlp.js';
import { adam } from '../../lib/optim/adam.js';
import { adamqlr } from '../../lib/optim/adamqlr.js';
import type { Optimizer } from '../../lib/optim/optimizer.js';
import { cosine, linear, warmUp } from '../../lib/optim/schedules/index.js';
import type { FitOptions } from '../../lib/train/fit-options.js';
import { Trainer } from '../../lib/train/trainer.js';
import type { TrainerOptions } from '../../lib/train/trainer-options.js';
import { blobs } from './blobs.js';
import { CountedAbort, reports, stateBits, stored, timeless } from './interruption.js';

const train = blobs(103),
  held = blobs(57, 1000);
/** Four batches of an epoch, the last one smaller: 12 steps, with reports inside epochs. */
const OPTIONS: FitOptions = { epochs: 3, batchSize: 30, stepsPerCall: 1, report: { every: 5 }, validation: held };
const STEPS = 12;

function trainer(optimizer: Optimizer = adamqlr(), seed = 3, parts: Partial<TrainerOptions> = {}): Trainer {
  return new Trainer({ model: mlp([2, 4]), loss: crossEntropy(), optimizer, seed, ...parts });
}

type Row = {
  readonly name: string;
  readonly optimizer: () => Optimizer;
  readonly fit?: Partial<FitOptions>;
  readonly trainer?: Partial<TrainerOptions>;
};

const ROWS: readonly Row[] = [
  { name: 'adamqlr', optimizer: adamqlr },
  { name: 'adamqlr that judges every third step', optimizer: () => adamqlr({ dampingInterval: 3 }) },
  { name: 'adam', optimizer: adam },
  {
    name: 'early stopping of averages on a share',
    optimizer: () => adam({ learningRate: 3 }),
    trainer: { averaging: { decay: 0.8 } },
    fit: { validation: 0.3, epochs: 4, report: { every: 2 }, earlyStopping: { patience: 3 } },
  },
  {
    name: 'schedules and noise',
    optimizer: adam,
    fit: {
      augment: gaussianNoise(0.2),
      schedules: { learningRate: warmUp({ steps: 5 }, cosine({ from: 0.1 })), beta1: linear({ from: 0.5, to: 0.9 }) },
    },
  },
  {
    name: 'groups judged by the next batch with noise, and a schedule of one group',
    optimizer: () => adamqlr({ dampingBatch: 'next', groups: { bias: { match: (path) => path.endsWith('bias'), beta1: 0.5 } } }),
    fit: { augment: gaussianNoise(0.2), schedules: { 'bias.beta1': linear({ from: 0.5, to: 0.9 }) } },
  },
];

for (const { name, optimizer, fit = {}, trainer: parts = {} } of ROWS) {
  test(`${name}: interrupted at any step and resumed, here or elsewhere, equals uninterrupted training bit for bit`, async (t) => {
    t.timeout(120_000);
    const options = { ...OPTIONS, ...fit };
    using whole = trainer(optimizer(), 3, parts);
    await reports(whole, train, { epochs: 1, batchSize: 40 }); // so that counters do not begin at 0
    const before = stored(whole.snapshot());
    const { list } = await reports(whole, train, options);
    const steps = list.at(-1)!.step;
    const expected = stateBits(whole);
    for (let done = 0; done <= steps; done++) {
      using broken = trainer(optimizer(), 4, parts);
      broken.restore(before);
      const signal = new CountedAbort(done === 0 ? 2 : 2 * done + 1);
      const first = await reports(broken, train, { ...options, signal });
      t.is(first.error, signal.reason);
      using other = trainer(optimizer(), 5, parts);
      other.restore(stored(broken.snapshot()));
      const learner = done % 2 === 0 ? broken : other;
      const rest = await reports(learner, train, { ...options, resume: true });
      t.is(rest.error, null);
      t.deepEqual([...first.list, ...rest.list].map(timeless), list.map(timeless), `after ${done} steps`);
      t.deepEqual(learner.history.map(timeless), whole.history.map(timeless));
      t.is(learner.best?.step, whole.best?.step);
      t.true(stateBits(learner) === expected, `bits after an interruption at step ${done}`);
    }
  });
}

test('a loop that is left at any report can be resumed; seconds go on', async (t) => {
  t.timeout(120_000);
  using whole = trainer();
  const options = { ...OPTIONS, stepsPerCall: 100, report: { every: 1 } };
  await reports(whole, train, options);
  for (let at = 1; at < STEPS; at += 2) {
    using broken = trainer();
    for await (const { step } of broken.fit(train, options)) if (step === at) break;
    const { list } = await reports(broken, train, { ...options, resume: true });
    t.deepEqual(broken.history.map(timeless), whole.history.map(timeless));
    t.is(stateBits(broken), stateBits(whole));
    t.true(list[0]!.seconds > broken.history[at - 1]!.seconds);
  }
});

test('a snapshot taken inside the loop is the state at that report', async (t) => {
  using whole = trainer();
  for await (const { step } of whole.fit(train, OPTIONS)) {
    if (step !== 5) continue;
    using other = trainer();
    other.restore(stored(whole.snapshot()));
    t.is(other.steps, 5);
    const { list } = await reports(other, train, { ...OPTIONS, resume: true });
    t.deepEqual(
      list.map(({ step }) => step),
      [10, 12],
    );
    t.is(other.history.length, 3);
  }
});

test('an abort at any time leaves a call that resumes to the same bits', async (t) => {
  t.timeout(120_000);
  using whole = trainer();
  const long = { epochs: 20_000, batchSize: 30, report: { every: 700 } };
  await reports(whole, train, long);
  using broken = trainer();
  const first = await reports(broken, train, { ...long, signal: AbortSignal.timeout(20) });
  t.truthy(first.error);
  const done = broken.steps;
  t.true(done < 80_000, `${done}`);
  let aborts = 1;
  while ((await reports(broken, train, { ...long, resume: true, signal: AbortSignal.timeout(40) })).error !== null) aborts++;
  t.log(`${aborts} aborts, the first after ${done} steps`);
  t.deepEqual(broken.history.map(timeless), whole.history.map(timeless));
  t.true(stateBits(broken) === stateBits(whole));
});

test('a call that was done can go on to more epochs', async (t) => {
  using whole = trainer();
  using later = trainer();
  await reports(whole, train, { epochs: 5, batchSize: 30 });
  await reports(later, train, { epochs: 2, batchSize: 30 });
  const { list } = await reports(later, train, { epochs: 5, resume: true });
  t.deepEqual(
    list.map(({ epoch }) => epoch),
    [3, 4, 5],
  );
  t.is(stateBits(later), stateBits(whole));
});

test('without resume a call begins a new epoch', async (t) => {
  using learner = trainer();
  for await (const _ of learner.fit(train, { ...OPTIONS, report: { every: 2 } })) break;
  const { list } = await reports(learner, train, { epochs: 1, batchSize: 30 });
  t.deepEqual([list[0]!.step, list[0]!.epoch, learner.steps], [4, 1, 6]);
});

test('what cannot be resumed is one sentence', async (t) => {
  using learner = trainer();
  t.throws(() => learner.fit(train, { epochs: 1, resume: true }), {
    message: /^fit: expected an unfinished call of fit to resume, got none/,
  });
  await reports(learner, train, { epochs: 2, batchSize: 30 });
  const rows: [Partial<FitOptions>, RegExp][] = [
    [{ epochs: 2 }, /^fit: expected epochs above the 2 of the call to resume, got 2/],
    [{ epochs: 3, batchSize: 31 }, /^fit: expected batchSize to be 30, as in the call to resume, got 31/],
    [{ epochs: 3, resume: 'yes' as never }, /^fit: expected resume to be true or false, got 'yes'/],
  ];
  for (const [options, message] of rows) t.throws(() => learner.fit(train, { epochs: 3, resume: true, ...options }), { message });
  t.throws(() => learner.fit(held, { epochs: 3, resume: true }), {
    message: /^fit: expected the 103 examples of the call to resume, got 57/,
  });
});

test('a snapshot that does not fit is refused and changes nothing', async (t) => {
  using learner = trainer();
  t.throws(() => learner.snapshot(), { message: /^snapshot: expected a trainer that has seen data/ });
  await reports(learner, train, { epochs: 1, batchSize: 30 });
  const good = stored(learner.snapshot());
  const slots = (change: (map: Map<string, unknown>) => void) => {
    const map = new Map(good.slots);
    change(map);
    return { ...good, slots: map };
  };
  const rows: [unknown, RegExp][] = [
    [null, /^restore: expected a snapshot/],
    [
      slots((map) => map.delete('params.0.weight')),
      /^restore: expected Float32Array of 8 numbers for the slot 'params.0.weight', got none/,
    ],
    [slots((map) => map.set('params.0.weight', new Float64Array(8))), /for the slot 'params.0.weight', got Float64Array of 8/],
    [slots((map) => map.set('order', new Int32Array(5))), /^restore: expected Int32Array of 133 numbers for the slot 'order'/],
    [slots((map) => map.set('optimizer.diretion', new Int32Array(5))), /^restore: expected slots of this model and optimizer/],
    [{ ...good, progress: 'x' }, /^restore: expected progress/],
    [{ ...good, history: [{}] }, /^restore: expected a number 'epoch' in report 1 of history/],
    [{ ...good, history: undefined }, /^restore: expected history to be a list of reports, got undefined/],
    [
      { ...good, progress: { ...(good.progress as object), input: [3] } },
      /^restore: expected .*features \[3\]|^restore: expected a snapshot/,
    ],
  ];
  const bits = stateBits(learner);
  for (const [snapshot, message] of rows) t.throws(() => learner.restore(snapshot as never), { message });
  t.is(stateBits(learner), bits);
  using other = trainer(adam());
  t.throws(() => other.restore(good), { message: /^restore: expected slots of this model and optimizer, got 'optimizer\./ });
});

test('a snapshot keeps numbers that JSON lacks', async (t) => {
  using learner = trainer(adamqlr({ dampingInterval: 3 }));
  await reports(learner, train, { epochs: 2, batchSize: 30, report: { every: 1 } });
  t.true(learner.history.some(({ stats }) => Number.isNaN(stats['trueChange'])));
  using other = trainer(adamqlr({ dampingInterval: 3 }));
  other.restore(stored(learner.snapshot()));
  t.deepEqual(other.history, learner.history);
});
