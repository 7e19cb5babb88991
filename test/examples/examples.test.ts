import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import ts from 'typescript';
import { temporaryFolder, writeTinyFashion } from '../data/idx-file.js';
import { root } from '../root.js';

const compiledIndex = new URL('../../lib/index.js', import.meta.url).href;

function readmeCode(): string {
  const code = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8'));
  return code![1]!;
}

/** Type errors of programs that import the package by its name. */
function typeErrors(paths: readonly string[]): string[] {
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config, ts.sys, root);
  const program = ts.createProgram(paths, { ...options, rootDir: root, noEmit: true, paths: { adamqlr: [join(root, 'lib/index.ts')] } });
  return ts
    .getPreEmitDiagnostics(program)
    .map((d) => `${d.file?.fileName}:${d.start}: ${ts.flattenDiagnosticMessageText(d.messageText, ' ')}`);
}

/** Runs a TypeScript program that imports the package by its name, with the compiled library in its place. */
function run(source: string, folder: string, args: readonly string[] = []): { code: number | null; stdout: string; stderr: string } {
  const { outputText } = ts.transpileModule(source, { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext } });
  const path = join(folder, 'program.mjs');
  writeFileSync(path, outputText.replace("from 'adamqlr'", `from '${compiledIndex}'`));
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...args], { encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

const example = (name: string) => join(root, 'examples', name);

test('the examples and the program of the README have no type errors and are short', (t) => {
  t.timeout(120_000);
  const examples = readdirSync(join(root, 'examples'));
  t.true(examples.length >= 2);
  // Beside this test, so that the compiler sees it as part of the repository.
  const readme = fileURLToPath(new URL('readme-program.ts', import.meta.url));
  writeFileSync(readme, readmeCode());
  t.teardown(() => rmSync(readme));
  t.deepEqual(typeErrors([...examples.map(example), readme]), []);
  const lines = (text: string) => text.trimEnd().split('\n').length;
  for (const name of examples) t.true(lines(readFileSync(example(name), 'utf8')) <= 60, name);
  t.true(lines(readmeCode()) <= 15);
});

test('examples/fashion-mnist.ts trains both optimizers on tiny data', (t) => {
  t.timeout(60_000);
  const folder = temporaryFolder(t);
  writeTinyFashion(folder);
  const { code, stdout, stderr } = run(readFileSync(example('fashion-mnist.ts'), 'utf8'), folder, [folder, '2']);
  t.is(code, 0, stderr);
  t.regex(stdout, /^50 training, 10 validation and 20 test images$/m);
  for (const name of ['adamqlr', 'adam']) {
    t.regex(stdout, new RegExp(`^${name} epoch 2: training loss [\\d.]+, validation loss [\\d.]+, learning rate `, 'm'));
    t.regex(stdout, new RegExp(`^${name}: test loss [\\d.]+, test accuracy [\\d.]+ %$`, 'm'));
  }
});

test('examples/rosenbrock.ts comes close to the minimum', (t) => {
  t.timeout(60_000);
  const { code, stdout, stderr } = run(readFileSync(example('rosenbrock.ts'), 'utf8'), temporaryFolder(t), ['4000']);
  t.is(code, 0, stderr);
  const [, x, y] = /^after 4000 steps: \((.*), (.*)\)$/m.exec(stdout)!;
  t.true(Math.hypot(Number(x) - 1, Number(y) - 1) < 0.05, stdout);
});

test('the program of the README runs and passes 95 %', (t) => {
  t.timeout(120_000);
  const { code, stdout, stderr } = run(readmeCode(), temporaryFolder(t));
  t.is(code, 0, stderr);
  const lines = stdout.trimEnd().split('\n');
  t.is(lines.length, 11);
  const accuracy = Number(/accuracy: ([\d.]+)/.exec(lines.at(-1)!)![1]);
  t.true(accuracy >= 0.95, stdout);
});
