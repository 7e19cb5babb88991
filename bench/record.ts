import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { native } from '../lib/index.js';

export { quantile } from './statistics.js';

function findRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : findRoot(dirname(folder));
}

/** The top folder of the repository, also from compiled benches. */
export const root = findRoot(dirname(fileURLToPath(import.meta.url)));

/** What figures were measured with: date, commit ('+' behind it: with changes), processor, threads, BLAS. */
export function circumstances(): Readonly<Record<string, unknown>> {
  const { blas, isaUsed, threads } = native().info();
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  const dirty = execFileSync('git', ['status', '--porcelain', '--', 'lib', 'native'], { cwd: root, encoding: 'utf8' }) !== '';
  const machine = {
    cpu: cpus()[0]?.model.trim(),
    cores: availableParallelism(),
    node: process.version,
    blas: blas.name,
    isa: isaUsed,
    threads,
  };
  return { date: new Date().toISOString(), commit: dirty ? `${commit}+` : commit, machine };
}

/** Appends one line to bench/results/<name>.jsonl: the figures, and what they were measured with. */
export function append(name: string, figures: Readonly<Record<string, unknown>>): string {
  const line = JSON.stringify({ ...circumstances(), ...figures });
  appendFileSync(join(root, 'bench', 'results', `${name}.jsonl`), `${line}\n`);
  return line;
}

/** The same, and prints the line. */
export function record(name: string, figures: Readonly<Record<string, unknown>>): void {
  console.log(append(name, figures));
}
