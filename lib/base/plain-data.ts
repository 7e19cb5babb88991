import { expected } from './errors.js';
import { suggestion } from './nearest.js';
import { showValue } from './options.js';

/** What JSON can hold. */
export type PlainData = null | boolean | number | string | readonly PlainData[] | { readonly [name: string]: PlainData };

/** Whether a value is an object with names: neither null nor an array. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** A value of unknown origin as an error shows it: short, whatever it holds. */
export function showUnknown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (isRecord(value)) return 'an object';
  return typeof value === 'string' && value.length > 60 ? `'${value.slice(0, 60)}...'` : showValue(value);
}

/** Where plain data differ first, in words: "layers[1].layer 'relu' in place of 'tanh'"; null where they are equal. */
export function difference(found: unknown, wanted: unknown, path = ''): string | null {
  const lists = Array.isArray(found) && Array.isArray(wanted) && found.length === wanted.length;
  if (lists || (isRecord(found) && isRecord(wanted))) {
    const [a, b] = [found, wanted] as unknown as Readonly<Record<string, unknown>>[];
    for (const name of new Set([...Object.keys(b!), ...Object.keys(a!)])) {
      const place = lists ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
      const first = difference(a![name], b![name], place);
      if (first !== null) return first;
    }
    return null;
  }
  return found === wanted ? null : `${path} ${showUnknown(found)} in place of ${showUnknown(wanted)}`.trim();
}

/**
 * Reads plain data of unknown origin, such as JSON from a file. A reader knows its place ('columns[2].mean'), so that every error says
 * where in the data it is. All checks throw TypeError.
 */
export class PlainReader {
  readonly #who: string;
  readonly #path: string;
  readonly value: unknown;

  /** `who` begins every error; `path` is where the value lies, '' for the whole. */
  constructor(who: string, value: unknown, path = '') {
    this.#who = who;
    this.#path = path;
    this.value = value;
  }

  /** The error for this value: what was expected in its place. */
  error(what: string, got: string = showUnknown(this.value), hint?: string): TypeError {
    return expected(this.#who, `${this.#path === '' ? 'the whole' : this.#path} to be ${what}`, got, hint);
  }

  /** The fields of an object that has exactly these names, each to be read. */
  fields<N extends string>(names: readonly N[]): Readonly<Record<N, PlainReader>> {
    const { value } = this;
    if (!isRecord(value)) throw this.error('an object');
    for (const name of Object.keys(value)) {
      if (!names.includes(name as N)) throw this.error(`an object with ${names.join(', ')}`, `'${name}' in it`, suggestion(name, names));
    }
    const lacking = names.find((name) => !Object.hasOwn(value, name));
    if (lacking !== undefined) throw this.error(`an object with ${names.join(', ')}`, `one without '${lacking}'`);
    const path = this.#path === '' ? '' : `${this.#path}.`;
    return Object.fromEntries(names.map((name) => [name, new PlainReader(this.#who, value[name], `${path}${name}`)])) as Record<
      N,
      PlainReader
    >;
  }

  /** One field of an object, whatever else it has. */
  field(name: string): PlainReader {
    if (!isRecord(this.value)) throw this.error('an object');
    const value = Object.hasOwn(this.value, name) ? this.value[name] : undefined;
    return new PlainReader(this.#who, value, this.#path === '' ? name : `${this.#path}.${name}`);
  }

  /** The elements of a list, each to be read. */
  list(): readonly PlainReader[] {
    if (!Array.isArray(this.value)) throw this.error('a list');
    return this.value.map((element, at) => new PlainReader(this.#who, element, `${this.#path}[${at}]`));
  }

  /** A finite number. */
  number(): number {
    if (typeof this.value !== 'number' || !Number.isFinite(this.value)) throw this.error('a finite number');
    return this.value;
  }

  /** An integer from `low` that is exact in a double. */
  integer(low: number): number {
    if (typeof this.value !== 'number' || !Number.isSafeInteger(this.value) || this.value < low) throw this.error(`an integer >= ${low}`);
    return this.value;
  }

  /** A text that is not empty. */
  text(): string {
    if (typeof this.value !== 'string' || this.value === '') throw this.error('a text that is not empty');
    return this.value;
  }

  /** One of some texts. */
  oneOf<T extends string>(choices: readonly T[]): T {
    const found = choices.find((choice) => choice === this.value);
    if (found !== undefined) return found;
    const what = choices.map((choice) => `'${choice}'`).join(' or ');
    throw this.error(what, showUnknown(this.value), typeof this.value === 'string' ? suggestion(this.value, choices) : undefined);
  }
}
