import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { native } from '../../lib/runtime/load.js';

const module_ = new URL('../../lib/runtime/load.js', import.meta.url).href;

function load(binary: string): { status: number | null; stdout: string } {
  const code = `import { native } from ${JSON.stringify(module_)};
    try { native(); console.log('loaded'); } catch (error) { console.log(error.name, error.causes.length, error.message); }`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
    env: { ...process.env, ADAMQLR_BINARY: binary },
  });
}

test('info names the machine, and the exports are those of the contract', (t) => {
  const addon = native();
  const info = addon.info();
  t.is(info.napi >= 9, true);
  for (const text of [info.compiler, info.isa, info.isaUsed, info.version, info.blas.name])
    t.true(typeof text === 'string' && text.length > 0);
  t.true(info.threads >= 1);
  t.is(native(), addon);
});

test('a missing or broken binary is one error that says what to do', (t) => {
  for (const binary of ['/nowhere/adamqlr.node', fileURLToPath(import.meta.url)]) {
    const { status, stdout } = load(binary);
    t.is(status, 0);
    t.regex(
      stdout,
      /^NativeLoadError \d adamqlr: expected a native binary for \w+-\w+, got \w+; build one in a checkout with .*, or name one with ADAMQLR_BINARY=/,
    );
    t.regex(stdout, /npm run build:native/);
  }
});
