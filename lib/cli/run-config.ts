import { readFileSync } from 'node:fs';
import { expected } from '../base/errors.js';
import { checkNames, checkOption, type Options, showValue } from '../base/options.js';
import { fileError } from './file-error.js';
import { UsageError } from './usage-error.js';

/** The part of a configuration that says what a run ran on; it is written, and read past. */
export const ENVIRONMENT = 'environment';

/** Values of options that are not numbers, choices or flags of a table: a text, a yes or no, a list of texts, or widths of layers. */
export type PlainKind = 'text' | 'flag' | 'texts' | 'counts';

/** Whether a value can be the width of a layer. */
export function isWidth(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 100_000;
}

const PLAIN: Readonly<Record<PlainKind, { readonly what: string; readonly fits: (value: unknown) => boolean }>> = {
  text: { what: 'a text', fits: (value) => typeof value === 'string' },
  flag: { what: 'true or false', fits: (value) => typeof value === 'boolean' },
  texts: { what: 'a list of texts', fits: (value) => Array.isArray(value) && value.every((one) => typeof one === 'string') },
  counts: {
    what: 'a list of integers in [1, 100000]',
    fits: (value) => Array.isArray(value) && value.length > 0 && value.every(isWidth),
  },
};

/** JSON has no infinity; files have the word that the command line has. */
function revived(value: unknown): unknown {
  if (value === 'inf') return Number.POSITIVE_INFINITY;
  if (value === '-inf') return Number.NEGATIVE_INFINITY;
  return Array.isArray(value) ? value.map(revived) : value;
}

/** A configuration as it can be written to a file and read again. */
export function writable(value: unknown): unknown {
  if (value === Number.POSITIVE_INFINITY) return 'inf';
  if (value === Number.NEGATIVE_INFINITY) return '-inf';
  return Array.isArray(value) ? value.map(writable) : value;
}

/** The line of a position in a text, from 1. */
function lineOf(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}

/** Reads the object in a configuration file, without a look at its names. Throws UsageError naming the file. */
export function readConfig(path: string): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError((fileError(path, 'a configuration that can be read', error) as Error).message);
  }
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (error) {
    const position = /position (\d+)/.exec((error as Error).message)?.[1];
    const where = position === undefined ? path : `${path} line ${lineOf(text, Number(position))}`;
    throw new UsageError(`${where}: expected JSON, got something else; ${(error as Error).message}`);
  }
  if (found === null || typeof found !== 'object' || Array.isArray(found)) {
    throw new UsageError(`${path}: expected an object of options, got ${showValue(found)}; for example {"task": "glyphs", "epochs": 20}`);
  }
  return found as Readonly<Record<string, unknown>>;
}

/**
 * The values of a configuration, checked as those of the command line are: `options` by their tables, `plain` by their kind. An environment is
 * left out. `elsewhere`: a hint for names that only another choice has. Throws UsageError naming the file and, for an unknown name, the nearest known one.
 */
export function checkedConfig(
  path: string,
  config: Readonly<Record<string, unknown>>,
  options: Options,
  plain: Readonly<Record<string, PlainKind>>,
  elsewhere: (name: string) => string | undefined,
): Record<string, unknown> {
  const known = [...Object.keys(plain), ...Object.keys(options)];
  try {
    const values: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(config)) {
      if (name === ENVIRONMENT) continue;
      const hint = known.includes(name) ? undefined : elsewhere(name);
      if (hint !== undefined) throw expected(path, 'a known option', `'${name}'`, hint);
      checkNames(path, known, { [name]: value });
      values[name] = checked(path, name, value, options, plain);
    }
    return values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function checked(path: string, name: string, value: unknown, options: Options, plain: Readonly<Record<string, PlainKind>>): unknown {
  const kind = plain[name];
  if (kind !== undefined) {
    if (!PLAIN[kind].fits(value)) throw expected(path, `${name} to be ${PLAIN[kind].what}`, showValue(value));
    return value;
  }
  const option = options[name]!;
  const read = option.kind === 'choice' ? value : revived(value);
  checkOption(path, name, option, read);
  return read;
}
