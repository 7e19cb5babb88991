import { expected } from '../base/errors.js';
import { suggestion } from '../base/nearest.js';
import { readRows } from '../data/read-rows.js';
import type { Preprocessing } from '../data/table/preprocessing.js';
import type { RowPiece } from '../data/table/source.js';

/**
 * The rows of a file in pieces, with all columns that a model needs, and its target where that is needed too. Throws one sentence for a
 * file without a column or without rows.
 */
export async function* rowsFor(
  { columns, target }: Preprocessing,
  path: string,
  withTarget: boolean,
): AsyncGenerator<RowPiece, void, undefined> {
  let first = true;
  for await (const piece of readRows(path)) {
    if (first) {
      const names = Object.keys(piece.rows[0]!);
      const needed = [...columns.map(({ name }) => name), ...(withTarget ? [target.name] : [])];
      const lacking = needed.find((name) => !names.includes(name));
      if (lacking !== undefined)
        throw expected(path, `a column '${lacking}', as in training`, 'none of this name', suggestion(lacking, names));
    }
    first = false;
    yield piece;
  }
  if (first) throw expected(path, 'rows after the header', 'none');
}
