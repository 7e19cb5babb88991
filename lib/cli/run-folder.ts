import { mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileError } from './file-error.js';
import { TRAIN, usage } from './usage-error.js';

/** Where runs go that were not told where to go. */
const RUNS = 'runs';

/** Names of the files in a run's folder. */
export const RUN_FILES = {
  model: 'model.safetensors',
  report: 'report.html',
  history: 'history.jsonl',
  config: 'config.json',
  checkpoint: 'checkpoint.safetensors',
  profile: 'profile.json',
} as const;

/** A folder that was just made, or found empty, for one run. */
export type RunFolder = {
  readonly path: string;
  /** Takes back what was made, as long as nothing is in it: for runs that never began. */
  remove(): void;
};

function removeEmpty(folders: readonly string[]): void {
  for (const folder of folders) {
    try {
      rmdirSync(folder);
    } catch {
      return; // something is in it, so that it and those around it stay
    }
  }
}

/** Makes a folder unless it is there, and says whether it was made now. */
function make(path: string, recursive: boolean): boolean {
  try {
    const made = mkdirSync(path, { recursive });
    return !recursive || made !== undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' && !recursive) return false;
    throw fileError(path, 'a folder that can be written', error, 'choose another one with --out');
  }
}

function given(path: string): RunFolder {
  const made = make(path, true);
  if (!made && readdirSync(path).length > 0) {
    throw usage(TRAIN, '--out to be a new or an empty folder', `'${path}' with files in it`, 'name another one');
  }
  return { path, remove: () => made && removeEmpty([path]) };
}

/** The greatest N of the folders NAME-N, or 0. */
function greatest(name: string): number {
  const numbers = readdirSync(RUNS).map((entry) => (entry.startsWith(`${name}-`) ? Number(entry.slice(name.length + 1)) : 0));
  return Math.max(0, ...numbers.filter(Number.isSafeInteger));
}

/**
 * The folder of a new run: `out`, which must be new or empty, or runs/NAME-N with the next free N. Making a folder either succeeds or finds
 * it there, so that two runs that begin at once do not share one.
 */
export function runFolder(name: string, out: string | undefined): RunFolder {
  if (out !== undefined) return given(out);
  const first = make(RUNS, true);
  for (let n = greatest(name) + 1; ; n++) {
    const path = join(RUNS, `${name}-${n}`);
    if (make(path, false)) return { path, remove: () => removeEmpty(first ? [path, RUNS] : [path]) };
  }
}
