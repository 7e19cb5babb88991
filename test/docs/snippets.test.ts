import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { writeTinyCifar } from '../data/cifar/cifar-file.js';
import { temporaryFolder, writeTinyFashion } from '../data/idx-file.js';
import { writeEnergy } from '../data/uci-file.js';
import { root } from '../root.js';
import { type Outcome, runProgram, typeErrors } from './program.js';

const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** What a fence may say: programs and commands are run, signatures are checked by the compiler where they are declared, text is text. */
const LANGUAGES = ['ts', 'sh', 'ts signatures', 'text', 'json'] as const;

type Snippet = { readonly page: string; readonly line: number; readonly language: string; readonly source: string };

function snippetsOf(page: string): Snippet[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(({ 1: language, 2: source, index }) => ({
    page,
    line: text.slice(0, index).split('\n').length,
    language: language!,
    source: source!,
  }));
}

const snippets = pages.flatMap(snippetsOf);

/** Commands of a clone or an installation, which CI runs as they stand. */
const RUN_BY_CI = ['npm ci && npx adamqlr train', 'npm ci && npm test', 'npm i adamqlr'];

const main = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url));

/** Runs one line of a shell snippet: `npx adamqlr ARGUMENTS`, with a comment behind it or not. */
function runCommand(t: ExecutionContext, line: string, folder: string): Outcome | null {
  const command = line.replace(/\s+#.*$/, '').trim();
  if (command === '' || command.startsWith('#') || RUN_BY_CI.includes(command)) return null;
  const [program, name, ...args] = command.split(/\s+/);
  t.deepEqual([program, name], ['npx', 'adamqlr'], `a command that this test can run: ${command}`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', cwd: folder });
  return { code: status, stdout, stderr };
}

/** A folder with the files that the pages speak of. */
function workplace(t: ExecutionContext): string {
  const folder = temporaryFolder(t);
  cpSync(join(root, 'examples', 'houses'), folder, { recursive: true });
  for (const [name, write] of Object.entries({
    'fashion-mnist': writeTinyFashion,
    'uci-energy': writeEnergy,
    'cifar-10': writeTinyCifar,
  })) {
    mkdirSync(join(folder, name));
    write(join(folder, name));
  }
  return folder;
}

test('the first program of the README fits on half a screen', (t) => {
  const [first] = snippets.filter(({ page, language }) => page === 'README.md' && language === 'ts');
  t.true(first!.source.trimEnd().split('\n').length <= 15);
});

test('every fence of the pages has a known language', (t) => {
  for (const { page, line, language } of snippets)
    t.true((LANGUAGES as readonly string[]).includes(language), `${page} line ${line}: '${language}'`);
});

test('the programs of all pages have no type errors', (t) => {
  t.timeout(120_000);
  // Beside this test, so that the compiler sees them as part of the repository.
  const folder = mkdtempSync(fileURLToPath(new URL('programs-', import.meta.url)));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const programs = snippets.filter(({ language }) => language === 'ts');
  t.true(programs.length >= 5);
  const paths = programs.map(({ page, line, source }) => {
    const path = join(folder, `${basename(page, '.md')}-${line}.ts`);
    writeFileSync(path, source);
    return path;
  });
  t.deepEqual(typeErrors(paths), []);
});

for (const page of pages) {
  const parts = snippets.filter((snippet) => snippet.page === page && ['ts', 'sh'].includes(snippet.language));
  if (parts.length === 0) continue;
  test(`${page}: its programs and commands run, one after the other`, (t) => {
    t.timeout(300_000);
    const folder = workplace(t);
    for (const { line, language, source } of parts) {
      const outcomes =
        language === 'ts' ? [runProgram(source, folder)] : source.split('\n').map((command) => runCommand(t, command, folder));
      for (const outcome of outcomes) t.is(outcome?.code ?? 0, 0, `${page} line ${line}: ${outcome?.stderr}`);
    }
  });
}
