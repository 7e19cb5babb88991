// Builds build/Release/adamqlr.node: node scripts/build-addon.mjs [--with cmake|gyp] [--blas auto|none|PATH]
// Default: cmake-js where cmake exists, node-gyp otherwise, and a vendor BLAS where one is found. Nothing is downloaded.
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const output = join(root, 'build/Release/adamqlr.node');

function run(script, args, env) {
  const { status, error } = spawnSync(process.execPath, [require.resolve(script), ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  if (status !== 0) {
    console.error(
      `build-addon: expected ${script} ${args[0]} to succeed, got ${error?.message ?? `exit status ${status}`}; the lines above say why`,
    );
    process.exit(1);
  }
}

/** The Node headers beside the running node, or a folder of the same shape made from node-api-headers. */
function nodeDir() {
  const prefix = resolve(dirname(process.execPath), '..');
  if (existsSync(join(prefix, 'include/node/node_api.h')) && existsSync(join(prefix, 'include/node/common.gypi'))) return prefix;
  const made = join(root, 'build/node-api-headers');
  const include = join(made, 'include/node');
  cpSync(require('node-api-headers').include_dir, include, { recursive: true });
  const debug = `'Debug': {'cflags': ['-g', '-O0']}`;
  const release = `'Release': {'cflags': ['-O3'], 'ldflags': []}`;
  const flags = `'cflags': ['-fPIC'], 'ldflags': ['-rdynamic']`;
  writeFileSync(
    join(include, 'common.gypi'),
    `{'target_defaults': {'default_configuration': 'Release', ${flags}, 'configurations': {${debug}, ${release}}}}\n`,
  );
  return made;
}

function buildWithCmake(env) {
  const folder = join(root, 'build/cmake');
  const shared = ['--out', folder, '--prefer-make', '--config', 'Release'];
  run('cmake-js/bin/cmake-js', ['configure', ...shared], env);
  run('cmake-js/bin/cmake-js', ['build', ...shared, '--parallel', String(availableParallelism())], env);
  // A rename, because overwriting a library that a running process has mapped would crash it.
  mkdirSync(dirname(output), { recursive: true });
  copyFileSync(join(folder, 'Release/adamqlr.node'), `${output}.new`);
  renameSync(`${output}.new`, output);
}

function buildWithGyp(env) {
  // make would take an addon left by CMake for its own.
  rmSync(output, { force: true });
  run('node-gyp/bin/node-gyp.js', ['configure', 'build', '--release', `--nodedir=${nodeDir()}`, `--jobs=${availableParallelism()}`], env);
}

const { values } = parseArgs({ options: { with: { type: 'string' }, blas: { type: 'string' } } });
const hasCmake = () => spawnSync('cmake', ['--version'], { stdio: 'ignore' }).status === 0;
const builder = values.with ?? (hasCmake() ? 'cmake' : 'gyp');
if (builder !== 'cmake' && builder !== 'gyp') {
  console.error(`build-addon: expected --with cmake or gyp, got ${builder}`);
  process.exit(1);
}
const env = { ADAMQLR_BLAS: values.blas ?? process.env.ADAMQLR_BLAS ?? 'auto' };
if (builder === 'cmake') buildWithCmake(env);
else buildWithGyp(env);
console.log(`build-addon: ${output} (${builder}, BLAS ${env.ADAMQLR_BLAS})`);
