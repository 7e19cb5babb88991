import test from 'ava';
import { crossEntropy } from '../../lib/losses/cross-entropy.js';
import { mlp } from '../../lib/nn/mlp.js';
import { adam } from '../../lib/optim/adam.js';
import { Trainer } from '../../lib/train/trainer.js';
import { blobs } from './blobs.js';

const train = blobs(103);

const trainer = () => new Trainer({ model: mlp([2, 4]), loss: crossEntropy(), optimizer: adam(), seed: 3 });

test('callbacks see every report in order, before it is handed out, and the history that has it', async (t) => {
  using learner = trainer();
  const seen: string[] = [];
  const late = async ({ step }: { step: number }) => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    seen.push(`second ${step}`);
  };
  const callbacks = [({ step }: { step: number }, of: Trainer) => void seen.push(`first ${step} ${of.history.length} ${of.steps}`), late];
  for await (const { step } of learner.fit(train, { epochs: 2, batchSize: 60, callbacks })) seen.push(`out ${step}`);
  t.deepEqual(seen, ['first 2 1 2', 'second 2', 'out 2', 'first 4 2 4', 'second 4', 'out 4']);
});

test("'stop' from any callback ends training after the report, all callbacks called", async (t) => {
  using learner = trainer();
  let called = 0;
  const list = await learner.train(train, {
    epochs: 9,
    callbacks: [({ epoch }) => (epoch === 3 ? 'stop' : undefined), () => void called++],
  });
  t.deepEqual([list.length, called, learner.history.length], [3, 3, 3]);
  t.is((await learner.train(train, { epochs: 9, resume: true })).length, 6);
});

test('an error in a callback rejects the loop and leaves the trainer usable', async (t) => {
  using learner = trainer();
  const error = new Error('mine');
  const callbacks = [async () => Promise.reject(error)];
  t.is(await t.throwsAsync(learner.train(train, { epochs: 3, callbacks })), error);
  t.is((await learner.train(train, { epochs: 3, resume: true })).length, 2);
  t.is((await learner.train(train, { epochs: 1 })).length, 1);
});
