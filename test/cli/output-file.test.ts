import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../data/idx-file.js';
import { adamqlr } from './run-cli.js';

const main = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url));

/** A folder with a table, rows to predict for, the run 'run', and what it says about these rows. */
async function trained(t: ExecutionContext): Promise<{ readonly cwd: string; readonly wanted: string }> {
  const cwd = temporaryFolder(t);
  const rows = Array.from({ length: 60 }, (_, i) => `${i % 7},${i % 5},${(i % 7) + 2 * (i % 5)}`);
  writeFileSync(join(cwd, 'table.csv'), ['a,b,sum', ...rows].join('\n'));
  writeFileSync(join(cwd, 'new.csv'), 'a,b\n1,2\n3,4\n');
  const args = ['table.csv', '--target', 'sum', '--kind', 'regression', '--epochs', '5', '--out', 'run'];
  const { code, stderr } = await adamqlr(['train', ...args], { cwd });
  t.is(code, 0, stderr);
  const { stdout } = await adamqlr(['predict', 'run', 'new.csv'], { cwd });
  t.is(stdout.trimEnd().split('\n').length, 3);
  return { cwd, wanted: stdout };
}

test('predict --out: what a link leads to is written, the link stays', async (t) => {
  const { cwd, wanted } = await trained(t);
  writeFileSync(join(cwd, 'target.csv'), 'before');
  for (const target of ['target.csv', 'none-yet.csv']) {
    symlinkSync(target, join(cwd, 'second'));
    symlinkSync('second', join(cwd, 'first'));
    const { code, stderr } = await adamqlr(['predict', 'run', 'new.csv', '--out', 'first'], { cwd });
    t.is(code, 0, stderr);
    t.is(readFileSync(join(cwd, target), 'utf8'), wanted);
    for (const link of ['first', 'second']) {
      t.true(lstatSync(join(cwd, link)).isSymbolicLink());
      rmSync(join(cwd, link));
    }
  }
});

test('predict --out: FILE and MODEL are refused under any name', async (t) => {
  const { cwd } = await trained(t);
  symlinkSync('new.csv', join(cwd, 'other.csv'));
  const model = readFileSync(join(cwd, 'run/model.safetensors'));
  const before = readFileSync(join(cwd, 'new.csv'), 'utf8');
  for (const [out, what] of [
    ['new.csv', 'FILE'],
    ['other.csv', 'FILE'],
    ['run/../new.csv', 'FILE'],
    ['run/model.safetensors', 'MODEL'],
  ] as const) {
    const { code, stderr } = await adamqlr(['predict', 'run', 'new.csv', '--out', out], { cwd });
    t.is(code, 2);
    t.is(stderr, `adamqlr predict: expected --out to be another file than ${what}, got '${out}'; it would be overwritten\n`);
  }
  t.is(readFileSync(join(cwd, 'new.csv'), 'utf8'), before);
  t.true(readFileSync(join(cwd, 'run/model.safetensors')).equals(model));
});

const unix = process.platform === 'win32' ? test.skip : test;

unix('predict --out: a pipe and devices are written in place and stay what they are', async (t) => {
  const { cwd, wanted } = await trained(t);
  const pipe = join(cwd, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'inherit'] });
  let got = '';
  reader.stdout.on('data', (chunk: Buffer) => {
    got += chunk.toString();
  });
  const closed = new Promise((resolve) => reader.on('close', resolve));
  const { code, stderr } = await adamqlr(['predict', 'run', 'new.csv', '--out', 'pipe'], { cwd });
  t.is(code, 0, stderr);
  await closed;
  t.is(got, wanted);
  t.true(statSync(pipe).isFIFO());

  const none = await adamqlr(['predict', 'run', 'new.csv', '--out', '/dev/null'], { cwd });
  t.is(none.code, 0, none.stderr);
  t.true(statSync('/dev/null').isCharacterDevice());
  const printed = await adamqlr(['predict', 'run', 'new.csv', '--out', '/dev/stdout'], { cwd });
  t.deepEqual([printed.code, printed.stdout], [0, wanted]);
  t.false(readdirSync(cwd).some((name) => name.endsWith('.partial')));
});

const full = existsSync('/dev/full') ? test : test.skip;

full('a full device: one sentence, exit code 1', async (t) => {
  const { cwd } = await trained(t);
  const out = await adamqlr(['predict', 'run', 'new.csv', '--out', '/dev/full'], { cwd });
  t.deepEqual([out.code, out.stderr], [1, '/dev/full: expected a file that can be written, got a full disk (ENOSPC)\n']);
  t.true(statSync('/dev/full').isCharacterDevice());
  for (const args of [
    ['predict', 'run', 'new.csv'],
    ['train', 'table.csv', '--target', 'sum', '--json', '--out', 'other'],
  ]) {
    const device = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [main, ...args], { cwd, stdio: ['ignore', device, 'pipe'], encoding: 'utf8' });
    closeSync(device);
    t.deepEqual([status, stderr], [1, 'adamqlr: cannot write to standard output: ENOSPC\n']);
  }
  t.false(existsSync(join(cwd, 'other/run.lock')));
});

test('a run without a model but with a checkpoint: the error says how to go on', async (t) => {
  const { cwd } = await trained(t);
  rmSync(join(cwd, 'run/model.safetensors'));
  for (const command of ['predict', 'evaluate']) {
    const { code, stderr } = await adamqlr([command, 'run', 'new.csv'], { cwd });
    t.is(code, 1);
    t.regex(stderr, /^run: expected .* model\.safetensors, got one without; .* npx adamqlr train --resume run\n$/);
  }
});
