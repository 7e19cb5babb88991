import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { OPTIMIZERS } from '../../lib/optim/registry.js';
import { temporaryFolder, writeTinyFashion } from '../data/idx-file.js';
import { adamqlr, records } from './run-cli.js';

const FINAL = ['final', 'trainLoss', 'valLoss', 'testLoss', 'testAccuracy', 'steps', 'seconds', 'trainAccuracy', 'valAccuracy', 'stopped'];
const REPORT = ['epoch', 'step', 'steps', 'trainLoss', 'valLoss', 'valAccuracy', 'learningRate', 'damping', 'rho', 'seconds'];
const finite = (value: unknown) => typeof value === 'number' && Number.isFinite(value);

/** Records without the times, which differ between runs. */
const timeless = (stdout: string) => records(stdout).map(({ seconds: _, ...rest }) => rest);

test('train --json: reports and a final record on standard output, nothing anywhere else', async (t) => {
  const { code, stdout, stderr } = await adamqlr(['train', '--json', '--epochs', '2']);
  t.is(code, 0, stderr);
  t.is(stderr, '');
  const all = records(stdout);
  const final = all.at(-1)!;
  t.is(all.length, 3);
  for (const [i, report] of all.slice(0, -1).entries()) {
    t.deepEqual(Object.keys(report), REPORT);
    t.true(Object.values(report).every(finite));
    t.deepEqual([report['epoch'], report['step'], report['steps']], [i + 1, 7 * (i + 1), 14]); // 20000 examples, batches of 3200
  }
  t.deepEqual(Object.keys(final), FINAL);
  t.is(final['final'], true);
  t.is(final['stopped'], false);
  t.is(final['steps'], 14);
  for (const name of ['trainLoss', 'valLoss', 'testLoss', 'testAccuracy', 'seconds']) t.true(finite(final[name]), name);
  t.true((final['testAccuracy'] as number) > 0.8);
  t.true((all[1]!['trainLoss'] as number) < (all[0]!['trainLoss'] as number));
});

test('train without a terminal: lines on standard error, the table on standard output', async (t) => {
  const folder = temporaryFolder(t);
  writeTinyFashion(folder);
  const { code, stdout, stderr } = await adamqlr(['train', 'fashion-mnist', '--data-dir', folder, '--epochs', '3']);
  t.is(code, 0, stderr);
  const lines = stderr.trimEnd().split('\n');
  t.is(lines.length, 3);
  const number = String.raw`[\d.e+-]+`;
  const line = `^step \\d/3, epoch \\d: loss ${number}, val loss ${number}, val accuracy [\\d.]+ %, lr ${number}, damping ${number}, [\\d.]+ s$`;
  for (const text of lines) t.regex(text, new RegExp(line));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not appear
  t.notRegex(stderr + stdout, /\x1b|\r/);
  t.regex(stdout, /^task fashion-mnist, optimizer adamqlr, batch 50, epochs 3, seed 0, dtype float32\n/);
  t.regex(
    stdout,
    /\n +loss +accuracy\ntrain +[\d.e-]+ +[\d.]+ %\nvalidation +.*%\ntest +.*%\n3 steps, [\d.]+ s of training\nsaved in runs\/fashion-mnist-1: model\.safetensors, report\.html, history\.jsonl, config\.json, checkpoint\.safetensors\n$/,
  );
});

test('the same seed gives the same numbers, another seed others; the history has the lines of --json', async (t) => {
  const folder = temporaryFolder(t);
  writeTinyFashion(folder);
  const out = join(folder, 'out');
  const run = (...more: string[]) => adamqlr(['train', 'fashion-mnist', '--data-dir', folder, '--epochs', '2', '--json', ...more]);
  const first = await run('--seed', '5', '--out', out);
  t.is(first.code, 0, first.stderr);
  t.is(readFileSync(join(out, 'history.jsonl'), 'utf8'), first.stdout);
  t.deepEqual(timeless((await run('--seed', '5', '--threads', '1')).stdout), timeless(first.stdout));
  t.notDeepEqual(timeless((await run('--seed', '6')).stdout), timeless(first.stdout));
});

test('batch size, dtype and optimizer options arrive', async (t) => {
  const folder = temporaryFolder(t);
  writeTinyFashion(folder);
  const run = async (...more: string[]) => {
    const { code, stdout, stderr } = await adamqlr(['train', 'fashion-mnist', '--data-dir', folder, '--epochs', '1', '--json', ...more]);
    t.is(code, 0, stderr);
    return records(stdout);
  };
  t.is((await run('--batch-size', '20')).at(-1)!['steps'], 3); // 50 training examples: 20, 20, 10
  const sgd = (await run('--optimizer', 'sgd', '--learning-rate', '0.25', '--momentum', '0.5', '--nesterov'))[0]!;
  t.is(sgd['learningRate'], 0.25);
  t.false('damping' in sgd);
  const undamped = (await run('--initial-damping', '0'))[0]!;
  t.false('damping' in undamped);
  const [single, double] = [(await run())[0]!, (await run('--dtype', 'float64'))[0]!];
  t.not(single['learningRate'], double['learningRate']);
  t.true(Math.abs((single['learningRate'] as number) / (double['learningRate'] as number) - 1) < 1e-3);
});

test("rosenbrock: the first steps of untuned AdamQLR on the Hessian, by hand and from the paper's code", async (t) => {
  const { code, stdout, stderr } = await adamqlr(['train', 'rosenbrock', '--optimizer', 'adamqlr-paper', '--json']);
  t.is(code, 0, stderr);
  const all = records(stdout);
  t.is(all.length, 201);
  const near = (got: unknown, wanted: number) => t.true(Math.abs((got as number) / wanted - 1) < 1e-9, `${got} is not ${wanted}`);
  t.is(all[0]!['trainLoss'], 400);
  near(all[0]!['learningRate'], 0.461183350365); // 1200 / (2602 + 0.002)
  near(all[0]!['rho'], 1.196342664);
  t.is(all[0]!['damping'], 5e-4);
  near(all[1]!['trainLoss'], 68.9600092789);
  near(all[1]!['learningRate'], 0.343829440077);
  const final = all.at(-1)!;
  t.deepEqual([final['valLoss'], final['testLoss'], final['testAccuracy']], [null, null, null]);
  t.true((final['trainLoss'] as number) < 1);
});

for (const name of Object.keys(OPTIMIZERS)) {
  test(`${name} runs by name`, async (t) => {
    const { learningRate, hyperLearningRate } = OPTIMIZERS[name]!.options;
    const small = [...(learningRate ? ['--learning-rate', '1e-4'] : []), ...(hyperLearningRate ? ['--hyper-learning-rate', '1e-12'] : [])];
    const { code, stdout, stderr } = await adamqlr(['train', 'rosenbrock', '--epochs', '20', '--json', '--optimizer', name, ...small]);
    t.is(code, 0, stderr);
    t.true((records(stdout).at(-1)!['trainLoss'] as number) < 400);
  });
}

test('files that are damaged: one sentence, exit code 1', async (t) => {
  const folder = temporaryFolder(t);
  writeTinyFashion(folder, { gzip: false });
  writeFileSync(join(folder, 'train-images-idx3-ubyte'), 'not an image');
  const { code, stdout, stderr } = await adamqlr(['train', 'fashion-mnist', '--data-dir', folder, '--json']);
  t.is(code, 1);
  t.is(stdout, '');
  t.regex(stderr, /^.*train-images-idx3-ubyte: expected bytes 0-3 to be the IDX magic number .*; is it an IDX file\?\n$/);
});

test('a run that diverges says so in one sentence, exit code 1', async (t) => {
  const { code, stderr } = await adamqlr(['train', 'rosenbrock', '--optimizer', 'sgd', '--learning-rate', '10', '--json']);
  t.is(code, 1);
  t.regex(stderr, /^training: expected a finite loss, gradient and update, got one that is not at step \d+; .*\n$/);
});

/** Sends a signal once, after the first line of standard output. */
function once(signal: NodeJS.Signals) {
  let sent = false;
  return (_stdout: string, kill: (signal: NodeJS.Signals) => void) => {
    if (!sent) kill(signal);
    sent = true;
  };
}

for (const [task, most, signal, wanted] of [
  ['rosenbrock', 1_000_000_000, 'SIGINT', 130],
  ['fashion-mnist', 1_000_000_000, 'SIGINT', 130],
  ['fashion-mnist', 1_000_000_000, 'SIGTERM', 143],
] as const) {
  test(`${signal} stops ${task} at a step boundary, which is still scored; the exit code tells`, async (t) => {
    const folder = temporaryFolder(t);
    writeTinyFashion(folder);
    const files = task === 'fashion-mnist' ? ['--data-dir', folder] : [];
    const out = join(folder, 'out');
    const { code, stdout, stderr } = await adamqlr(['train', task, '--epochs', String(most), '--json', '--out', out, ...files], {
      watch: once(signal),
    });
    t.is(code, wanted, stderr);
    const all = records(stdout);
    const final = all.at(-1)!;
    t.is(final['final'], true);
    t.is(final['stopped'], true);
    t.true(finite(final['trainLoss']));
    const steps = final['steps'] as number;
    t.true(steps >= (all.at(-2)!['step'] as number) && steps < most, `${steps}`);
    for (const name of ['model', 'checkpoint']) t.is(existsSync(join(out, `${name}.safetensors`)), task !== 'rosenbrock');
  });
}

test('a second SIGINT ends the process at once', async (t) => {
  const { code } = await adamqlr(['train', '--epochs', '1000', '--json'], {
    watch(stdout, kill) {
      if (stdout.split('\n').length === 2) kill('SIGINT');
      setTimeout(() => kill('SIGINT'), 5).unref();
    },
  });
  t.is(code, 130);
});
