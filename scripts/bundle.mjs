// Joins the modules behind each entry into the entry itself, because Node takes about half a millisecond to find, read and link a module and
// there are hundreds: node scripts/bundle.mjs FOLDER ENTRY...
// Every module stays a function of its own; packages are still imported from outside. What has been joined is removed, but for its types.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';

const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023, removeComments: true, esModuleInterop: true };

/** A module as the body of a function of `exports`. `needs` is called with every path it imports. */
function functionBody(folder, path, entry, needs) {
  // import() must stay one: packages may have no other door.
  const source = readFileSync(join(folder, path), 'utf8').replaceAll("import('", "$import('");
  const own = JSON.stringify(posix.relative(posix.dirname(entry), path));
  return (
    ts
      .transpileModule(source, { compilerOptions })
      .outputText.replace(/^#!.*\n/, '')
      .replace(/\n\/\/# sourceMappingURL=.*\n?$/, '\n')
      // Double quotes: the compiler's own, and no require of the sources.
      .replace(/\brequire\("([^"]+)"\)/g, (_, name) => {
        if (!name.startsWith('.')) return `$external("${name}")`;
        const target = posix.join(posix.dirname(path), name);
        needs(target);
        return `$load("${target}")`;
      })
      .replaceAll('import.meta.url', `new URL(${own}, import.meta.url).href`)
  );
}

function modulesBehind(folder, entry) {
  const modules = new Map();
  const visit = (path) => {
    if (modules.has(path)) return;
    modules.set(path, '');
    modules.set(path, functionBody(folder, path, entry, visit));
  };
  visit(entry);
  return modules;
}

/** Whether a module exports something, and what: the entry of a command does not and must not be run to find out. */
async function exportsOf(folder, entry) {
  const text = readFileSync(join(folder, entry), 'utf8');
  return /^export /m.test(text) ? Object.keys(await import(pathToFileURL(join(folder, entry)))) : [];
}

/** The text of one module in place of all those behind an entry, and their paths in `folder`. */
export async function bundle(folder, entry) {
  const names = await exportsOf(folder, entry);
  const modules = modulesBehind(folder, entry);
  const shebang = /^#!.*\n/.exec(readFileSync(join(folder, entry), 'utf8'))?.[0] ?? '';
  const functions = [...modules].map(([path, body]) => `  "${path}"(exports) {\n${body}  },\n`).join('');
  const text = `${shebang}import { createRequire } from 'node:module';
const $external = createRequire(import.meta.url);
const $import = (name) => import(name);
const $loaded = new Map();
function $load(path) {
  let exports = $loaded.get(path);
  if (exports === undefined) {
    exports = {};
    $loaded.set(path, exports);
    $modules[path](exports);
  }
  return exports;
}
const $modules = {
${functions}};
const $entry = $load("${entry}");
${names.length === 0 ? '' : `export const { ${names.join(', ')} } = $entry;\n`}`;
  return { text, paths: [...modules.keys()] };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, ...entries] = process.argv.slice(2);
  const bundles = [];
  for (const entry of entries) bundles.push({ entry, ...(await bundle(folder, entry)) });
  for (const path of new Set(bundles.flatMap(({ paths }) => paths))) for (const end of ['', '.map']) rmSync(join(folder, path + end));
  for (const { entry, text } of bundles) writeFileSync(join(folder, entry), text);
}
