import { expected } from '../../base/errors.js';
import { suggestion } from '../../base/nearest.js';
import type { Decimal } from '../number.js';
import type { ColumnChoice } from './column-reader.js';
import type { ColumnKind } from './columns.js';
import type { ResolvedTable } from './options.js';
import type { SourceColumn, SourceDescription } from './source.js';
import { TableError } from './table-error.js';

/** How the target has to be read for what it is said to be. */
const TARGET_KINDS = { auto: null, regression: 'number', classification: 'category' } as const satisfies Record<string, ColumnKind | null>;

/** The columns that become features, in the order of the file, and the target. */
export type ChosenColumns = { readonly features: readonly ColumnChoice[]; readonly target: ColumnChoice; readonly decimal: Decimal };

/** Tells what is read of a table and how. Throws one sentence for columns that are not there or cannot be used. */
export function chooseColumns(who: string, { columns, decimal, where }: SourceDescription, options: ResolvedTable): ChosenColumns {
  const { target, kind, exclude, categorical, impute } = options;
  const names = columns.map(({ name }) => name);
  for (const name of [target, ...exclude, ...categorical]) {
    if (!names.includes(name)) throw expected(where, `a column '${name}'`, 'none of this name', suggestion(name, names));
  }
  if (exclude.includes(target)) throw expected(who, 'the target not to be excluded', `'${target}'`);
  const kept = columns.filter(({ name }) => !exclude.includes(name));
  if (kept.length < 2) throw expected(where, `a column beside the target '${target}'`, 'none');
  for (const { name, unusable } of kept) {
    if (unusable === undefined) continue;
    const remedy = { option: 'exclude', value: [name] } as const;
    throw new TableError(where, `numbers, booleans or texts in column '${name}'`, unusable, { remedy });
  }
  const kindOf = (column: SourceColumn) => (categorical.includes(column.name) ? 'category' : column.kind);
  const learned = kept.find(({ name }) => name === target)!;
  return {
    features: kept
      .filter((column) => column !== learned)
      .map((column) => ({
        name: column.name,
        kind: kindOf(column),
        missing: impute === 'none' ? 'reject' : 'fill',
        named: categorical.includes(column.name),
        decimal,
      })),
    target: { name: target, kind: TARGET_KINDS[kind] ?? kindOf(learned), missing: 'rejectTarget', named: true, decimal },
    decimal,
  };
}
