import type { CommanderError } from 'commander';
import { suggestion } from '../base/nearest.js';

/** Who speaks in errors about `adamqlr train`. */
export const TRAIN = 'adamqlr train';

/** The command line cannot be understood: one sentence for the user, exit code 2, no stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** `who: expected WHAT, got VALUE; HINT` about the command line. */
export function usage(who: string, what: string, got: string, hint?: string): UsageError {
  return new UsageError(`${who}: expected ${what}, got ${got}${hint === undefined ? '' : `; ${hint}`}`);
}

/** Throws unless `name` is one of `known`; the sentence has the nearest known name. */
export function checkName(who: string, what: string, name: string, known: readonly string[]): void {
  if (!known.includes(name)) throw usage(who, what, `'${name}'`, suggestion(name, known));
}

/** The word in quotes that an error of the parser is about. */
function subject(error: CommanderError): string {
  return /'([^'=]*)/.exec(error.message)?.[1] ?? '';
}

/** The parser's error as our sentence. `flags`: every option the command knows, such as '--epochs'. `elsewhere`: a hint for options that only other choices have. */
export function fromParser(
  who: string,
  error: CommanderError,
  flags: readonly string[],
  elsewhere: (flag: string) => string | undefined = () => undefined,
): UsageError {
  const name = subject(error);
  switch (error.code) {
    case 'commander.unknownOption':
      return usage(who, 'a known option', `'${name}'`, elsewhere(name) ?? suggestion(name, flags));
    case 'commander.optionMissingArgument':
      return usage(who, `a value after ${name.split(' ')[0]}`, 'none', `see ${who} --help`);
    case 'commander.missingArgument':
      return usage(who, `${name === 'run' ? 'at least one' : 'a'} ${name.toUpperCase()}`, 'none', `see ${who} --help`);
    case 'commander.excessArguments':
      return usage(who, 'no further arguments', 'some', `see ${who} --help`);
    default:
      return new UsageError(`${who}: ${error.message.replace(/^error: /, '')}`);
  }
}
