// Writes the API reference from the doc comments of lib/index.ts: `node scripts/docs.mjs [FOLDER]`, by default to docs/api.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application } from 'typedoc';

const docs = join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs');
const out = process.argv[2] ?? join(docs, 'api');

/** Equations in doc comments are set off by two spaces; Markdown would run them together. */
function equationsAsText(page) {
  let fenced = false;
  let inEquations = false;
  const lines = page.split('\n').flatMap((line) => {
    if (line.startsWith('```')) fenced = !fenced;
    const isEquation = !fenced && /^ {2,}\S/.test(line);
    if (isEquation === inEquations) return [line];
    inEquations = isEquation;
    return isEquation ? ['```text', line] : ['```', line];
  });
  return lines.join('\n').replaceAll('__namedParameters', 'options');
}

const app = await Application.bootstrapWithPlugins({ options: join(docs, 'typedoc.json'), out });
const project = await app.convert();
rmSync(out, { recursive: true, force: true });
if (project !== undefined) await app.generateOutputs(project);
if (project === undefined || app.logger.hasWarnings() || app.logger.hasErrors()) process.exit(1);
for (const name of readdirSync(out)) {
  const path = join(out, name);
  writeFileSync(path, equationsAsText(readFileSync(path, 'utf8')));
}
