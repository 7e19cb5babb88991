import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { csv } from '../../lib/data/csv/csv.js';
import { squaredError } from '../../lib/losses/squared-error.js';
import { mlp } from '../../lib/nn/mlp.js';
import { adam } from '../../lib/optim/adam.js';
import { loadModel } from '../../lib/train/model.js';
import { Trainer } from '../../lib/train/trainer.js';
import { temporaryFile, temporaryFolder } from '../data/idx-file.js';

const COLORS = ['red', 'blue', 'green'];
const lines = ['x,color,y', ...Array.from({ length: 300 }, (_, i) => `${i},${COLORS[i % 3]},${1000 + 3.5 * i + 20 * (i % 3)}`)];
const rows = [
  { x: 3, color: 'blue' },
  { x: '11.5', color: ' red', other: 1 },
  { x: null, color: 'green' },
];

const tableOf = (t: ExecutionContext) => temporaryFile(t, 't.csv', Buffer.from(lines.join('\n')));
const OPTIONS = { target: 'y', stream: true, impute: 'mean' } as const;
const learner = (inputs: number) =>
  new Trainer({ model: mlp([inputs, 8, 1]), loss: squaredError(), optimizer: adam({ learningRate: 0.02 }), seed: 2 });

test('a table that is streamed: trained, saved, loaded, and asked for raw rows', async (t) => {
  const path = tableOf(t);
  const task = await csv(path, OPTIONS);
  using trainer = learner(task.layers[0]!);
  const history = await trainer.train(task.train, { epochs: 60, batchSize: 15, chunkSize: 60, validation: task.validation! });
  t.true(history.at(-1)!.validationLoss! < 0.1 * history[0]!.validationLoss!);
  const file = join(temporaryFolder(t), 'model.safetensors');
  await trainer.save(file);
  using model = await loadModel(file);
  const answers = await model.predict(rows);
  t.deepEqual(answers, await trainer.predict(rows));
  for (const [i, x] of [3, 11.5].entries())
    t.true(Math.abs((answers[i] as { value: number }).value - 1000 - 3.5 * x) < 150, JSON.stringify(answers));
  const scores = await trainer.evaluate(task.test);
  t.deepEqual(await model.evaluate(task.test), scores);
  const { test: inMemory } = await csv(path, { ...OPTIONS, stream: false });
  t.true(Math.abs((await model.evaluate(inMemory)).loss / scores.loss - 1) < 1e-12);
});

(existsSync('/proc/self/fd') ? test : test.skip)('the file of a streamed table is closed however a loop ends', async (t) => {
  const path = tableOf(t);
  const opened = () =>
    readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === path;
      } catch {
        return false; // closed since it was listed
      }
    });
  const task = await csv(path, OPTIONS);
  using trainer = learner(task.layers[0]!);
  const options = { epochs: 3, batchSize: 15, chunkSize: 30, report: { every: 3 }, validation: task.validation! };
  for await (const _ of trainer.fit(task.train, options)) break;
  const signal = AbortSignal.timeout(30);
  await t.throwsAsync(trainer.train(task.train, { ...options, epochs: 10_000, signal }), { any: true });
  await trainer.evaluate(task.test);
  for (let i = 0; i < 100 && opened().length > 0; i++) await wait(10);
  t.deepEqual(opened(), []);
});
