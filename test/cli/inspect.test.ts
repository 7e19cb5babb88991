import { availableParallelism } from 'node:os';
import test from 'ava';
import { adamqlr } from './run-cli.js';

test('inspect --json: what would be used, and why', async (t) => {
  const { code, stdout, stderr } = await adamqlr(['inspect', '--json'], { env: { ADAMQLR_NUM_THREADS: '', ADAMQLR_ISA: '' } });
  t.is(code, 0, stderr);
  const found = JSON.parse(stdout);
  t.regex(found.version, /^\d+\.\d+\.\d+$/);
  t.is(found.platform, `${process.platform}-${process.arch}`);
  t.is(found.cores.usable, availableParallelism());
  for (const part of ['addon', 'instructions', 'blas', 'threads']) {
    t.true(String(found[part].use).length > 0, part);
    t.true(found[part].why.length > 0, part);
  }
  t.regex(found.addon.use, /\.node$/);
  t.true(found.threads.use >= 1);
});

test('inspect: one line per fact', async (t) => {
  const { code, stdout } = await adamqlr(['inspect']);
  t.is(code, 0);
  for (const name of ['adamqlr', 'platform', 'processor', 'addon', 'compiler', 'instructions', 'BLAS', 'threads']) {
    t.regex(stdout, new RegExp(`^${name} +\\S`, 'm'));
  }
});

test('inspect tells that an environment variable decided', async (t) => {
  const { stdout } = await adamqlr(['inspect', '--json'], { env: { ADAMQLR_ISA: 'baseline', ADAMQLR_NUM_THREADS: '1' } });
  const found = JSON.parse(stdout);
  t.deepEqual([found.instructions.use, found.instructions.why], ['baseline', 'ADAMQLR_ISA=baseline']);
  t.deepEqual([found.threads.use, found.threads.why], [1, 'ADAMQLR_NUM_THREADS=1']);
});

test('inspect without a usable addon says what was tried, exit code 1', async (t) => {
  const env = { ADAMQLR_BINARY: '/no/such/adamqlr.node' };
  const plain = await adamqlr(['inspect'], { env });
  t.is(plain.code, 1);
  t.regex(plain.stderr, /^adamqlr: expected a native binary for /);
  const { code, stdout } = await adamqlr(['inspect', '--json'], { env });
  t.is(code, 1);
  t.is(JSON.parse(stdout).addon, null);
});
