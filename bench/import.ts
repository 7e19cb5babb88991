/**
 * What starting costs, in fresh processes and in turn: Node alone, `import('adamqlr')` from the built package (the time inside the process,
 * and the processor time it takes), and whole commands. Builds dist first, because that is what users load.
 * Usage: npm run bench -- import [PROCESSES]
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { quantile, record, root } from './record.js';

const processes = Number(process.argv[2] ?? 21);
execFileSync('npm', ['run', '--silent', 'build:ts'], { cwd: root, stdio: 'inherit' });

const node = (args: readonly string[]) => execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' });

const IMPORT = `
const begin = performance.now(), used = process.cpuUsage();
const { native, adamqlr, Trainer } = await import(${JSON.stringify(join(root, 'dist/index.js'))});
const wallMs = performance.now() - begin, { user, system } = process.cpuUsage(used);
if (typeof Trainer !== 'function' || adamqlr().name !== 'adamqlr') throw new Error('import: expected the library, got something else');
native().info();
console.log(JSON.stringify({ wallMs, cpuMs: (user + system) / 1e3, withAddonMs: performance.now() - begin }));`;

type Figures = Readonly<Record<string, number>>;

function timed(args: readonly string[]): number {
  const begin = performance.now();
  node(args);
  return performance.now() - begin;
}

function measure(): Figures {
  return {
    ...(JSON.parse(node(['--input-type=module', '-e', IMPORT])) as Figures),
    nodeMs: timed(['-e', '0']),
    versionMs: timed([join(root, 'dist/cli/main.js'), '--version']),
    inspectMs: timed([join(root, 'dist/cli/main.js'), 'inspect']),
  };
}

measure(); // brings the files into memory
const rows = Array.from({ length: processes }, measure);
const summary = (name: string) => {
  const values = rows.map((row) => row[name]!);
  return { median: quantile(values, 0.5), p10: quantile(values, 0.1), p90: quantile(values, 0.9) };
};
record('import', { processes, ...Object.fromEntries(Object.keys(rows[0]!).map((name) => [name, summary(name)])) });
