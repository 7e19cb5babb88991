import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import * as library from '../lib/index.js';
import { root } from './root.js';

type Bundler = { bundle(folder: string, entry: string): Promise<{ readonly text: string; readonly paths: readonly string[] }> };

const folder = join(root, 'dist-test/lib');
const { bundle } = (await import(pathToFileURL(join(root, 'scripts/bundle.mjs')).href)) as Bundler;

/** Writes the bundle of an entry beside it, where its relative paths hold. */
async function written(entry: string) {
  const { text, paths } = await bundle(folder, entry);
  const path = join(folder, entry.replace(/\.js$/, '.bundle.js'));
  writeFileSync(path, text);
  return { path, text, paths };
}

test('one file in place of all modules: the same names, values that work, no module of ours from outside', async (t) => {
  const { path, text, paths } = await written('index.js');
  t.teardown(() => rmSync(path));
  t.true(paths.length > 200 && paths.includes('train/trainer.js'));
  t.deepEqual(
    [...text.matchAll(/\b(?:from|import|require|external)\(?\s*['"](\.[^'"]+)/g)].map(([, name]) => name),
    [],
  );
  const bundled = (await import(pathToFileURL(path).href)) as typeof library;
  t.deepEqual(Object.keys(bundled), Object.keys(library));
  const { data, loss, nn, ops, schedule, tree } = library;
  for (const [name, namespace] of Object.entries({ data, loss, nn, ops, schedule, tree }))
    t.deepEqual(Object.keys(bundled[name as 'data']).sort(), Object.keys(namespace).sort(), name);

  const train = async ({ Trainer, adamqlr, data, loss, nn }: typeof library) => {
    const task = data.glyphs({ seed: 1, train: 200, validation: 0, test: 50 });
    const trainer = new Trainer({ model: nn.mlp([784, 8, 10]), loss: loss.crossEntropy(), optimizer: adamqlr() });
    await trainer.train(task.train, { epochs: 2, batchSize: 100 });
    return trainer.parameters();
  };
  t.deepEqual(await train(bundled), await train(library));
});

test('a package that is loaded when it is needed: Parquet files in the bundle', async (t) => {
  const { path, text } = await written('data/parquet/source.js');
  t.teardown(() => rmSync(path));
  t.true(text.includes("$import('hyparquet')"));
  const { ParquetSource } = (await import(pathToFileURL(path).href)) as typeof import('../lib/data/parquet/source.js');
  t.true((await new ParquetSource(join(root, 'test/data/parquet/houses.parquet')).count()) > 0);
});

test('the command line in one file', async (t) => {
  const { path } = await written('cli/main.js');
  t.teardown(() => rmSync(path));
  const run = (...args: string[]) => execFileSync(process.execPath, [path, ...args], { encoding: 'utf8', stdio: 'pipe' });
  t.is(run('--version').trim(), (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version);
  t.regex(run('inspect'), /threads/);
  t.throws(() => run('trian'), { message: /did you mean 'train'/ });
});
