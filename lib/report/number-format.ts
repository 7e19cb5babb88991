/** A number for people: four significant digits, exponents where they are shorter. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(2) : String(Number(value.toPrecision(4)));
}

/** A number of the target's size, in four significant digits without an exponent. */
export function inUnits(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** A share in [0, 1] as a percentage with two decimals. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

/** Seconds with two decimals, with up to four where they are few. */
export function inSeconds(seconds: number): string {
  return seconds >= 0.1 || seconds === 0 ? seconds.toFixed(2) : String(Number(seconds.toFixed(4)));
}
