import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import * as library from '../lib/index.js';
import { root } from './root.js';

/** What esbuild tells about a file: the modules in it, and what it imports. */
type Output = {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly imports: readonly { readonly path: string; readonly kind: string; readonly external?: boolean }[];
};
type Bundler = { bundle(folder: string): Promise<Readonly<Record<string, Output>>> };

// Like dist, a folder in the package.
const folder = mkdtempSync(join(root, 'dist-test/bundle-'));
const { bundle } = (await import(pathToFileURL(join(root, 'scripts/bundle.mjs')).href)) as Bundler;
const outputs = await bundle(folder);
const bundled = (await import(pathToFileURL(join(folder, 'index.js')).href)) as typeof library;
test.after.always(() => rmSync(folder, { recursive: true }));

/** A file with all of ours that it imports, directly or not, and the packages that are loaded with them. */
function loaded(path: string, files = new Map<string, Output>(), packages = new Set<string>()) {
  if (!files.has(path)) {
    const output = outputs[path]!;
    files.set(path, output);
    for (const { path: name, kind, external } of output.imports) {
      if (external !== true) loaded(name, files, packages);
      else if (kind === 'import-statement' && !name.startsWith('node:')) packages.add(name);
    }
  }
  return { files, packages };
}

const written = (name: string) => relative(root, join(folder, name));
const program = loaded(written('index.js'));
const commands = loaded(written('cli/main.js'));
const run = (...args: string[]) =>
  execFileSync(process.execPath, [join(folder, 'cli/main.js'), ...args], { encoding: 'utf8', stdio: 'pipe' });

test('few files in place of all modules, each module in one of them', (t) => {
  t.true(program.files.size <= 3 && commands.files.size <= 3);
  const modules = Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs));
  t.true(modules.length > 200 && modules.includes('lib/runtime/load.ts') && modules.includes('lib/cli/train.ts'));
  t.is(new Set(modules).size, modules.length);
});

test('importing the library loads no package', (t) => {
  t.deepEqual([...program.packages], []);
  t.deepEqual([...commands.packages].sort(), ['cli-progress', 'commander']);
});

test('the same names, and values that work', async (t) => {
  t.deepEqual(Object.keys(bundled), Object.keys(library));
  const { data, loss, nn, ops, schedule, tree } = library;
  for (const [name, namespace] of Object.entries({ data, loss, nn, ops, schedule, tree }))
    t.deepEqual(Object.keys(bundled[name as 'data']).sort(), Object.keys(namespace).sort(), name);
  for (const [name, value] of Object.entries(library))
    if (typeof value === 'function') t.is((bundled[name as 'adamqlr'] as { name: string }).name, value.name);

  const train = async ({ Trainer, adamqlr, data, loss, nn }: typeof library) => {
    const task = data.glyphs({ seed: 1, train: 200, validation: 0, test: 50 });
    const trainer = new Trainer({ model: nn.mlp([784, 8, 10]), loss: loss.crossEntropy(), optimizer: adamqlr() });
    await trainer.train(task.train, { epochs: 2, batchSize: 100 });
    return trainer.parameters();
  };
  t.deepEqual(await train(bundled), await train(library));
});

test('the command line: its version, the addon, the script of report pages, a package that is loaded when it is needed', (t) => {
  t.is(run('--version').trim(), (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version);
  t.regex(run('inspect'), /threads/);
  t.throws(() => run('trian'), { message: /did you mean 'train'/ });
  const out = join(folder, 'run');
  const left = ['zstd', 'lz4', 'when', 'day', 'tags', 'id'].flatMap((column) => ['--exclude', column]);
  const table = [join(root, 'test/data/parquet/houses.parquet'), '--target', 'price', '--impute', 'median', ...left];
  run('train', ...table, '--epochs', '1', '--out', out);
  const page = readFileSync(join(out, 'report.html'), 'utf8');
  const script = readFileSync(join(folder, 'report/browser/charts.js'), 'utf8');
  const body = script.slice(0, script.lastIndexOf('//# sourceMappingURL'));
  t.true(body.length > 1000 && page.includes(body.trim()));
});
