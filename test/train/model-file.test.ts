import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { readSafetensors, type Tensor, writeSafetensors } from '../../lib/checkpoint/safetensors.js';
import { csv } from '../../lib/data/csv/csv.js';
import type { Dataset } from '../../lib/data/dataset.js';
import type { FloatDType } from '../../lib/graph/dtype.js';
import { Spec } from '../../lib/graph/node.js';
import { crossEntropy } from '../../lib/losses/cross-entropy.js';
import { custom } from '../../lib/losses/custom.js';
import type { Loss } from '../../lib/losses/loss.js';
import { squaredError } from '../../lib/losses/squared-error.js';
import { classWeighted } from '../../lib/losses/weighted.js';
import { activation } from '../../lib/nn/activation.js';
import { linear } from '../../lib/nn/linear.js';
import { mlp } from '../../lib/nn/mlp.js';
import { sequential } from '../../lib/nn/sequential.js';
import { adam } from '../../lib/optim/adam.js';
import { adamqlr } from '../../lib/optim/adamqlr.js';
import { loadModel } from '../../lib/train/model.js';
import { Trainer } from '../../lib/train/trainer.js';
import type { TrainerOptions } from '../../lib/train/trainer-options.js';
import { temporaryFile, temporaryFolder } from '../data/idx-file.js';
import { blobs } from './blobs.js';

const train = blobs(103),
  held = blobs(57, 1000);

const pathOf = (t: ExecutionContext, name = 'model.safetensors') => join(temporaryFolder(t), name);

async function fitted(options: Partial<TrainerOptions> = {}, data: Dataset = train, epochs = 3): Promise<Trainer> {
  const trainer = new Trainer({ model: mlp([2, 8, 4]), loss: crossEntropy(), optimizer: adamqlr(), seed: 3, ...options });
  for await (const _ of trainer.fit(data, { epochs, batchSize: 30 }));
  return trainer;
}

const LOSSES: readonly [name: string, loss: Loss][] = [
  ['crossEntropy', crossEntropy()],
  ['label smoothing', crossEntropy({ labelSmoothing: 0.1 })],
  ['class weights', classWeighted(crossEntropy(), [1, 2, 0.1, 5])],
];
for (const dtype of ['float32', 'float64'] as const satisfies FloatDType[]) {
  for (const [name, loss] of LOSSES) {
    test(`${dtype}, ${name}: a loaded model predicts and scores bit for bit as the trainer that saved it`, async (t) => {
      using trainer = await fitted({ dtype, loss });
      const path = pathOf(t);
      await trainer.save(path);
      using model = await loadModel(path);
      t.deepEqual(await model.predict(held.features), await trainer.predict(held.features));
      t.deepEqual(await model.evaluate(held), await trainer.evaluate(held));
      const { standardization: _, ...bare } = held.features;
      t.deepEqual(await model.predict(bare), await trainer.predict(held.features), 'standardized as in training');
      t.deepEqual(await model.evaluate({ ...held, features: bare }), await trainer.evaluate(held));
      t.is(model.preprocessing, null);
      const { data, ...kind } = train.features;
      t.deepEqual(model.features, kind);
      t.is(data.length, 206);
    });
  }
}

test('what a model file holds', async (t) => {
  using trainer = await fitted();
  const path = pathOf(t);
  await trainer.save(path);
  const { tensors, metadata } = await readSafetensors(path);
  t.deepEqual([...tensors.keys()].sort(), ['params.0.bias', 'params.0.weight', 'params.2.bias', 'params.2.weight']);
  for (const [name, { shape, data }] of Object.entries(trainer.parameters())) {
    t.deepEqual(tensors.get(`params.${name}`), { dtype: 'float32', shape, data });
  }
  const { adamqlr: version, features, ...rest } = metadata;
  t.regex(version!, /^\d+\.\d+\.\d+/);
  t.deepEqual(JSON.parse(features!), { shape: [2], dtype: 'float32', standardization: { mean: [0.1, -0.1], scale: [1.2, 1.1] } });
  t.deepEqual(rest, {
    format: 'adamqlr model',
    formatVersion: '1',
    optimizer: 'adamqlr',
    dtype: 'float32',
    model:
      '{"layer":"sequential","layers":[{"layer":"linear","inputs":2,"outputs":8,"bias":true},{"layer":"relu"},{"layer":"linear","inputs":8,"outputs":4,"bias":true}]}',
    loss: '{"loss":"crossEntropy","labelSmoothing":0}',
    preprocessing: 'null',
    progress: 'null',
  });
  const other = pathOf(t);
  await trainer.save(other);
  t.true(readFileSync(other).equals(readFileSync(path)), 'equal trainers write equal bytes');
});

test('a file is what the trainer was at the time of the call', async (t) => {
  using trainer = await fitted();
  const path = pathOf(t);
  const before = await trainer.predict(held.features);
  const saved = trainer.save(path);
  for await (const _ of trainer.fit(train, { epochs: 3 }));
  await saved;
  using model = await loadModel(path);
  t.deepEqual(await model.predict(held.features), before);
  for await (const { epoch } of trainer.fit(train, { epochs: 3 })) {
    if (epoch !== 2) continue;
    await trainer.save(path);
    using inside = await loadModel(path);
    t.deepEqual(await inside.predict(held.features), await trainer.predict(held.features));
  }
});

const COLORS = ['red', 'blue', 'green'];
const lines = (target: (i: number) => string) => [
  'x,color,y',
  ...Array.from({ length: 90 }, (_, i) => `${i},${COLORS[i % 3]},${target(i)}`),
];
const rows = [
  { x: 3, color: 'blue' },
  { x: '11.5', color: ' red', other: 1 },
  { x: null, color: 'green' },
];

test('rows of a table in, target units out', async (t) => {
  const task = await csv(temporaryFile(t, 't.csv', Buffer.from(lines((i) => String(1000 + 3.5 * i)).join('\n'))), {
    target: 'y',
    stream: false,
    impute: 'mean',
  });
  using trainer = await fitted({ model: mlp([task.layers[0]!, 8, 1]), loss: squaredError() }, task.train, 200);
  const path = pathOf(t);
  await trainer.save(path);
  using model = await loadModel(path);
  const answers = await model.predict(rows);
  t.deepEqual(answers, await trainer.predict(rows));
  const { target } = task.preprocessing;
  if (target.kind !== 'regression') return t.fail();
  const { data } = await model.predict(model.preprocessing!.features(rows));
  t.deepEqual(
    answers,
    Array.from(data, (z) => ({ value: z * target.scale + target.mean })),
  );
  for (const [i, x] of [3, 11.5].entries())
    t.true(Math.abs((answers[i] as { value: number }).value - 1000 - 3.5 * x) < 15, JSON.stringify(answers));
  t.deepEqual(await model.evaluate(task.test), await trainer.evaluate(task.test));
});

test('rows of a table in, class probabilities out', async (t) => {
  const task = await csv(temporaryFile(t, 't.csv', Buffer.from(lines((i) => (i < 45 ? 'low' : 'high')).join('\n'))), {
    target: 'y',
    stream: false,
    impute: 'mean',
  });
  using trainer = await fitted({ model: mlp([task.layers[0]!, 2]) }, task.train, 100);
  const path = pathOf(t);
  await trainer.save(path);
  using model = await loadModel(path);
  const answers = await model.predict([...rows, { x: 88, color: 'red' }]);
  t.deepEqual(answers, await trainer.predict([...rows, { x: 88, color: 'red' }]));
  t.deepEqual(
    answers.map((answer) => 'class' in answer && answer.class),
    ['low', 'low', answers[2] && 'class' in answers[2] && answers[2].class, 'high'],
  );
  for (const answer of answers) {
    if (!('probabilities' in answer)) return t.fail();
    const { low, high } = answer.probabilities;
    t.true(Math.abs(low! + high! - 1) < 1e-15 && low! >= 0 && high! >= 0);
    t.is(answer.class, low! > high! ? 'low' : 'high');
  }
  await t.throwsAsync(model.predict([{ x: 1, color: 'pink' }]), {
    message: /^row 1: expected a category of column 'color' seen in training/,
  });
  await t.throwsAsync(model.predict([]), { message: /expected at least one row/ });
});

test('what a model or trainer cannot answer', async (t) => {
  using trainer = await fitted();
  const path = pathOf(t);
  await trainer.save(path);
  const model = await loadModel(path);
  await t.throwsAsync(trainer.predict([{ x: 1 }]), {
    message: 'predict: expected features { data, shape, dtype }, got rows for a trainer not fitted to a table',
  });
  await t.throwsAsync(model.predict([{ x: 1 }]), {
    message: 'predict: expected features { data, shape, dtype }, got rows for a model that was not trained on a table',
  });
  await t.throwsAsync(model.predict({ data: new Float32Array(3), shape: [3], dtype: 'float32' }), {
    message: 'predict: expected features of shape [2], got [3]',
  });
  await t.throwsAsync(model.predict({ data: new Float32Array(3), shape: [2], dtype: 'float32' }), {
    message: /^predict: expected one or more whole examples/,
  });
  await t.throwsAsync(model.predict(undefined as never), {
    message: /^predict: expected features \{ data, shape, dtype \}, got undefined/,
  });
  await t.throwsAsync(model.evaluate({} as never), { message: /^evaluate: expected a data set/ });
  model.dispose();
  await t.throwsAsync(model.predict(held.features), { message: /^Model: expected a model in use, got a disposed one/ });
  await t.throwsAsync(model.evaluate(held), { message: /got a disposed one/ });
  const task = await csv(temporaryFile(t, 't.csv', Buffer.from(lines((i) => String(i / 2)).join('\n'))), { target: 'y', stream: false });
  const pair = custom(
    'first output',
    (z, y) => z.mul(0).sum(-1).add(y.sum(-1)).square(),
    ({ dtype, shape }) => new Spec(dtype, [shape[0]!, 1]),
  );
  using two = await fitted({ model: mlp([task.layers[0]!, 2]), loss: pair }, task.train, 1);
  await t.throwsAsync(two.predict(rows.slice(0, 2)), {
    message: /^predict: expected a model of 1 outputs to answer for 'y', got \[2\]; predict from features/,
  });
});

test('a loss without a spec: the model is saved, its evaluation says why not', async (t) => {
  const square = custom(
    'square',
    (z, y) => z.logSumExp(-1).add(y.cast(z.dtype)),
    ({ shape }) => new Spec('int32', shape.slice(0, -1)),
  );
  using trainer = await fitted({ loss: square, optimizer: adam() });
  const path = pathOf(t);
  await trainer.save(path);
  using model = await loadModel(path);
  t.deepEqual(await model.predict(held.features), await trainer.predict(held.features));
  await t.throwsAsync(model.evaluate(held), {
    message: 'evaluate: expected a model saved with a loss of the package, got one with a loss of your own; evaluate with a Trainer',
  });
});

test('a layer without a spec: a sentence on save; a checkpoint instead', async (t) => {
  const model = sequential(
    linear(2, 8),
    activation('sine', (x) => x.tanh().mul(2)),
    linear(8, 4),
  );
  using trainer = await fitted({ model });
  const path = pathOf(t);
  await t.throwsAsync(trainer.save(path), {
    message:
      "save: expected every layer of the model to have a spec, got 'sine' at 1 without one; save { checkpoint: true }, and restore it with a Trainer of the same model",
  });
  await trainer.save(path, { checkpoint: true });
  await t.throwsAsync(loadModel(path), {
    message: /model\.safetensors: expected a model whose layers all have a spec, got a checkpoint of one with a layer of your own; restore/,
  });
  using other = new Trainer({ model, loss: crossEntropy(), optimizer: adamqlr() });
  await other.restore(path);
  t.deepEqual(other.parameters(), trainer.parameters());
});

test('what cannot be saved', async (t) => {
  using trainer = new Trainer({ model: mlp([2, 4]), loss: crossEntropy(), optimizer: adamqlr() });
  await t.throwsAsync(trainer.save(pathOf(t)), { message: /^save: expected a trainer that was fitted to data/ });
  using ready = await fitted();
  await t.throwsAsync(ready.save(undefined as never), { message: 'save: expected the path of a file, got undefined' });
  await t.throwsAsync(ready.save(pathOf(t), { checkpiont: true } as never), {
    message: /^save: expected a known option, got 'checkpiont'; did you mean 'checkpoint'\?/,
  });
  await t.throwsAsync(ready.save(pathOf(t, 'no/folder/x')), { message: /x: expected a file that can be written, got ENOENT$/ });
});

type Change = (file: { tensors: Map<string, Tensor>; metadata: Record<string, string> }) => void;
const put =
  (name: string, value: unknown): Change =>
  ({ metadata }) => {
    metadata[name] = typeof value === 'string' ? value : JSON.stringify(value);
  };
const tensor = (shape: readonly number[], dtype: FloatDType = 'float32'): Tensor => {
  const count = shape.reduce((total, d) => total * d, 1);
  return { dtype, shape, data: dtype === 'float32' ? new Float32Array(count) : new Float64Array(count) };
};
const features = { shape: [2], dtype: 'float32', standardization: null };
const linear24 = { layer: 'linear', inputs: 2, outputs: 4, bias: true };
const changes: [name: string, change: Change, message: RegExp][] = [
  ['another format', put('format', 'pt'), /expected a model file of adamqlr, got a safetensors file of another kind$/],
  ['no format', ({ metadata }) => delete metadata['format'], /got a safetensors file of another kind$/],
  [
    'a newer version',
    put('formatVersion', '2'),
    /expected a model file of format version 1, got one of version 2; update adamqlr to read it$/,
  ],
  ['a version that is none', put('formatVersion', 'x'), /expected formatVersion to be an integer >= 1, got 'x'$/],
  ['no dtype', ({ metadata }) => delete metadata['dtype'], /expected dtype to be 'float32' or 'float64', got undefined$/],
  [
    'a dtype that is none',
    put('dtype', 'float16'),
    /expected dtype to be 'float32' or 'float64', got 'float16'; did you mean 'float32'\?$/,
  ],
  ['no model', ({ metadata }) => delete metadata['model'], /expected model to be a text that is not empty, got undefined$/],
  ['a model that is not JSON', put('model', '{'), /expected model to be JSON, got '\{'$/],
  [
    'an unknown layer',
    put('model', { layer: 'conv' }),
    /expected a model that this version can make, got 'fromSpec: expected a known layer, got 'conv'; known: .*'$/,
  ],
  ['an unknown loss', put('loss', { loss: 'hubr' }), /expected a loss that this version can make, got .*did you mean 'huber'\?'$/],
  [
    'a model for other features',
    put('features', { ...features, shape: [3] }),
    /expected a model for features \[3\], got 'linear: expected/,
  ],
  ['features without a shape', put('features', { ...features, shape: 2 }), /expected features\.shape to be a list, got 2$/],
  [
    'features of an unknown dtype',
    put('features', { ...features, dtype: 'int' }),
    /expected features\.dtype to be .* did you mean 'int32'\?$/,
  ],
  [
    'a scale too few',
    put('features', { ...features, standardization: { mean: [0, 0], scale: [1] } }),
    /expected features\.standardization\.scale to be a list of 2, one for each feature, got a list of 1$/,
  ],
  [
    'a scale of 0',
    put('features', { ...features, standardization: { mean: [0, 0], scale: [1, 0] } }),
    /expected features\.standardization\.scale\[1\] to be a number > 0, got 0$/,
  ],
  ['preprocessing that is none', put('preprocessing', { columns: [] }), /model\.safetensors preprocessing: expected .* without 'target'$/],
  [
    'preprocessing of another width',
    put('preprocessing', {
      columns: [{ name: 'x', kind: 'number', missing: null, mean: 0, scale: 1 }],
      target: { name: 'y', kind: 'regression', mean: 0, scale: 1 },
    }),
    /expected features \[1\], as its preprocessing makes them, got \[2\]$/,
  ],
  ['a missing tensor', ({ tensors }) => tensors.delete('params.0.bias'), /expected the tensors of its model, got no 'params\.0\.bias'$/],
  [
    'tensors of other kinds',
    ({ tensors }) => {
      tensors.set('params.0.weight', tensor([8, 2]));
      tensors.set('params.0.bias', tensor([8], 'float64'));
      tensors.delete('params.2.bias');
      tensors.set('params.4.weight', tensor([1]));
    },
    /got 'params\.0\.weight' float32\[8,2\] in place of float32\[2,8\], 'params\.0\.bias' float64\[8\] in place of float32\[8\], no 'params\.2\.bias', 1 more differences$/,
  ],
  ['a tensor besides', ({ tensors }) => tensors.set('params.0.gain', tensor([1])), /got 'params\.0\.gain' besides$/],
  [
    'tensors of another model',
    put('model', linear24),
    /expected the tensors of its model, got no 'params\.weight', no 'params\.bias', 'params\./,
  ],
  ['sizes without end', put('model', { ...linear24, outputs: 2 ** 50 }), /expected the tensors of its model, got no 'params\.weight'/],
];
for (const [name, change, message] of changes) {
  test(`loadModel refuses ${name}`, async (t) => {
    using trainer = await fitted({ optimizer: adam() }, train, 1);
    const path = pathOf(t);
    await trainer.save(path);
    const { tensors, metadata } = await readSafetensors(path);
    const file = { tensors: new Map(tensors), metadata: { ...metadata } };
    change(file);
    await writeSafetensors(path, file);
    const error = await t.throwsAsync(loadModel(path), { instanceOf: TypeError, message });
    t.regex(error!.message, /^\/[^\n]*model\.safetensors( preprocessing)?: expected [^\n]*$/);
  });
}

test('files that are cut, of another kind or missing', async (t) => {
  using trainer = await fitted({ optimizer: adam() }, train, 1);
  const path = pathOf(t);
  await trainer.save(path);
  const bytes = readFileSync(path);
  for (const length of [0, 7, 100, bytes.length - 1]) {
    writeFileSync(path, bytes.subarray(0, length));
    await t.throwsAsync(loadModel(path), { instanceOf: TypeError, message: /model\.safetensors byte \d+: expected / });
  }
  await t.throwsAsync(loadModel(temporaryFile(t, 'x.csv', Buffer.from('x,y\n1,2\n'))), {
    message: /x\.csv byte 0: expected .*is it a safetensors file\?$/,
  });
  await t.throwsAsync(loadModel(pathOf(t, 'none')), { message: /none: expected a readable file, got ENOENT$/ });
});
