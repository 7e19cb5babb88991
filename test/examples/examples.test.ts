import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import ts from 'typescript';
import { temporaryFolder, writeTinyFashion } from '../data/idx-file.js';
import { root } from '../root.js';

const compiledIndex = new URL('../../lib/index.js', import.meta.url).href;

/** Where the README's program is put so that the compiler sees it as part of the repository. */
const readmeProgram = join(fileURLToPath(new URL('.', import.meta.url)), 'readme-program.ts');

function readmeCode(): string {
  const code = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8'));
  return code![1]!;
}

/** Type errors of a program that imports the package by its name. */
function typeErrors(path: string): string[] {
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config, ts.sys, root);
  const program = ts.createProgram([path], { ...options, rootDir: root, noEmit: true, paths: { adamqlr: [join(root, 'lib/index.ts')] } });
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

for (const name of ['fashion-mnist.ts', 'rosenbrock.ts']) {
  test(`examples/${name} has no type errors and at most 60 lines`, (t) => {
    t.timeout(60_000);
    t.deepEqual(typeErrors(example(name)), []);
    t.true(readFileSync(example(name), 'utf8').trimEnd().split('\n').length <= 60);
  });
}

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

test('the program of the README has no type errors, runs, and passes 95 %', (t) => {
  t.timeout(120_000);
  const code = readmeCode();
  t.true(code.trimEnd().split('\n').length <= 15);
  mkdirSync(join(readmeProgram, '..'), { recursive: true });
  writeFileSync(readmeProgram, code);
  t.teardown(() => rmSync(readmeProgram));
  t.deepEqual(typeErrors(readmeProgram), []);
  const ended = run(code, temporaryFolder(t));
  t.is(ended.code, 0, ended.stderr);
  const lines = ended.stdout.trimEnd().split('\n');
  t.is(lines.length, 11);
  const accuracy = Number(/accuracy: ([\d.]+)/.exec(lines.at(-1)!)![1]);
  t.true(accuracy >= 0.95, ended.stdout);
});
