import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { root } from '../root.js';

/** How a child process ended, and what it said. */
export type Outcome = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

const compiledIndex = new URL('../../lib/index.js', import.meta.url).href;

/** Type errors of programs that import the package by its name. */
export function typeErrors(paths: readonly string[]): string[] {
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config, ts.sys, root);
  const program = ts.createProgram(paths, { ...options, rootDir: root, noEmit: true, paths: { adamqlr: [join(root, 'lib/index.ts')] } });
  return ts
    .getPreEmitDiagnostics(program)
    .map((d) => `${d.file?.fileName}:${d.start}: ${ts.flattenDiagnosticMessageText(d.messageText, ' ')}`);
}

/** Runs a TypeScript program that imports the package by its name, with the compiled library in its place. */
export function runProgram(source: string, folder: string, args: readonly string[] = []): Outcome {
  // Down to ES2022, because Node 20 does not know `using`.
  const { outputText } = ts.transpileModule(source, { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext } });
  const path = join(folder, 'program.mjs');
  writeFileSync(path, outputText.replaceAll("from 'adamqlr'", `from '${compiledIndex}'`));
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...args], { encoding: 'utf8', cwd: folder });
  return { code: status, stdout, stderr };
}
