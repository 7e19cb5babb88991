import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { root } from './root.js';

/**
 * Folder with reference results (`oracles/`) and data sets (`data/`) that are too large for the repository:
 * `$ADAMQLR_SHARED`, else a folder `shared` next to the repository.
 */
const folder = resolve(process.env['ADAMQLR_SHARED'] ?? join(root, '../shared'));

/** Path of a file or folder in there, for example `shared('oracles/adamqlr.json')`, or null where this machine lacks it. */
export function shared(path: string): string | null {
  const full = join(folder, path);
  return existsSync(full) ? full : null;
}

/**
 * Declares a test that needs shared files; the body gets their full paths. Where one is missing the test is skipped and its title says why.
 */
export function sharedTest(
  title: string,
  paths: readonly string[],
  body: (t: ExecutionContext, ...found: string[]) => void | Promise<void>,
): void {
  const missing = paths.find((path) => shared(path) === null);
  if (missing !== undefined) test.skip(`${title} (skipped: no ${missing} in ${folder})`, () => {});
  else test(title, (t) => body(t, ...paths.map((path) => shared(path)!)));
}
