import { expected } from './errors.js';
import { suggestion } from './nearest.js';
import { checkNames } from './options.js';
import { isRecord, type PlainData, showUnknown } from './plain-data.js';

/** Options by name, as plain data. */
export type SpecOptions = { readonly [option: string]: PlainData };

/** How to make one kind of thing again from the options in its spec. */
export type SpecRow<T> = {
  /** Names that its spec may have. */
  readonly options: readonly string[];
  /** The constructor, which checks the options. */
  make(options: never): T;
};

/**
 * Gives a value its spec. The property is not enumerable: a copy with other members is no longer what the spec says, so `{ ...value }`
 * must not carry it.
 */
export function withSpec<T extends object, S>(value: T, spec: S): T {
  return Object.defineProperty(value, 'spec', { value: spec, enumerable: false });
}

/**
 * Makes what a spec `{ [kind]: NAME, ...options }` of unknown origin says, by the row of that name.
 * @throws TypeError for other data and for unknown names (with the nearest known one), and what the constructor throws for its options.
 */
export function fromRows<T>(who: string, kind: string, rows: Readonly<Record<string, SpecRow<T>>>, spec: unknown): T {
  if (!isRecord(spec)) throw expected(who, `a spec { ${kind}: NAME, ... }`, showUnknown(spec));
  const { [kind]: name, ...options } = spec;
  if (typeof name !== 'string' || !Object.hasOwn(rows, name)) {
    throw expected(who, `a known ${kind}`, showUnknown(name), typeof name === 'string' ? suggestion(name, Object.keys(rows)) : undefined);
  }
  const row = rows[name]!;
  checkNames(`${who} ${name}`, row.options, options);
  return row.make(options as never);
}
