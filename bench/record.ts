import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { native } from '../lib/index.js';

function findRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : findRoot(dirname(folder));
}

/** The top folder of the repository, also from compiled benches. */
export const root = findRoot(dirname(fileURLToPath(import.meta.url)));

/** The p-quantile of numbers, by linear interpolation. */
export function quantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = p * (sorted.length - 1),
    low = Math.floor(at);
  return sorted[low]! + (at - low) * (sorted[Math.min(low + 1, sorted.length - 1)]! - sorted[low]!);
}

/** Appends one line to bench/results/<name>.jsonl: the figures, and what they were measured with. */
export function record(name: string, figures: Readonly<Record<string, unknown>>): void {
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
  const line = JSON.stringify({ date: new Date().toISOString(), commit: dirty ? `${commit}+` : commit, machine, ...figures });
  appendFileSync(join(root, 'bench', 'results', `${name}.jsonl`), `${line}\n`);
  console.log(line);
}
