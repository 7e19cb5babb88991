import { Option as Flag } from 'commander';
import { accepts, type Option, type Options, parseOption, showValue } from '../base/options.js';
import { UsageError } from './usage-error.js';

/** 'initialDamping' -> 'initial-damping'. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

const PLACEHOLDER = { number: '<number>', integer: '<integer>', choice: '<name>', interval: '<low,high>' } as const;

/** Help text of one option: its description, what it accepts, its default when there is one. */
function help(option: Option, hasDefault: boolean): string {
  const text = option.description.replace(/\.$/, '');
  if (option.kind === 'flag') return text;
  const standard = hasDefault
    ? `; default ${showValue(option.default)
        .replaceAll("'", '')
        .replace(/^\[(.*), (.*)\]$/, '$1,$2')}`
    : '';
  return `${text} (${accepts(option).replaceAll("'", '')}${standard})`;
}

/**
 * The command-line flags of an option table, values parsed and checked as the table says: '--initial-damping <number>'.
 * A flag option gives '--nesterov', or '--no-nesterov' when it is on by default. `withDefaults`: whether the table's defaults apply.
 * No flag has a default for the parser, so that what the user gave can be told from what was not given.
 */
export function flagsOf(who: string, table: Options, withDefaults: boolean): Flag[] {
  return Object.entries(table).map(([name, option]) => {
    const long = `--${kebab(name)}`;
    if (option.kind === 'flag') return new Flag(option.default ? `--no-${kebab(name)}` : long, help(option, withDefaults));
    const flag = new Flag(`${long} ${PLACEHOLDER[option.kind]}`, help(option, withDefaults));
    return flag.argParser((text: string) => {
      try {
        return parseOption(who, long, option, text);
      } catch (error) {
        throw new UsageError((error as Error).message);
      }
    });
  });
}

/** The values that were given on the command line for the options of a table. */
export function given(table: Options, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.keys(table).flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])));
}
