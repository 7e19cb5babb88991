import test from 'ava';
import type { Dataset } from '../../lib/data/dataset.js';
import { crossEntropy } from '../../lib/losses/cross-entropy.js';
import { squaredError } from '../../lib/losses/squared-error.js';
import { mlp } from '../../lib/nn/mlp.js';
import { adam } from '../../lib/optim/adam.js';
import { judged, type Stopping } from '../../lib/train/early-stopping.js';
import type { FitOptions } from '../../lib/train/fit-options.js';
import type { Report } from '../../lib/train/report.js';
import { Trainer } from '../../lib/train/trainer.js';
import { blobs } from './blobs.js';
import { CountedAbort } from './interruption.js';

const train = blobs(103);
/** Every fifth label is wrong, so that confidence is punished. */
const held: Dataset = {
  ...blobs(57, 1000),
  targets: { ...blobs(57, 1000).targets, data: blobs(57, 1000).targets.data.map((label, i) => (i % 5 === 0 ? (label + 1) % 4 : label)) },
};
const OPTIONS: FitOptions = { epochs: 40, batchSize: 30, validation: held, earlyStopping: { patience: 4 } };

function trainer(): Trainer {
  return new Trainer({ model: mlp([2, 4]), loss: crossEntropy(), optimizer: adam({ learningRate: 1 }), seed: 3 });
}

const bits = (of: Trainer) => JSON.stringify(Object.values(of.parameters()).map(({ data }) => [...data]));

test('training ends after as many reports without improvement, and the best parameters are put back', async (t) => {
  using learner = trainer();
  const seen: string[] = [];
  const list = await learner.train(train, { ...OPTIONS, callbacks: [(_, of) => void seen.push(bits(of))] });
  const losses = list.map(({ validationLoss }) => validationLoss!);
  const best = losses.indexOf(Math.min(...losses));
  t.is(list.length, best + 5);
  t.true(list.length < 40);
  t.is(learner.best, list[best]!);
  t.is(bits(learner), seen[best]!);
  t.not(bits(learner), seen.at(-1)!);
  t.is((await learner.evaluate(held)).loss, losses[best]!);
  const { data } = await learner.predict(held.features);
  using other = trainer();
  other.restore(learner.snapshot());
  t.deepEqual((await other.predict(held.features)).data, data, 'a snapshot has the best parameters too');
});

test('the next call begins with the best parameters', async (t) => {
  using learner = trainer();
  await learner.train(train, OPTIONS);
  const best = bits(learner);
  const signal = new CountedAbort(2);
  await t.throwsAsync(learner.train(train, { epochs: 1, signal }), { is: signal.reason }, 'before the first step');
  t.is(bits(learner), best);
  t.is(learner.best, null, 'a call without early stopping has no best report');
});

test('a loop that is left, stopped by a callback or aborted puts the best parameters back; inside it the last ones are used', async (t) => {
  const reference = trainer();
  const seen: string[] = [];
  const list = await reference.train(train, { ...OPTIONS, callbacks: [(_, of) => void seen.push(bits(of))] });
  reference.dispose();
  const last = list.length - 2;
  const ends: [string, (learner: Trainer) => Promise<unknown>][] = [
    [
      'break',
      async (learner) => {
        for await (const { epoch } of learner.fit(train, OPTIONS)) {
          t.is(bits(learner), seen[epoch - 1]!);
          if (epoch === last) break;
        }
      },
    ],
    ['stop', (learner) => learner.train(train, { ...OPTIONS, callbacks: [({ epoch }) => (epoch === last ? 'stop' : undefined)] })],
    [
      'abort',
      (learner) => {
        const abort = new AbortController();
        const callbacks = [({ epoch }: Report) => void (epoch === last && abort.abort(new Error('enough')))];
        return t.throwsAsync(learner.train(train, { ...OPTIONS, signal: abort.signal, callbacks }), { message: 'enough' });
      },
    ],
  ];
  for (const [name, end] of ends) {
    using learner = trainer();
    await end(learner);
    t.is(bits(learner), seen[learner.best!.epoch - 1]!, name);
    t.not(bits(learner), seen[last - 1]!, name);
  }
});

test('an error puts nothing back', async (t) => {
  using learner = trainer();
  const seen: string[] = [];
  const callbacks = [
    ({ epoch }: Report, of: Trainer) => {
      seen.push(bits(of));
      if (epoch === 9) throw new Error('enough');
    },
  ];
  await t.throwsAsync(learner.train(train, { ...OPTIONS, earlyStopping: { patience: 30 }, callbacks }), { message: 'enough' });
  t.is(bits(learner), seen[8]!);
  t.true(
    (await learner.train(train, { ...OPTIONS, earlyStopping: { patience: 30 }, resume: true })).length > 0,
    'and the call can be resumed',
  );
});

const report = (validationLoss: number, validationAccuracy = 0): Report => ({
  epoch: 1,
  step: 1,
  steps: 1,
  trainLoss: 1,
  validationLoss,
  validationAccuracy,
  learningRate: 1,
  seconds: 0,
  stats: {},
});

test('what counts as better', (t) => {
  const run = (options: Parameters<typeof judged>[0], values: readonly Report[]) => {
    let state: Stopping | null = null;
    return values.map((value) => {
      state = judged(options, state, value);
      return state.waited;
    });
  };
  const loss = { patience: 9, minChange: 0.5, monitor: 'validationLoss' } as const;
  t.deepEqual(
    run(
      loss,
      [3, 2.6, 2.5, 2.4, 2.4, 1].map((x) => report(x)),
    ),
    [0, 1, 2, 0, 1, 0],
  );
  t.deepEqual(
    run(
      { ...loss, minChange: 0 },
      [Number.NaN, 3, Number.NaN, 3, 2].map((x) => report(x)),
    ),
    [1, 0, 1, 2, 0],
  );
  const accuracy = { patience: 9, minChange: 0, monitor: 'validationAccuracy' } as const;
  t.deepEqual(
    run(
      accuracy,
      [0.5, 0.4, 0.6, 0.6].map((x) => report(1, x)),
    ),
    [0, 1, 0, 1],
  );
});

test('early stopping says what it lacks', async (t) => {
  const rows: [Partial<FitOptions>, RegExp][] = [
    [{ earlyStopping: { patience: 2 } }, /^fit earlyStopping: expected a validation set for 'validationLoss', got none; give validation/],
    [{ earlyStopping: {} as never, validation: held }, /^fit earlyStopping: expected patience/],
    [{ earlyStopping: { patience: 0 }, validation: held }, /^fit earlyStopping: expected patience to be an integer in \[1, inf\), got 0/],
    [{ earlyStopping: { patience: 1, minchange: 2 } as never }, /got 'minchange'; did you mean 'minChange'/],
    [{ earlyStopping: { patience: 1, monitor: 'validationLos' as never } }, /did you mean 'validationLoss'/],
    [{ validation: 1.5 }, /^fit: expected validation to be a data set or a share in \(0, 1\), got 1.5/],
    [{ callbacks: 3 as never }, /^fit: expected callbacks to be a list of functions, got 3/],
    [{ callbacks: ['x' as never] }, /^fit: expected callbacks to be a list of functions, got 'x'/],
  ];
  using learner = trainer();
  for (const [options, message] of rows) t.throws(() => learner.fit(train, { epochs: 1, ...options }), { message });
  using regression = new Trainer({ model: mlp([2, 1]), loss: squaredError(), optimizer: adam() });
  const targets = { data: new Float32Array(103), shape: [1], dtype: 'float32' } as const;
  const earlyStopping = { patience: 1, monitor: 'validationAccuracy' } as const;
  t.throws(() => regression.fit({ ...train, targets }, { epochs: 1, validation: 0.2, earlyStopping }), {
    message: /expected a loss that knows accuracies/,
  });
  await learner.train(train, OPTIONS);
  t.throws(() => learner.fit(train, { ...OPTIONS, resume: true }), { message: /expected patience above the 4 reports/ });
  const other = { patience: 50, monitor: 'trainLoss' } as const;
  t.throws(() => learner.fit(train, { ...OPTIONS, resume: true, earlyStopping: other }), { message: /expected monitor 'validationLoss'/ });
});
