import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { RunRecord } from '../../lib/cli/run-record.js';
import { temporaryFolder } from '../data/idx-file.js';
import { root } from '../root.js';
import { adamqlr, records } from './run-cli.js';

const QUICK = ['train', 'rosenbrock', '--epochs', '3'];
const FILES = ['config.json', 'history.jsonl', 'report.html'];

test('runs get folders of their own, numbered on, and say where their files are', async (t) => {
  const cwd = temporaryFolder(t);
  for (const n of [1, 2]) {
    const { code, stdout, stderr } = await adamqlr(QUICK, { cwd });
    t.is(code, 0, stderr);
    t.true(stdout.endsWith(`\nsaved in runs/rosenbrock-${n}: report.html, history.jsonl, config.json\n`), stdout);
    t.deepEqual(readdirSync(join(cwd, 'runs', `rosenbrock-${n}`)).sort(), FILES);
  }
  mkdirSync(join(cwd, 'runs', 'rosenbrock-41'));
  mkdirSync(join(cwd, 'runs', 'rosenbrock-old'));
  writeFileSync(join(cwd, 'runs', 'rosenbrock-42'), 'a file may be in the way');
  const { stdout } = await adamqlr([...QUICK, '--json'], { cwd });
  t.is(readFileSync(join(cwd, 'runs', 'rosenbrock-43', 'history.jsonl'), 'utf8'), stdout);
});

test('runs that begin at once do not share a folder', async (t) => {
  const cwd = temporaryFolder(t);
  const ended = await Promise.all(Array.from({ length: 6 }, () => adamqlr([...QUICK, '--json'], { cwd })));
  t.deepEqual(
    ended.map(({ code }) => code),
    [0, 0, 0, 0, 0, 0],
  );
  t.deepEqual(
    readdirSync(join(cwd, 'runs')).sort(),
    [1, 2, 3, 4, 5, 6].map((n) => `rosenbrock-${n}`),
  );
});

test('the configuration has the task, every option, and what the run ran on', async (t) => {
  const cwd = temporaryFolder(t);
  const csv = join(cwd, 'small table.csv');
  writeFileSync(csv, `a,b,y\n${Array.from({ length: 40 }, (_, i) => `${i % 7},${i % 3},${i % 11}`).join('\n')}\n`);
  const { code, stderr } = await adamqlr(
    ['train', 'small table.csv', '--target', 'y', '--exclude', 'b', '--epochs', '2', '--damping-range', '1e-8,inf', '--json'],
    { cwd },
  );
  t.is(code, 0, stderr);
  const { environment, ...config } = JSON.parse(readFileSync(join(cwd, 'runs', 'small table-1', 'config.json'), 'utf8'));
  t.deepEqual(config, {
    task: csv,
    optimizer: 'adamqlr',
    epochs: 2,
    batchSize: 28,
    seed: 0,
    dtype: 'float32',
    patience: 50,
    target: 'y',
    exclude: ['b'],
    dampingRange: [1e-8, 'inf'],
  });
  t.like(environment, { node: process.version, platform: `${process.platform}-${process.arch}` });
  for (const name of ['adamqlr', 'processor', 'blas', 'instructions', 'started']) t.is(typeof environment[name], 'string', name);
  t.true(environment.threads >= 1);
});

test('--out: a new or an empty folder, deep or not; no other', async (t) => {
  const cwd = temporaryFolder(t);
  for (const out of ['deep/er/new', 'empty']) {
    mkdirSync(join(cwd, 'empty'), { recursive: true });
    const { code, stdout, stderr } = await adamqlr([...QUICK, '--out', out], { cwd });
    t.is(code, 0, stderr);
    t.regex(stdout, new RegExp(`saved in ${out}: `));
    t.deepEqual(readdirSync(join(cwd, out)).sort(), FILES);
  }
  writeFileSync(join(cwd, 'file'), '');
  for (const [out, code, sentence] of [
    ['empty', 2, /^adamqlr train: expected --out to be a new or an empty folder, got 'empty' with files in it; name another one\n$/],
    ['file', 1, /^file: expected a folder that can be written, got something there already \(EEXIST\); choose another one with --out\n$/],
    ['file/in', 1, /^file\/in: expected a folder that can be written, got a file where a folder should be \(ENOTDIR\); /],
  ] as const) {
    const ended = await adamqlr([...QUICK, '--out', out], { cwd });
    t.is(ended.code, code);
    t.regex(ended.stderr, sentence);
    t.is(ended.stdout, '');
  }
  t.false(existsSync(join(cwd, 'runs')));
});

test('a run that cannot begin leaves no folder', async (t) => {
  const cwd = temporaryFolder(t);
  t.is((await adamqlr(['train', 'none.csv', '--target', 'y'], { cwd })).code, 1);
  t.is((await adamqlr(['train', 'none.csv', '--target', 'y', '--out', 'new'], { cwd })).code, 1);
  t.deepEqual(readdirSync(cwd), []);
});

const asRoot = process.getuid?.() === 0;
(asRoot ? test.skip : test)('a folder without permission: one sentence (skipped for root, who may write anywhere)', async (t) => {
  const cwd = temporaryFolder(t);
  chmodSync(cwd, 0o555);
  const { code, stderr } = await adamqlr(QUICK, { cwd });
  t.is(code, 1);
  t.regex(stderr, /^runs: expected a folder that can be written, got no permission \(EACCES\); choose another one with --out\n$/);
});

(existsSync('/dev/full') ? test : test.skip)('a full disk: one sentence with the file', (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'history.jsonl');
  symlinkSync('/dev/full', path);
  const record = new RunRecord(folder, {}, { stdout: false, tensorboard: false });
  t.throws(() => record.write({ epoch: 1, step: 1, steps: 1, trainLoss: 1, learningRate: 1, seconds: 1 }), {
    message: `${path}: expected a file that can be written, got a full disk (ENOSPC)`,
  });
  record.close();
});

test('a run that diverges keeps its history and its report', async (t) => {
  const cwd = temporaryFolder(t);
  const { code, stdout, stderr } = await adamqlr(['train', 'rosenbrock', '--optimizer', 'sgd', '--learning-rate', '1e-2'], { cwd });
  t.is(code, 1);
  t.is(stdout, '');
  t.regex(stderr, /\nsaved in runs\/rosenbrock-1: .*\ntraining: expected a finite loss, gradient and update, .*\n$/);
  const history = records(readFileSync(join(cwd, 'runs', 'rosenbrock-1', 'history.jsonl'), 'utf8'));
  t.false(history.some((record) => 'final' in record));
  t.true(history.length > 0);
  t.regex(readFileSync(join(cwd, 'runs', 'rosenbrock-1', 'report.html'), 'utf8'), /cut short/);
});

test('early stopping: the model is the best one, and the final table says of which epoch', async (t) => {
  const cwd = temporaryFolder(t);
  const houses = join(root, 'examples/houses/houses.csv');
  const table = [houses, '--target', 'price', '--exclude', 'id', '--impute', 'median', '--hidden', '12,7'];
  const early = await adamqlr(['train', ...table, '--epochs', '3000', '--patience', '20', '--out', 'early'], { cwd });
  t.is(early.code, 0, early.stderr);
  const [, best, last] = /; best epoch (\d+) of (\d+), stopped early$/m.exec(early.stdout)!;
  t.is(Number(last) - Number(best), 20);
  t.regex(early.stdout, /, mlp 14-12-7-1, /);
  const short = await adamqlr(['train', ...table, '--epochs', best!, '--out', 'short'], { cwd });
  t.is(short.code, 0, short.stderr);
  const model = (name: string) => readFileSync(join(cwd, name, 'model.safetensors'));
  t.true(model('early').equals(model('short')));
  const { environment: _, ...config } = JSON.parse(readFileSync(join(cwd, 'early/config.json'), 'utf8'));
  t.like(config, { patience: 20, hidden: [12, 7] });
  const again = await adamqlr(['train', '--config', 'early/config.json', '--out', 'again'], { cwd });
  t.is(again.code, 0, again.stderr);
  t.true(model('early').equals(model('again')));
});

test('SIGINT: the folder has the history, the final record and the report', async (t) => {
  const cwd = temporaryFolder(t);
  let sent = false;
  const { code, stdout } = await adamqlr(['train', '--epochs', '100000', '--json', '--tensorboard'], {
    cwd,
    watch(_stdout, kill) {
      if (!sent) kill('SIGINT');
      sent = true;
    },
  });
  t.is(code, 130);
  const folder = join(cwd, 'runs', 'glyphs-1');
  const history = readFileSync(join(folder, 'history.jsonl'), 'utf8');
  t.is(history, stdout);
  t.like(records(history).at(-1), { final: true, stopped: true });
  t.regex(readFileSync(join(folder, 'report.html'), 'utf8'), /glyphs-1 <span class="soft">\(interrupted\)/);
  t.true(existsSync(join(folder, 'model.safetensors')) && existsSync(join(folder, 'checkpoint.safetensors')));
  const events = readdirSync(folder).filter((name) => /^events\.out\.tfevents\.\d{10}\../.test(name));
  t.is(events.length, 1);
  t.is(readFileSync(join(folder, events[0]!)).toString('latin1').split('loss/train').length - 1, records(history).length - 1);
});

test('SIGKILL: the history is there up to then, and a report can be made of it', async (t) => {
  const cwd = temporaryFolder(t);
  const ended = await adamqlr(['train', '--epochs', '100000', '--json'], {
    cwd,
    watch(stdout, kill) {
      if (stdout.split('\n').length > 2) kill('SIGKILL');
    },
  });
  t.is(ended.code, null);
  const { code, stdout, stderr } = await adamqlr(['report', 'runs/glyphs-1'], { cwd });
  t.is(code, 0, stderr);
  t.regex(stdout, /\nglyphs-1 .*cut short\nreport in runs\/glyphs-1\/report.html\n$/);
});
