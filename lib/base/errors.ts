function sentence(who: string, what: string, got: unknown, hint?: string): string {
  return `${who}: expected ${what}, got ${String(got)}${hint === undefined ? '' : `; ${hint}`}`;
}

/** Builds the one error sentence used everywhere (wrong kind or shape): who, what was expected, what came, how to fix it. */
export function expected(who: string, what: string, got: unknown, hint?: string): TypeError {
  return new TypeError(sentence(who, what, got, hint));
}

/** The same sentence for a value of the right kind that is out of its range. */
export function outOfRange(who: string, what: string, got: unknown, hint?: string): RangeError {
  return new RangeError(sentence(who, what, got, hint));
}

/** A bug of ours, never the user's. */
export function internal(message: string): Error {
  return new Error(`internal: ${message}`);
}
