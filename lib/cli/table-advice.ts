import type { TableOptions } from '../data/table/options.js';
import { type Remedy, TableError } from '../data/table/table-error.js';
import { command, quoted } from './command-line.js';

/** Flags of a remedy, as separate arguments. */
function flagsOf({ option, value }: Remedy): string[] {
  return (typeof value === 'string' ? [value] : value).flatMap((one) => [`--${option}`, one]);
}

/** The options with a remedy applied. */
function remedied(options: TableOptions, { option, value }: Remedy): TableOptions {
  return { ...options, [option]: typeof value === 'string' ? value : [...(options[option as 'exclude'] ?? []), ...value] };
}

/** Problems of one table that are looked for together. */
const MOST = 20;

/**
 * Loads a table; where it cannot be used as it is, the error names the flags that make it usable: those of all its problems together, found
 * by loading it again with each remedy, so that the user need not find them one by one. A value that is no number is no such problem:
 * whether to mend it only the user can tell. `typed`: the arguments of the command up to now.
 */
export async function advised<T>(options: TableOptions, typed: readonly string[], load: (options: TableOptions) => Promise<T>): Promise<T> {
  try {
    return await load(options);
  } catch (error) {
    if (!(error instanceof TableError)) throw error;
    if (error.remedy.option === 'categorical') throw new TypeError(error.sentence(`add ${flagsOf(error.remedy).map(quoted).join(' ')}`));
    const remedies = await allRemedies(error.remedy, options, load);
    throw new TypeError(error.sentence(`try: ${command(...typed, ...remedies.flatMap(flagsOf))}`));
  }
}

async function allRemedies(
  first: Remedy,
  given: TableOptions,
  load: (options: TableOptions) => Promise<unknown>,
): Promise<readonly Remedy[]> {
  const remedies = [first];
  let options = remedied(given, first);
  while (remedies.length < MOST) {
    try {
      await load(options);
      break;
    } catch (error) {
      if (!(error instanceof TableError) || error.remedy.option === 'categorical') break;
      const { remedy } = error;
      const same = remedies.findIndex(({ option }) => option === remedy.option && typeof remedy.value === 'string');
      if (same >= 0) remedies[same] = remedy;
      else remedies.push(remedy);
      options = remedied(options, remedy);
    }
  }
  return remedies;
}
