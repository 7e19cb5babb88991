/** A field of a CSV file: in quotes where it has a separator, a quote, a line end or spaces around it (RFC 4180). */
function csvField(value: string): string {
  return /[",\r\n]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** A line of a CSV file, with its end. */
export function csvLine(values: readonly string[]): string {
  const line = values.map(csvField).join(',');
  return `${line === '' ? '""' : line}\n`; // a line without anything is no row
}
