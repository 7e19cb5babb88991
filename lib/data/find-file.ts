import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { expected } from '../base/errors.js';

/** Whether there is a file or a folder of this name. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The path of a file in a folder, gzipped or not; throws TypeError with the hint where neither is there. */
export async function findFile(who: string, folder: string, name: string, hint: string): Promise<string> {
  for (const path of [join(folder, `${name}.gz`), join(folder, name)]) {
    if (await exists(path)) return path;
  }
  throw expected(who, `${name}.gz or ${name} in ${folder}`, 'neither', hint);
}
