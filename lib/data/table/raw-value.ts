import { expected } from '../../base/errors.js';
import { suggestion } from '../../base/nearest.js';
import { showUnknown } from '../../base/plain-data.js';
import type { Row } from './preprocessing.js';

/** What a raw row holds under a name. Throws where it has no column of this name, which is something else than a missing value. */
export function rawValue(row: Row, name: string, where: string): Row[string] {
  if (row === null || typeof row !== 'object' || Array.isArray(row)) {
    throw expected(where, 'a row as an object with the names of columns', showUnknown(row));
  }
  if (Object.hasOwn(row, name)) return row[name];
  throw expected(where, `a column '${name}', as in training`, 'none of this name', suggestion(name, Object.keys(row)));
}

/** A raw value as a text without the spaces around it; '' for none. */
export function textOf(raw: Row[string]): string {
  return raw === null || raw === undefined ? '' : String(raw).trim();
}
