import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { writeTinyCifar } from '../data/cifar/cifar-file.js';
import { temporaryFolder } from '../data/idx-file.js';
import { adamqlr, records } from './run-cli.js';

/** A table whose target is mostly noise, so that a model that trains for long learns it by heart. */
function noisy(): string {
  let state = 1;
  const random = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  const lines = Array.from({ length: 120 }, (_, i) => {
    const [a, b, c] = [random(), random(), random()];
    return `${a},${b},${c},${i % 3 === 0 ? 'red' : 'blue'},same,7,${a + random()}`;
  });
  return ['a,b,c,color,country,always,y', ...lines].join('\n');
}

test('a table: training ends early with the best model unless --patience 0; the columns are told', async (t) => {
  const cwd = temporaryFolder(t);
  writeFileSync(join(cwd, 'noisy.csv'), noisy());
  const train = async (...args: string[]) => {
    const ended = await adamqlr(['train', 'noisy.csv', '--target', 'y', ...args], { cwd });
    t.is(ended.code, 0, ended.stderr);
    return ended;
  };
  const { stdout, stderr } = await train('--out', 'early');
  t.true(stderr.startsWith('numbers: a, b, c\ncategories: color (2)\nconstant: country, always\n'), stderr);
  const [, best, last] = /; best epoch (\d+) of (\d+), stopped early\n/.exec(stdout)!;
  t.is(Number(last), Number(best) + 50);
  const reports = records(readFileSync(join(cwd, 'early/history.jsonl'), 'utf8'));
  const final = reports.pop()!;
  t.is(final['bestEpoch'], Number(best));
  const losses = reports.map((report) => report['valLoss'] as number);
  t.is(losses.indexOf(Math.min(...losses)) + 1, Number(best));
  t.true(Math.abs((final['valLoss'] as number) / Math.min(...losses) - 1) < 1e-4);
  t.is(JSON.parse(readFileSync(join(cwd, 'early/config.json'), 'utf8')).patience, 50);
  const page = readFileSync(join(cwd, 'early/report.html'), 'utf8');
  t.regex(page, /Scores are those of the best epoch, whose model was kept/);

  const all = await train('--patience', '0', '--json', '--out', 'all');
  t.is(all.stderr, '');
  t.is(records(all.stdout).length, 201);
  t.false('bestEpoch' in records(all.stdout).at(-1)!);
  const watched = await train('--monitor', 'trainLoss', '--epochs', '60', '--json');
  t.true('bestEpoch' in records(watched.stdout).at(-1)!);
  t.false('bestEpoch' in records((await train('--val', '0', '--epochs', '60', '--json')).stdout).at(-1)!);
});

test('a run does not go on with a table that lost a row', async (t) => {
  const cwd = temporaryFolder(t);
  const text = noisy();
  writeFileSync(join(cwd, 'noisy.csv'), text);
  await adamqlr(['train', 'noisy.csv', '--target', 'y', '--epochs', '3', '--out', 'run'], { cwd });
  writeFileSync(join(cwd, 'noisy.csv'), text.slice(0, text.lastIndexOf('\n')));
  const { code, stderr } = await adamqlr(['train', '--resume', 'run', '--epochs', '6'], { cwd });
  t.is(code, 1);
  t.regex(stderr, /^\S*noisy\.csv: expected the table that the run of run began with, got a file that was changed since; .*\n$/);
});

test('a run that diverges to finite numbers says so', async (t) => {
  const args = ['rosenbrock', '--optimizer', 'sgd', '--learning-rate', '3e-3', '--epochs', '7'];
  const { code, stderr } = await adamqlr(['train', ...args]);
  t.is(code, 0, stderr);
  t.regex(stderr, /\ntraining diverged \(loss .*\); try --optimizer adam or a smaller --learning-rate\n$/);
});

test('cifar-10 without one of its files: advice that a command can follow', async (t) => {
  const folder = temporaryFolder(t);
  writeTinyCifar(folder);
  rmSync(join(folder, 'data_batch_3.bin'));
  const { code, stderr } = await adamqlr(['train', 'cifar-10', '--data-dir', folder]);
  t.is(code, 1);
  t.regex(stderr, /data_batch_3\.bin.*; all of its files are needed; without --data-dir they are downloaded\n$/);
});
