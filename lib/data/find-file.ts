import { access } from 'node:fs/promises';
import { join } from 'node:path';

/** Whether there is a file or a folder of this name. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** A file that a folder lacks. What to do about it is kept apart for those who do not write code. */
export class MissingFileError extends TypeError {
  override readonly name = 'TypeError';
  /** Name of the file. */
  readonly file: string;
  readonly #problem: string;

  constructor(who: string, folder: string, file: string, hint: string) {
    const problem = `${who}: expected ${file}.gz or ${file} in ${folder}, got neither`;
    super(`${problem}; ${hint}`);
    this.file = file;
    this.#problem = problem;
  }

  /** The sentence with another hint. */
  sentence(hint: string): string {
    return `${this.#problem}; ${hint}`;
  }
}

/** The path of a file in a folder, gzipped or not; throws MissingFileError with the hint where neither is there. */
export async function findFile(who: string, folder: string, name: string, hint: string): Promise<string> {
  for (const path of [join(folder, `${name}.gz`), join(folder, name)]) {
    if (await exists(path)) return path;
  }
  throw new MissingFileError(who, folder, name, hint);
}
