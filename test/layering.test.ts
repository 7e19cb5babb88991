import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import test from 'ava';
import ts from 'typescript';
import { root } from './root.js';

/** Folders of lib/, low to high: imports point down only, and folders on one row do not import each other. */
const ROWS = [
  ['base'],
  ['graph'],
  ['ops'],
  ['transforms', 'runtime'],
  ['compile'],
  ['losses', 'nn', 'curvature'],
  ['optim'],
  ['data', 'checkpoint'],
  ['train'],
  ['report'],
  ['index.ts'],
  ['cli'],
];

/** The packages that a folder of lib/ may import; cli may import any. */
const PACKAGES: Record<string, readonly string[]> = { data: ['hyparquet'] };

/** Which folders of native/ a folder may include, and the outside headers that only it may include. */
const NATIVE: Record<string, { folders: string[]; own: RegExp | null }> = {
  core: { folders: ['core'], own: null },
  cpu: { folders: ['core', 'cpu'], own: /^cblas/ },
  cuda: { folders: ['core', 'cuda'], own: /^(cuda|nccl)/ },
  addon: { folders: ['core', 'addon'], own: /^(napi|node_api|js_native)/ },
  test: { folders: ['core', 'cpu', 'test'], own: null },
};

/** C++ standard headers have no extension; these few reach the machine: vector units, denormal mode, affinity. */
const SYSTEM = /^([a-z_]+|c?(arm_neon|immintrin|xmmintrin|pmmintrin|emmintrin|sys\/mman|sys\/prctl|unistd|sched|pthread|dlfcn)\.h)$/;

const CAPS = { lib: 400, native: 500, function: 60 };

function filesUnder(folder: string, pattern: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => pattern.test(name))
    .map((name) => join(folder, name).split(sep).join('/'))
    .sort();
}

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const parse = (path: string) => ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true);

/** The file or folder directly under lib/ or native/ that a path belongs to. */
const part = (path: string) => path.split('/')[1]!;
const row = (path: string) => ROWS.findIndex((folders) => folders.includes(part(path)));

/** Every module a file names: import, export from, import(), import types. */
function imports(source: ts.SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const named =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
          ? node.arguments[0]
          : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
            ? node.argument.literal
            : undefined;
    if (named !== undefined && ts.isStringLiteral(named)) found.push(named.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function libBreach(path: string, imported: string): string | null {
  if (imported.startsWith('node:')) return null;
  if (!imported.startsWith('.')) {
    const allowed = part(path) === 'cli' || PACKAGES[part(path)]?.includes(imported);
    return allowed ? null : `${path} imports the package ${imported}, which its folder may not`;
  }
  const target = relative(root, join(root, dirname(path), imported))
    .split(sep)
    .join('/')
    .replace(/\.js$/, '.ts');
  if (row(target) < 0) return `${path} imports ${imported}, which is in no row`;
  if (part(target) === part(path) || row(target) < row(path)) return null;
  return `${path} imports ${imported}, which is not below it`;
}

function nativeBreach(path: string, include: string): string | null {
  const rules = NATIVE[part(path)]!;
  const quoted = include.startsWith('"');
  const name = include.slice(1, -1);
  if (quoted) {
    const target = join(name.includes('/') && !name.startsWith('.') ? 'native' : dirname(path), name);
    return rules.folders.includes(part(target.split(sep).join('/'))) ? null : `${path} includes ${include}`;
  }
  return SYSTEM.test(name) || rules.own?.test(name) === true ? null : `${path} includes ${include}`;
}

test('every folder of lib has its row, every folder of native its rule', (t) => {
  t.deepEqual(
    readdirSync(join(root, 'lib')).filter((name) => row(`lib/${name}`) < 0),
    [],
  );
  const folders = readdirSync(join(root, 'native'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  t.deepEqual(
    folders.map((entry) => entry.name).filter((name) => NATIVE[name] === undefined),
    [],
  );
});

test('imports of lib point down', (t) => {
  const files = filesUnder('lib', /\.ts$/);
  t.true(files.length > 0);
  t.deepEqual(
    files.flatMap((path) => imports(parse(path)).map((imported) => libBreach(path, imported))).filter((breach) => breach !== null),
    [],
  );
});

test('includes of native point down', (t) => {
  const files = filesUnder('native', /\.(h|cc|cu|inc)$/);
  t.true(files.length > 0);
  const breaches = files.flatMap((path) => [...read(path).matchAll(/^\s*#\s*include\s*(\S+)/gm)].map((m) => nativeBreach(path, m[1]!)));
  t.deepEqual(
    breaches.filter((breach) => breach !== null),
    [],
  );
});

test('the layering rules catch a breach', (t) => {
  t.is(libBreach('lib/ops/matmul.ts', '../graph/node.js'), null);
  t.truthy(libBreach('lib/graph/node.ts', '../ops/matmul.js'));
  t.truthy(libBreach('lib/nn/linear.ts', '../losses/loss.js'));
  t.truthy(libBreach('lib/optim/adam.ts', 'commander'));
  t.truthy(libBreach('lib/data/idx.ts', 'commander'));
  t.is(nativeBreach('native/cpu/gemm.cc', '"../core/view.h"'), null);
  t.truthy(nativeBreach('native/core/plan.cc', '"../cpu/gemm.h"'));
  t.truthy(nativeBreach('native/cpu/gemm.cc', '<napi.h>'));
});

test('files and functions stay small', (t) => {
  const tooLong = [...filesUnder('lib', /\.ts$/), ...filesUnder('native', /\.(h|cc|cu|inc)$/)]
    .map((path) => ({ path, lines: read(path).trimEnd().split('\n').length }))
    .filter(({ path, lines }) => lines > (path.startsWith('lib') ? CAPS.lib : CAPS.native))
    .map(({ path, lines }) => `${path}: ${lines} lines`);
  t.deepEqual(tooLong, []);
  t.deepEqual(filesUnder('lib', /\.ts$/).flatMap(longFunctions), []);
});

test('randomness and time are arguments', (t) => {
  const files = filesUnder('lib', /\.ts$/).filter((path) => part(path) !== 'cli');
  t.deepEqual(
    files.filter((path) => /Math\.random|Date\.now/.test(read(path))),
    [],
  );
});

/** Functions with a body of their own above the cap, as `path:line: name, n lines`. */
function longFunctions(path: string): string[] {
  const source = parse(path);
  const line = (position: number) => source.getLineAndCharacterOfPosition(position).line + 1;
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      const start = line(node.getStart());
      const lines = line(node.getEnd()) - start + 1;
      const name = node.name?.getText() ?? 'function';
      if (lines > CAPS.function) found.push(`${path}:${start}: ${name}, ${lines} lines`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
