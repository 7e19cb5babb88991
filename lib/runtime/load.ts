import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Native } from './native.js';

/** No usable native binary. `causes` has one entry per place that was tried and exists. */
export class NativeLoadError extends Error {
  override readonly name = 'NativeLoadError';
  readonly causes: readonly Error[];
  constructor(message: string, causes: readonly Error[]) {
    super(message, causes[0] === undefined ? undefined : { cause: causes[0] });
    this.causes = causes;
  }
}

const require = createRequire(import.meta.url);

/** The folder with the package.json of this package: works from dist/, from dist-test/lib/ and from sources. */
function packageRoot(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && (JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string }).name === 'adamqlr') return folder;
    if (dirname(folder) === folder) return start;
  }
}

type Attempt = { readonly where: string; readonly load: () => Native };

function attempts(): Attempt[] {
  const list: Attempt[] = [];
  const chosen = process.env['ADAMQLR_BINARY'];
  if (chosen !== undefined && chosen !== '') {
    const path = resolve(chosen);
    return [{ where: `ADAMQLR_BINARY=${chosen}`, load: () => require(path) as Native }];
  }
  const built = join(packageRoot(), 'build', 'Release', 'adamqlr.node');
  if (existsSync(built)) list.push({ where: built, load: () => require(built) as Native });
  const name = `@adamqlr/${process.platform}-${process.arch}`;
  list.push({ where: name, load: () => require(name) as Native });
  return list;
}

function isMissing(error: Error, where: string): boolean {
  return (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND' && error.message.includes(where);
}

function open(): Native {
  const failures: { where: string; error: Error }[] = [];
  for (const { where, load } of attempts()) {
    try {
      const addon = load();
      process.once('exit', () => addon.shutdown());
      return addon;
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      if (!isMissing(error, where)) failures.push({ where, error });
    }
  }
  const platform = `${process.platform}-${process.arch}`;
  const tried = failures.map(({ where, error }) => `\n  ${where}: ${error.message.split('\n')[0]}`).join('');
  throw new NativeLoadError(
    `adamqlr: expected a native binary for ${platform}, got ${failures.length === 0 ? 'none' : 'errors'}; ` +
      `build one in a checkout with npm ci or npm run build:native, or name one with ADAMQLR_BINARY=/path/to/adamqlr.node${tried}`,
    failures.map(({ error }) => error),
  );
}

let loaded: Native | undefined;

/** The addon, loaded once. Throws NativeLoadError that names every place tried and what to do. */
export function native(): Native {
  loaded ??= open();
  return loaded;
}
