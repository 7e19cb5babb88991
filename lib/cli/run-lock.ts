import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expected } from '../base/errors.js';
import { fileError } from './file-error.js';

/** The file that stands in the folder of a run for as long as a process writes there. */
export const LOCK = 'run.lock';

/** Whether a process of this machine is there; one of another user is. */
function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * The process that holds a lock, or null for a lock that was left behind: of a process that is gone, of another machine, where nobody can tell,
 * or written in part.
 */
function holder(path: string): number | null {
  try {
    const [, pid, host] = /^(\d+) (.+)\n$/.exec(readFileSync(path, 'utf8'))!;
    return host === hostname() && Number(pid) !== process.pid && alive(Number(pid)) ? Number(pid) : null;
  } catch {
    return null;
  }
}

function created(path: string): boolean {
  try {
    writeFileSync(path, `${process.pid} ${hostname()}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw fileError(path, 'a file that can be written', error);
  }
}

/**
 * Takes the folder of a run for this process until it ends or calls what is returned: two that write the same history would spoil it.
 * Throws one sentence where another process of this machine has it.
 */
export function lockRun(folder: string): () => void {
  const path = join(folder, LOCK);
  if (!created(path)) {
    const pid = holder(path);
    if (pid !== null)
      throw expected(
        folder,
        'a run that is not under way',
        `one that process ${pid} goes on with`,
        `wait for it; if it is something else, remove ${path}`,
      );
    rmSync(path, { force: true });
    if (!created(path)) throw expected(folder, 'a run that is not under way', 'one that another process has just begun to go on with');
  }
  const release = () => {
    process.off('exit', release);
    rmSync(path, { force: true });
  };
  process.on('exit', release);
  return release;
}
