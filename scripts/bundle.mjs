// Joins the modules of lib/ into few files, because Node takes about half a millisecond to find, read and link a module and there are
// hundreds: node scripts/bundle.mjs FOLDER
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Writes the library and the command line into a folder. What both need is in one file, so that state of a module exists once in a process;
 * packages are imported from outside, those of import() when they are needed. Resolves to what esbuild says about each file written.
 */
export async function bundle(folder) {
  rmSync(join(folder, 'shared'), { recursive: true, force: true }); // the names in it tell what is inside, so old files would stay
  const { metafile } = await build({
    absWorkingDir: root,
    // The script of report pages is read as text.
    entryPoints: ['lib/index.ts', 'lib/cli/main.ts', 'lib/report/browser/charts.ts'],
    outdir: folder,
    outbase: 'lib',
    chunkNames: 'shared/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    sourcemap: 'linked',
    sourcesContent: false,
    metafile: true,
    logLevel: 'warning',
  });
  return metafile.outputs;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle(process.argv[2]);
