import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import test from 'ava';
import ts from 'typescript';
import { root } from './root.js';

const folder = join(root, 'test/types');
const files = readdirSync(folder).filter((name) => name.endsWith('.ts'));
const config = ts.parseJsonConfigFileContent(ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config, ts.sys, root);
const options: ts.CompilerOptions = { ...config.options, rootDir: root, noEmit: true, noUnusedLocals: false };

/** What the compiler says about a file: an error that is not expected, or an expected one that does not come. */
function diagnostics(path: string, program: ts.Program): string[] {
  return ts.getPreEmitDiagnostics(program, program.getSourceFile(path)).map((found) => {
    const line = found.file === undefined ? 0 : found.file.getLineAndCharacterOfPosition(found.start ?? 0).line + 1;
    return `${relative(root, path)}:${line}: ${ts.flattenDiagnosticMessageText(found.messageText, ' ')}`;
  });
}

const program = ts.createProgram(
  files.map((name) => join(folder, name)),
  options,
);

for (const name of files) {
  test(`${name}: the compiler rejects every marked row and nothing else`, (t) => {
    const path = join(folder, name);
    t.true(readFileSync(path, 'utf8').includes('@ts-expect-error'));
    t.deepEqual(diagnostics(path, program), []);
  });
}
