// Builds the addon and the TypeScript of a checkout; npm runs it after `npm ci`, and never in an installed package.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

// The first `npx adamqlr` in a checkout links the package into npx's own folder and prepares it once more. What is built stays as it is then,
// with the builder and the BLAS it was built with.
const built = existsSync('build/Release/adamqlr.node') && existsSync('dist/cli/main.js');
if (process.env.npm_command !== 'exec' || !built) {
  const { status } = spawnSync('npm', ['run', 'build'], { stdio: 'inherit', shell: process.platform === 'win32' });
  process.exitCode = status ?? 1;
}
