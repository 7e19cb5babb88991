import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { LOCK, lockRun } from '../../lib/cli/run-lock.js';
import { readHistory } from '../../lib/report/history.js';
import { loadModel } from '../../lib/train/model.js';
import { temporaryFolder } from '../data/idx-file.js';
import { root } from '../root.js';
import { adamqlr, records } from './run-cli.js';

const houses = join(root, 'examples/houses/houses.csv');
const TABLE = [houses, '--target', 'price', '--exclude', 'id', '--impute', 'mean'];

/** What is trained, long enough to be interrupted. */
const cases: [name: string, args: readonly string[]][] = [
  ['a task', ['glyphs', '--epochs', '25']],
  [
    'a table with an optimizer of its own options',
    [...TABLE, '--epochs', '3000', '--patience', '0', '--optimizer', 'adam', '--learning-rate', '1e-3'],
  ],
  ['a streamed table', [...TABLE, '--epochs', '60', '--batch-size', '100', '--stream', '--hidden', '20,10']],
  ['early stopping', [...TABLE, '--epochs', '3000', '--patience', '3000']],
];

const timeless = (path: string) => records(readFileSync(path, 'utf8')).map(({ seconds: _, ...rest }) => rest);

/** Interrupts a run once it has written a checkpoint; a few reports later, so that the history is ahead of it. */
async function interrupted(t: ExecutionContext, cwd: string, args: readonly string[], signal: NodeJS.Signals): Promise<void> {
  const checkpoint = join(cwd, 'cut', 'checkpoint.safetensors');
  let since = 0,
    sent = false;
  const { code, stderr } = await adamqlr(['train', ...args, '--out', 'cut', '--checkpoint-every', '0', '--json'], {
    cwd,
    watch(stdout, kill) {
      if (since === 0 && existsSync(checkpoint)) since = stdout.length;
      if (sent || since === 0 || stdout.length === since) return;
      sent = true;
      kill(signal);
    },
  });
  t.is(code, signal === 'SIGINT' ? 130 : null, stderr);
  if (signal === 'SIGINT') t.is(stderr.split('\n').at(-2), 'go on: npx adamqlr train --resume cut');
}

for (const [name, args] of cases) {
  test(`${name}: runs that were killed or stopped and go on equal one that was not`, async (t) => {
    t.timeout(120_000);
    const cwd = temporaryFolder(t);
    const straight = await adamqlr(['train', ...args, '--out', 'straight', '--json'], { cwd });
    t.is(straight.code, 0, straight.stderr);
    const { reports } = readHistory(join(cwd, 'straight/history.jsonl'));
    for (const signal of ['SIGKILL', 'SIGINT'] as const) {
      await interrupted(t, cwd, args, signal);
      const cut = readHistory(join(cwd, 'cut/history.jsonl')).reports;
      t.true(cut > 0 && cut < reports, `${cut} of ${reports} reports`);
      const { code, stdout, stderr } = await adamqlr(['train', '--resume', 'cut', '--json'], { cwd });
      t.is(code, 0, stderr);
      t.true(records(stdout).length <= reports + 1);
      t.deepEqual(timeless(join(cwd, 'cut/history.jsonl')), timeless(join(cwd, 'straight/history.jsonl')));
      t.true(readFileSync(join(cwd, 'cut/model.safetensors')).equals(readFileSync(join(cwd, 'straight/model.safetensors'))), signal);
      t.regex(readFileSync(join(cwd, 'cut/report.html'), 'utf8'), /\(finished\)|finished/);
      t.false(existsSync(join(cwd, 'cut/run.lock')), 'not even that of the process that was killed');
      rmSync(join(cwd, 'cut'), { recursive: true });
    }
  });
}

test('a run that is under way is not gone on with a second time', async (t) => {
  const cwd = temporaryFolder(t);
  let second: ReturnType<typeof adamqlr> | null = null;
  const first = adamqlr(['train', ...TABLE, '--epochs', '1000000', '--patience', '0', '--out', 'run', '--checkpoint-every', '0'], {
    cwd,
    often(kill) {
      if (second !== null || !existsSync(join(cwd, 'run/checkpoint.safetensors'))) return;
      second = adamqlr(['train', '--resume', 'run'], { cwd });
      second.then(() => kill('SIGINT'));
    },
  });
  t.is((await first).code, 130);
  const { code, stdout, stderr } = await second!;
  t.is(code, 1);
  t.regex(
    stderr,
    /^run: expected a run that is not under way, got one that process \d+ goes on with; wait for it; .* remove run\/run\.lock\n$/,
  );
  t.is(stdout, '');
  t.true(readHistory(join(cwd, 'run/history.jsonl')).final!.stopped);
  t.false(existsSync(join(cwd, 'run/run.lock')));
});

for (const [name, text] of [
  ['of a process that is gone', `999999999 ${hostname()}\n`],
  ['of another machine', `${process.pid} ${hostname()}-other\n`],
  ['that was written in part', `${process.pid}`],
] as const) {
  test(`a lock ${name} does not hold`, (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, LOCK), text);
    const unlock = lockRun(folder);
    t.is(readFileSync(join(folder, LOCK), 'utf8'), `${process.pid} ${hostname()}\n`);
    unlock();
    t.deepEqual(readdirSync(folder), []);
  });
}

test('a finished run goes on to more epochs, as if it had been asked for them at first', async (t) => {
  const cwd = temporaryFolder(t);
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await adamqlr(['train', ...args], { cwd });
    t.is(code, 0, stderr);
    return stdout;
  };
  await run(...TABLE, '--epochs', '20', '--out', 'short', '--tensorboard');
  await run(...TABLE, '--epochs', '50', '--out', 'long');
  t.regex(await run('--resume', 'short', '--epochs', '50'), /, epochs 50, .*\n50 steps, /s);
  t.true(readFileSync(join(cwd, 'short/model.safetensors')).equals(readFileSync(join(cwd, 'long/model.safetensors'))));
  const events = readdirSync(join(cwd, 'short')).filter((name) => name.startsWith('events.'));
  const told = events.map(
    (name) =>
      readFileSync(join(cwd, 'short', name))
        .toString('latin1')
        .split('loss/train').length - 1,
  );
  t.is(
    told.reduce((sum, reports) => sum + reports),
    50,
  ); // the second file has what the first one has not
  const reports = timeless(join(cwd, 'short/history.jsonl')).map(({ steps: _, ...rest }) => rest);
  t.deepEqual(
    reports,
    timeless(join(cwd, 'long/history.jsonl')).map(({ steps: _, ...rest }) => rest),
  );
  t.is(JSON.parse(readFileSync(join(cwd, 'short/config.json'), 'utf8')).epochs, 50);
});

test('a run that diverges keeps its last good model; it cannot go on', async (t) => {
  const cwd = temporaryFolder(t);
  const args = [...TABLE, '--optimizer', 'sgd', '--learning-rate', '1e6', '--out', 'run'];
  const { code, stderr } = await adamqlr(['train', ...args], { cwd });
  t.is(code, 1);
  t.regex(stderr, /saved in run: model\.safetensors, .*\ntraining: expected a finite loss, gradient and update, .* are kept;/);
  using model = await loadModel(join(cwd, 'run/model.safetensors')); // of finite numbers, though too large to predict with
  t.is(model.preprocessing!.target.name, 'price');
  const again = await adamqlr(['train', '--resume', 'run'], { cwd });
  t.is(again.code, 1);
  t.regex(
    again.stderr,
    /^run: expected a run that can go on, got one that ended where training was not finite; begin anew .*: npx adamqlr train /,
  );
});

test('what cannot be resumed is one sentence', async (t) => {
  const cwd = temporaryFolder(t);
  const table = join(cwd, 'houses.csv');
  writeFileSync(table, readFileSync(houses));
  await adamqlr(['train', 'houses.csv', ...TABLE.slice(1), '--epochs', '5', '--patience', '2', '--monitor', 'trainLoss', '--out', 'run'], {
    cwd,
  });
  await adamqlr(['train', 'rosenbrock', '--epochs', '3', '--out', 'function'], { cwd });
  await adamqlr(['train', 'houses.csv', ...TABLE.slice(1), '--epochs', '300', '--patience', '1', '--min-change', '1e9', '--out', 'early'], {
    cwd,
  });
  const rows: [args: string[], code: number, sentence: RegExp][] = [
    [['--resume', 'none'], 2, /^adamqlr train: expected --resume to be the folder of a run, got 'none'; for example runs\/glyphs-1$/],
    [
      ['--resume', 'function'],
      2,
      /^function: expected a checkpoint\.safetensors to go on from, got none; .* --config function\/config\.json$/,
    ],
    [
      ['--resume', 'run', '--seed', '3'],
      2,
      /^adamqlr train: expected no --seed beside --resume, got 3; a run goes on as it began, but for --epochs/,
    ],
    [['glyphs', '--resume', 'run'], 2, /^adamqlr train: expected no task beside --resume, got 'glyphs'/],
    [['--resume', 'run', '--config', 'c.json'], 2, /^adamqlr train: expected no --config beside --resume, got 'c\.json'/],
    [
      ['--resume', 'run'],
      1,
      /^run: expected a run that has not done its 5 epochs, got one at epoch 5; go on to more of them with --epochs 10$/,
    ],
    [
      ['--resume', 'early'],
      1,
      /^early: expected a run that can go on, got one that ended because 1 reports? in a row .*; wait longer with --patience 2$/,
    ],
  ];
  for (const [args, code, sentence] of rows) {
    const ended = await adamqlr(['train', ...args], { cwd });
    t.is(ended.code, code, ended.stderr);
    t.regex(ended.stderr.trimEnd(), sentence);
    t.is(ended.stdout, '');
  }
  writeFileSync(table, readFileSync(houses, 'utf8').replace('H1000,center,flat,111', 'H1000,center,flat,112'));
  const changed = await adamqlr(['train', '--resume', 'run', '--epochs', '10'], { cwd });
  t.is(changed.code, 1);
  t.regex(
    changed.stderr,
    /houses\.csv: expected the table that the run of run began with, got a file that was changed since; .*--config run\/config\.json$/m,
  );
  // A run that does not know the bytes of its file still knows what was learned of its columns.
  const configPath = join(cwd, 'run/config.json');
  const config = JSON.parse(readFileSync(configPath, 'utf8'));
  delete config.environment.table;
  writeFileSync(configPath, JSON.stringify(config));
  const other = await adamqlr(['train', '--resume', 'run', '--epochs', '10'], { cwd });
  t.is(other.code, 1);
  t.regex(other.stderr, /^houses\.csv: expected the table that the run of run began with, got another one: columns\[2\]\./);
  t.true(existsSync(join(cwd, 'run/model.safetensors')));
});
