import { expected, outOfRange } from './errors.js';
import { suggestion } from './nearest.js';

/** A set of numbers in mathematical notation: '[0, 1)', '(0, inf)', '[0, inf]'. */
export type Range = `${'[' | '('}${string}, ${string}${']' | ')'}`;

/**
 * One option as data. Factories check the values they are given against it, and the command line derives a flag, its help
 * text and its parser from it.
 */
export type Option = {
  /** One sentence: meaning and symbol. */
  readonly description: string;
} & (
  | { readonly kind: 'number' | 'integer'; readonly range: Range; readonly default: number }
  | { readonly kind: 'flag'; readonly default: boolean }
  | { readonly kind: 'choice'; readonly choices: readonly string[]; readonly default: string }
  /** Two numbers, low <= high, both in `range`. */
  | { readonly kind: 'interval'; readonly range: Range; readonly default: readonly [number, number] }
);

/** Every option of one factory by name. */
export type Options = Readonly<Record<string, Option>>;

type ValueOf<O> = O extends { kind: 'flag' }
  ? boolean
  : O extends { kind: 'choice'; choices: readonly (infer Choice)[] }
    ? Choice
    : O extends { kind: 'interval' }
      ? readonly [number, number]
      : number;

/** The values described by an option table, all present. */
export type OptionValues<T extends Options> = { readonly [K in keyof T]: ValueOf<T[K]> };

const NUMBER = String.raw`-?(?:inf|\d+(?:\.\d+)?(?:e-?\d+)?)`;
const RANGE = new RegExp(`^([[(])(${NUMBER}), (${NUMBER})([\\])])$`);

function limit(text: string): number {
  return Number(text.replace('inf', 'Infinity'));
}

/** The test whether a number lies in a range; NaN never does. Made once for many numbers. */
export function rangeTest(range: Range): (value: number) => boolean {
  const parts = RANGE.exec(range);
  if (parts === null) throw expected('inRange', "a range such as '[0, 1)'", `'${range}'`);
  const low = limit(parts[2]!);
  const high = limit(parts[3]!);
  const above = parts[1] === '[' ? (value: number) => value >= low : (value: number) => value > low;
  const below = parts[4] === ']' ? (value: number) => value <= high : (value: number) => value < high;
  return (value) => above(value) && below(value);
}

/** Whether a number lies in a range; NaN never does. */
export function inRange(value: number, range: Range): boolean {
  return rangeTest(range)(value);
}

/** A value as an error or a help text shows it. */
export function showValue(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (value === Number.POSITIVE_INFINITY) return 'inf';
  return Array.isArray(value) ? `[${value.map(showValue).join(', ')}]` : String(value);
}

/** What an option accepts, in words: 'a number in [0, 1)'. */
export function accepts(option: Option): string {
  switch (option.kind) {
    case 'number':
      return `a number in ${option.range}`;
    case 'integer':
      return `an integer in ${option.range}`;
    case 'flag':
      return 'true or false';
    case 'choice':
      return option.choices.map((choice) => `'${choice}'`).join(' or ');
    case 'interval':
      return `two numbers low <= high in ${option.range}`;
    default:
      return option satisfies never;
  }
}

/** Throws TypeError for a value of the wrong kind, RangeError for one outside the option's range. */
export function checkOption(who: string, name: string, option: Option, value: unknown): void {
  const what = `${name} to be ${accepts(option)}`;
  const wrongKind = () => expected(who, what, showValue(value));
  switch (option.kind) {
    case 'number':
    case 'integer':
      if (typeof value !== 'number') throw wrongKind();
      if (!inRange(value, option.range) || (option.kind === 'integer' && !Number.isInteger(value)))
        throw outOfRange(who, what, showValue(value));
      return;
    case 'flag':
      if (typeof value !== 'boolean') throw wrongKind();
      return;
    case 'choice':
      if (typeof value !== 'string') throw wrongKind();
      if (!option.choices.includes(value)) throw outOfRange(who, what, showValue(value), suggestion(value, option.choices));
      return;
    case 'interval': {
      if (!Array.isArray(value) || value.length !== 2 || value.some((end) => typeof end !== 'number')) throw wrongKind();
      const [low, high] = value as [number, number];
      if (!inRange(low, option.range) || !inRange(high, option.range) || low > high) throw outOfRange(who, what, showValue(value));
      return;
    }
    default:
      option satisfies never;
  }
}

/** Throws TypeError unless options are an object with known names only (the error has the nearest known one). */
export function checkNames(who: string, known: readonly string[], given: unknown): void {
  if (given === null || typeof given !== 'object' || Array.isArray(given)) throw expected(who, 'options as an object', showValue(given));
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) throw expected(who, 'a known option', `'${name}'`, suggestion(name, known));
  }
}

/**
 * Fills in defaults and checks every value given. An option that is undefined counts as not given. Throws TypeError for an
 * unknown name (with the nearest known one) or a wrong kind, RangeError for a value out of range.
 */
export function resolveOptions<T extends Options>(who: string, table: T, given: Readonly<Record<string, unknown>> = {}): OptionValues<T> {
  checkNames(who, Object.keys(table), given);
  const resolved = Object.entries(table).map(([name, option]) => {
    const value = given[name];
    if (value === undefined) return [name, option.default];
    checkOption(who, name, option, value);
    return [name, value];
  });
  return Object.fromEntries(resolved);
}

/** Reads an option from a command line's text ('0.9', 'true', 'fisher', '1e-8,inf'), checked like any other value. */
export function parseOption(
  who: string,
  name: string,
  option: Option,
  text: string,
): boolean | number | string | readonly [number, number] {
  const number = (part: string) => {
    const value = part.trim() === '' ? Number.NaN : limit(part.trim());
    if (Number.isNaN(value)) throw expected(who, `${name} to be ${accepts(option)}`, `'${text}'`);
    return value;
  };
  let value: unknown = text;
  if (option.kind === 'number' || option.kind === 'integer') value = number(text);
  if (option.kind === 'flag') value = text === 'true' ? true : text === 'false' ? false : text;
  if (option.kind === 'interval') value = text.split(',').map(number);
  checkOption(who, name, option, value);
  return value as boolean | number | string | readonly [number, number];
}
