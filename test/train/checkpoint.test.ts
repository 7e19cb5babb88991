import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { readSafetensors, type Tensor, writeSafetensors } from '../../lib/checkpoint/safetensors.js';
import { csv } from '../../lib/data/csv/csv.js';
import type { FloatDType } from '../../lib/graph/dtype.js';
import type { Value } from '../../lib/graph/node.js';
import { SCALAR, StateDefinition } from '../../lib/graph/state.js';
import { crossEntropy } from '../../lib/losses/cross-entropy.js';
import { squaredError } from '../../lib/losses/squared-error.js';
import type { Layer } from '../../lib/nn/layer.js';
import { linear } from '../../lib/nn/linear.js';
import { mlp } from '../../lib/nn/mlp.js';
import { sequential } from '../../lib/nn/sequential.js';
import { adam } from '../../lib/optim/adam.js';
import { adamqlr } from '../../lib/optim/adamqlr.js';
import type { Optimizer } from '../../lib/optim/optimizer.js';
import type { FitOptions } from '../../lib/train/fit-options.js';
import { loadModel } from '../../lib/train/model.js';
import type { Report } from '../../lib/train/report.js';
import { Trainer } from '../../lib/train/trainer.js';
import type { TrainerOptions } from '../../lib/train/trainer-options.js';
import { temporaryFile, temporaryFolder } from '../data/idx-file.js';
import { blobs } from './blobs.js';
import { CountedAbort, stateBits, timeless } from './interruption.js';

const train = blobs(103),
  held = blobs(57, 1000);
/** Four batches of an epoch, the last one smaller, with reports inside epochs. */
const OPTIONS: FitOptions = { epochs: 4, batchSize: 30, stepsPerCall: 1, report: { every: 5 }, validation: held };

const pathOf = (t: ExecutionContext) => join(temporaryFolder(t), 'checkpoint.safetensors');

function trainerOf(options: Partial<TrainerOptions> = {}): Trainer {
  return new Trainer({ model: mlp([2, 8, 4]), loss: crossEntropy(), optimizer: adamqlr(), seed: 3, ...options });
}

/** Reports until the end or an interruption. */
async function reports(of: Trainer, options: FitOptions): Promise<Report[]> {
  const list: Report[] = [];
  try {
    for await (const report of of.fit(train, options)) list.push(report);
  } catch (error) {
    if (error !== options.signal?.reason) throw error;
  }
  return list;
}

const OPTIMIZERS: readonly [name: string, make: () => Optimizer][] = [
  ['adamqlr', adamqlr],
  ['adam', adam],
];
for (const [name, make] of OPTIMIZERS) {
  for (const dtype of ['float32', 'float64'] as const satisfies FloatDType[]) {
    test(`${name}, ${dtype}: stopped inside an epoch, saved, restored elsewhere and resumed equals an uninterrupted run bit for bit`, async (t) => {
      using whole = trainerOf({ optimizer: make(), dtype });
      const list = await reports(whole, OPTIONS);
      for (const ask of [4, 13, 19]) {
        using broken = trainerOf({ optimizer: make(), dtype });
        const first = await reports(broken, { ...OPTIONS, signal: new CountedAbort(ask) });
        t.not(broken.steps % 4, 0, 'inside an epoch');
        const path = pathOf(t);
        await broken.save(path, { checkpoint: true });
        using other = trainerOf({ optimizer: make(), dtype, seed: 99 });
        await other.restore(path);
        t.is(stateBits(other), stateBits(broken));
        const rest = await reports(other, { ...OPTIONS, resume: true });
        t.deepEqual([...first, ...rest].map(timeless), list.map(timeless));
        t.deepEqual(other.history.map(timeless), whole.history.map(timeless));
        t.is(stateBits(other), stateBits(whole));
        using model = await loadModel(path);
        t.deepEqual(await model.predict(held.features), await broken.predict(held.features), 'a checkpoint is a model file too');
      }
    });
  }
}

test('a checkpoint of a loop in progress is its state at that report', async (t) => {
  using whole = trainerOf();
  const path = pathOf(t);
  for await (const { step } of whole.fit(train, OPTIONS)) if (step === 5) await whole.save(path, { checkpoint: true });
  using other = trainerOf();
  await other.restore(path);
  t.is(other.steps, 5);
  await reports(other, { ...OPTIONS, resume: true });
  t.is(stateBits(other), stateBits(whole));
});

/** Counts its passes in training and adds nothing: a layer with a state of its own, and without a spec. */
const counting: Layer = {
  name: 'counting',
  init: (input) => ({ output: input, params: {}, state: { passes: new StateDefinition(SCALAR, 0) } }),
  apply(_params, state, x, { mode }) {
    const { passes } = state as { passes: Value };
    return [x, { passes: mode === 'train' ? passes.add(1) : passes }];
  },
};

test('a model with a state of its own and without a spec resumes too', async (t) => {
  const model = sequential(linear(2, 4), counting);
  using whole = trainerOf({ model });
  await reports(whole, OPTIONS);
  using broken = trainerOf({ model });
  await reports(broken, { ...OPTIONS, signal: new CountedAbort(13) });
  const path = pathOf(t);
  await broken.save(path, { checkpoint: true });
  const passes = (await readSafetensors(path)).tensors.get('model.1.passes');
  t.true(passes?.dtype === 'float64' && passes.data[0]! > 0);
  using other = trainerOf({ model });
  await other.restore(path);
  await reports(other, { ...OPTIONS, resume: true });
  t.is(stateBits(other), stateBits(whole));
});

test('a restored trainer answers rows and can be saved again', async (t) => {
  const lines = ['x,color,y', ...Array.from({ length: 90 }, (_, i) => `${i},${['red', 'blue'][i % 2]},${2 * i + 0.5}`)];
  const task = await csv(temporaryFile(t, 't.csv', Buffer.from(lines.join('\n'))), { target: 'y' });
  const options = { model: mlp([task.layers[0]!, 4, 1]), loss: squaredError() };
  using trainer = trainerOf(options);
  for await (const _ of trainer.fit(task.train, { epochs: 2 }));
  const [path, again] = [pathOf(t), pathOf(t)];
  await trainer.save(path, { checkpoint: true });
  using other = trainerOf(options);
  await other.restore(path);
  const rows = [{ x: 1, color: 'red' }];
  t.deepEqual(await other.predict(rows), await trainer.predict(rows));
  await other.save(again, { checkpoint: true });
  t.deepEqual(await readSafetensors(again), await readSafetensors(path));
});

test('after early stopping the model of a file is the best one, and its checkpoint goes on with the last one', async (t) => {
  const options: FitOptions = { ...OPTIONS, epochs: 40, report: { every: 'epoch' }, earlyStopping: { patience: 1 } };
  using trainer = trainerOf({ optimizer: adam({ learningRate: 0.5 }) });
  await reports(trainer, options);
  t.true(trainer.best!.step < trainer.steps, 'the best is not the last');
  const [path, checkpoint] = [pathOf(t), pathOf(t)];
  await trainer.save(path);
  await trainer.save(checkpoint, { checkpoint: true });
  t.true([...(await readSafetensors(checkpoint)).tensors.keys()].includes('training.params.0.weight'));
  for (const file of [path, checkpoint]) {
    using model = await loadModel(file);
    t.deepEqual(await model.predict(held.features), await trainer.predict(held.features));
    t.is((await model.evaluate(held)).loss, trainer.best!.validationLoss!);
  }
  using other = trainerOf({ optimizer: adam({ learningRate: 0.5 }) });
  await other.restore(checkpoint);
  t.deepEqual(await other.predict(held.features), await trainer.predict(held.features));
  t.is(stateBits(other), stateBits(trainer));
  const longer = { ...options, resume: true, earlyStopping: { patience: 5 } };
  const lists = [await reports(trainer, longer), await reports(other, longer)];
  t.true(lists[0]!.length > 0);
  t.deepEqual(lists[1]!.map(timeless), lists[0]!.map(timeless));
  t.is(stateBits(other), stateBits(trainer));
});

test('a model file holds averages, a checkpoint also the parameters that are trained', async (t) => {
  const averaging = { decay: 0.9 };
  using whole = trainerOf({ averaging });
  await reports(whole, OPTIONS);
  using broken = trainerOf({ averaging });
  await reports(broken, { ...OPTIONS, signal: new CountedAbort(13) });
  t.notDeepEqual(broken.parameters(), broken.parameters({ raw: true }));
  const [path, checkpoint] = [pathOf(t), pathOf(t)];
  await broken.save(path);
  await broken.save(checkpoint, { checkpoint: true });
  t.deepEqual((await readSafetensors(path)).tensors.get('params.0.weight')?.data, broken.parameters()['0.weight']!.data);
  for (const file of [path, checkpoint]) {
    using model = await loadModel(file);
    t.deepEqual(await model.predict(held.features), await broken.predict(held.features));
  }
  using other = trainerOf({ averaging });
  await other.restore(checkpoint);
  t.is(stateBits(other), stateBits(broken));
  await reports(other, { ...OPTIONS, resume: true });
  t.is(stateBits(other), stateBits(whole));
  t.deepEqual(other.parameters(), whole.parameters());
  using plain = trainerOf();
  await t.throwsAsync(plain.restore(checkpoint), { message: /model and optimizer, got .*'averagePower' besides/ });
});

type Change = (file: { tensors: Map<string, Tensor>; metadata: Record<string, string> }) => void;
const order =
  (change: (order: Int32Array) => void): Change =>
  ({ tensors }) =>
    change(tensors.get('order')!.data as Int32Array);
const bad: [name: string, other: Partial<TrainerOptions>, change: Change, message: RegExp][] = [
  [
    'a model file',
    {},
    ({ metadata }) => (metadata['progress'] = 'null'),
    /expected a checkpoint, got a model without its training state; save \{ checkpoint: true \}$/,
  ],
  ['another dtype', { dtype: 'float64' }, () => {}, /expected a checkpoint of this trainer's dtype, got 'float32' in place of 'float64'$/],
  ['another optimizer', { optimizer: adam() }, () => {}, /this trainer's optimizer, got 'adamqlr' in place of 'adam'$/],
  [
    'another activation',
    { model: mlp([2, 8, 4], { activation: 'tanh' }) },
    () => {},
    /this trainer's model, got layers\[1\]\.layer 'relu' in place of 'tanh'$/,
  ],
  ['other sizes', { model: mlp([2, 9, 4]) }, () => {}, /this trainer's model, got layers\[0\]\.outputs 8 in place of 9$/],
  ['more layers', { model: mlp([2, 8, 8, 4]) }, () => {}, /this trainer's model, got layers a list of 3 in place of a list of 5$/],
  [
    'another loss',
    { loss: crossEntropy({ labelSmoothing: 0.1 }) },
    () => {},
    /this trainer's loss, got labelSmoothing 0 in place of 0\.1$/,
  ],
  ['no spec here', { model: sequential(linear(2, 4), counting) }, () => {}, /this trainer's model, got an object in place of undefined$/],
  [
    'other features',
    {},
    ({ metadata }) => (metadata['features'] = '{"shape":[3],"dtype":"float32","standardization":null}'),
    /got features \[3\]: 'linear: exp/,
  ],
  ['a missing tensor', {}, ({ tensors }) => tensors.delete('params.0.bias'), /model and optimizer, got no 'params\.0\.bias'$/],
  [
    'an optimizer of other options',
    { optimizer: adamqlr({ dampingInterval: 3 }) },
    () => {},
    /expected the tensors of this trainer's model and optimizer, got no 'optimizer\./,
  ],
  [
    'an order beyond the data',
    {},
    order((rows) => (rows[7] = 103)),
    /checkpoint\.safetensors: expected an order of examples in \[0, 103\), got 103$/,
  ],
  [
    'an order below the data',
    {},
    order((rows) => (rows[7] = -1)),
    /checkpoint\.safetensors: expected an order of examples in \[0, 103\), got -1$/,
  ],
  [
    'a cursor beyond the data',
    {},
    ({ tensors }) => (tensors.get('cursor')!.data[0] = 104),
    /checkpoint\.safetensors: expected a cursor in \[0, 103\], got 104$/,
  ],
  [
    'progress that is none',
    {},
    ({ metadata }) => (metadata['progress'] = '{}'),
    /checkpoint\.safetensors: expected input to be the shape of an example, got undefined$/,
  ],
];
for (const [name, options, change, message] of bad) {
  test(`restore refuses ${name} and changes nothing`, async (t) => {
    using trainer = trainerOf();
    await reports(trainer, { epochs: 1, batchSize: 30 });
    const path = pathOf(t);
    await trainer.save(path, { checkpoint: true });
    const { tensors, metadata } = await readSafetensors(path);
    const file = { tensors: new Map(tensors), metadata: { ...metadata } };
    change(file);
    await writeSafetensors(path, file);
    using other = trainerOf({ seed: 8, ...options });
    for await (const _ of other.fit(train, { epochs: 1, batchSize: 50 }));
    const bits = stateBits(other);
    const error = await t.throwsAsync(other.restore(path), { instanceOf: TypeError, message });
    t.regex(error!.message, /^\/[^\n]*checkpoint\.safetensors[^\n]*$/);
    t.is(stateBits(other), bits);
  });
}

test('a trainer that is busy or disposed does not restore', async (t) => {
  using trainer = trainerOf();
  const path = pathOf(t);
  for await (const _ of trainer.fit(train, { epochs: 1 })) {
    await trainer.save(path, { checkpoint: true });
    t.throws(() => trainer.restore(path), { message: /expected an idle trainer/ });
  }
  const loading = trainer.restore(path);
  const loop = trainer.fit(train, { epochs: 2 });
  await loop.next();
  await t.throwsAsync(loading, { message: /expected an idle trainer/ });
  await loop.return?.();
  trainer.dispose();
  t.throws(() => trainer.restore(path), { message: /got a disposed one/ });
  await t.throwsAsync(trainer.save(path), { message: /got a disposed one/ });
});
