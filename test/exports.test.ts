import { join } from 'node:path';
import test from 'ava';
import ts from 'typescript';
import { root } from './root.js';

const entry = join(root, 'lib/index.ts');
const options = ts.parseJsonConfigFileContent(ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config, ts.sys, root).options;
const program = ts.createProgram([entry], options);
const checker = program.getTypeChecker();

/** Dotted names of everything a module exports, namespaces such as `nn` included, that has no doc comment. */
function undocumented(module: ts.Symbol, prefix: string): string[] {
  return checker.getExportsOfModule(module).flatMap((exported) => {
    const name = `${prefix}${exported.name}`;
    const target = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    if (target.flags & ts.SymbolFlags.ValueModule) return undocumented(target, `${name}.`);
    return target.getDocumentationComment(checker).length > 0 ? [] : [name];
  });
}

test('every export of lib/index.ts has a doc comment', (t) => {
  t.timeout(60_000);
  const file = program.getSourceFile(entry);
  t.truthy(file);
  const module = checker.getSymbolAtLocation(file!);
  t.truthy(module);
  t.true(checker.getExportsOfModule(module!).length > 0);
  t.deepEqual(undocumented(module!, ''), []);
});

test('lib/index.ts only re-exports', (t) => {
  const source = ts.createSourceFile(entry, ts.sys.readFile(entry)!, ts.ScriptTarget.Latest, true);
  t.deepEqual(
    source.statements
      .filter((statement) => !ts.isExportDeclaration(statement) && !ts.isImportDeclaration(statement))
      .map((s) => s.getText()),
    [],
  );
});
