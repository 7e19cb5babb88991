import type { SchemaElement, SchemaTree } from 'hyparquet';
import type { SourceColumn } from '../table/source.js';

/** Decimal digits behind the point of numbers that are stored as whole ones. */
export function decimalScale(element: SchemaElement): number {
  if (element.logical_type?.type === 'DECIMAL') return element.logical_type.scale;
  return element.converted_type === 'DECIMAL' ? (element.scale ?? 0) : 0;
}

/** What the annotation of a column says its values are, in one word; its physical type where it says nothing. */
function meaning({ type, logical_type: logical, converted_type: converted }: SchemaElement): string {
  return logical?.type ?? converted ?? type ?? 'NULL';
}

const TIMES = /^(DATE|TIME|TIMESTAMP|INTERVAL|INT96)/;
const NUMBERS = /^(INT|UINT|INTEGER|FLOAT|DOUBLE|DECIMAL|NULL)/;
const TEXTS = /^(UTF8|STRING|ENUM|UUID|BYTE_ARRAY|BOOLEAN)/;

/** How a column of a Parquet file is read: numbers as they are, booleans and texts as categories, other types not at all. */
export function columnType({ element, children }: SchemaTree): SourceColumn {
  const { name } = element;
  if (children.length > 0 || element.repetition_type === 'REPEATED') return { name, kind: 'category', unusable: 'nested values' };
  const what = meaning(element);
  if (TIMES.test(what)) return { name, kind: 'number', unusable: `dates or times (${what})` };
  if (NUMBERS.test(what)) return { name, kind: 'number' };
  return TEXTS.test(what) ? { name, kind: 'category' } : { name, kind: 'category', unusable: `values of type ${what}` };
}
