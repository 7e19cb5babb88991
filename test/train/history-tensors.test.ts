import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { readSafetensors, type Tensor, writeSafetensors } from '../../lib/checkpoint/safetensors.js';
import { crossEntropy } from '../../lib/losses/cross-entropy.js';
import { mlp } from '../../lib/nn/mlp.js';
import { adamqlr } from '../../lib/optim/adamqlr.js';
import type { Report } from '../../lib/train/report.js';
import { Trainer } from '../../lib/train/trainer.js';
import { temporaryFolder } from '../data/idx-file.js';
import { blobs } from './blobs.js';

const train = blobs(40);
const trainer = () => new Trainer({ model: mlp([2, 3, 4]), loss: crossEntropy(), optimizer: adamqlr() });
const pathOf = (t: ExecutionContext) => join(temporaryFolder(t), 'checkpoint.safetensors');

/** A trainer that has come to know of these reports. */
async function withHistory(t: ExecutionContext, history: readonly Report[]): Promise<Trainer> {
  const made = trainer();
  t.teardown(() => made.dispose());
  await made.train(train, { epochs: 1, batchSize: 20 });
  made.restore({ ...made.snapshot(), history });
  return made;
}

/** Saves, restores elsewhere and returns the history there. */
async function broughtBack(t: ExecutionContext, history: readonly Report[]): Promise<readonly Report[]> {
  const path = pathOf(t);
  await (await withHistory(t, history)).save(path, { checkpoint: true });
  const other = trainer();
  t.teardown(() => other.dispose());
  await other.restore(path);
  return other.history;
}

type Numbers = Readonly<Record<string, number | undefined>>;

function sameNumbers(a: Numbers, b: Numbers): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.is(a[name], b[name]));
}

/** Whether two reports have the same numbers, each of them to the bit. */
function same({ stats, ...numbers }: Report, { stats: otherStats, ...others }: Report): boolean {
  return sameNumbers(numbers, others) && sameNumbers(stats, otherStats);
}

const report = (step: number, more: Partial<Report> = {}): Report => ({
  epoch: step / 3,
  step,
  steps: 1e6,
  trainLoss: 1 / step,
  learningRate: 0.1,
  seconds: step * 0.1,
  stats: {},
  ...more,
});

test('500,000 reports are saved and restored, each equal to the bit', async (t) => {
  t.timeout(120_000);
  const count = 500_000;
  const history = Array.from({ length: count }, (_, at) =>
    report(at + 1, {
      validationLoss: Math.sin(at),
      damping: 1e-3 / (at + 1),
      rho: Math.cos(at),
      stats: { loss: 1 / 3 + at, learningRate: 0.1, gradientNorm: at ** 0.5, updateNorm: 1e-8 * at, trueChange: -at, modelChange: -at / 7 },
    }),
  );
  const begin = performance.now();
  const back = await broughtBack(t, history);
  t.log(`${Math.round(performance.now() - begin)} ms`);
  t.is(back.length, count);
  t.is(
    back.findIndex((one, at) => !same(one, history[at]!)),
    -1,
  );
});

test('numbers that JSON lacks, and reports that lack numbers others have', async (t) => {
  const history = [
    report(1, { trainLoss: Number.NaN, stats: { rho: -0, 'a.b': Number.POSITIVE_INFINITY } }),
    report(2, { validationLoss: -0, validationAccuracy: 0, stats: { rho: 5e-324 } }),
    report(3, { rho: Number.NEGATIVE_INFINITY, damping: Number.NaN, seconds: 2 ** -1074 }),
  ];
  const back = await broughtBack(t, history);
  t.deepEqual(back, history);
  t.true(back.every((one, at) => same(one, history[at]!)));
  t.deepEqual(await broughtBack(t, []), []);
});

test('a column of the file is one number of all reports', async (t) => {
  const path = pathOf(t);
  const history = [report(1, { stats: { loss: 0.5 } }), report(2, { validationLoss: 0.25, stats: { loss: 0.125 } })];
  await (await withHistory(t, history)).save(path, { checkpoint: true });
  const { tensors, metadata } = await readSafetensors(path);
  t.deepEqual(tensors.get('history.step'), { dtype: 'float64', shape: [2], data: Float64Array.of(1, 2) });
  t.deepEqual(tensors.get('history.stats.loss')?.data, Float64Array.of(0.5, 0.125));
  t.deepEqual(tensors.get('history.validationLoss')?.data, Float64Array.of(0, 0.25));
  t.deepEqual(tensors.get('reported.validationLoss'), { dtype: 'bool', shape: [2], data: Uint8Array.of(0, 1) });
  t.false(tensors.has('reported.step'));
  t.false(metadata['progress']!.includes('history'));
});

const float64 = (...numbers: number[]): Tensor => ({ dtype: 'float64', shape: [numbers.length], data: Float64Array.from(numbers) });
const bool = (...numbers: number[]): Tensor => ({ dtype: 'bool', shape: [numbers.length], data: Uint8Array.from(numbers) });
const bad: [name: string, change: (tensors: Map<string, Tensor>) => void, message: RegExp][] = [
  ['without epochs', (tensors) => tensors.delete('history.epoch'), /expected the numbers of every report, got no 'history\.epoch'$/],
  ['without losses', (tensors) => tensors.delete('history.trainLoss'), /the numbers of every report, got no 'history\.trainLoss'$/],
  [
    'of different lengths',
    (tensors) => tensors.set('history.step', float64(1, 2, 3)),
    /'history\.step' to be float64\[2\], one for each report, got float64\[3\]$/,
  ],
  [
    'of another dtype',
    (tensors) => tensors.set('history.step', { dtype: 'int32', shape: [2], data: Int32Array.of(1, 2) }),
    /'history\.step' to be float64\[2\], one for each report, got int32\[2\]$/,
  ],
  [
    'with a number of no report',
    (tensors) => tensors.set('history.damping2', float64(1, 2)),
    /the numbers of reports, got 'history\.damping2'/,
  ],
  ['with steps of some', (tensors) => tensors.set('reported.step', bool(1, 0)), /expected 'step' in every report, got 'reported\.step'$/],
  [
    'with marks of nothing',
    (tensors) => tensors.set('reported.rho', bool(1, 0)) && tensors.delete('history.rho'),
    /expected 'history\.rho' beside 'reported\.rho', got none$/,
  ],
];
for (const [name, change, message] of bad) {
  test(`restore refuses a history ${name}`, async (t) => {
    const path = pathOf(t);
    await (await withHistory(t, [report(1), report(2)])).save(path, { checkpoint: true });
    const { tensors, metadata } = await readSafetensors(path);
    const changed = new Map(tensors);
    change(changed);
    await writeSafetensors(path, { tensors: changed, metadata });
    using other = trainer();
    const error = await t.throwsAsync(other.restore(path), { instanceOf: TypeError, message });
    t.true(error!.message.startsWith(path));
    t.is(other.history.length, 0);
  });
}
