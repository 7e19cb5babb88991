import { isRecord, PlainReader } from '../../base/plain-data.js';
import type { ColumnSpec, PreprocessingSpec, TargetSpec } from './preprocessing.js';

/** Texts that are not empty, each there once; at least `least` of them. */
function distinct(reader: PlainReader, least: number): string[] {
  const texts = reader.list().map((element) => element.text());
  if (texts.length < least) throw reader.error(`a list of at least ${least}`);
  const seen = new Set<string>();
  for (const text of texts) {
    if (seen.has(text)) throw reader.error('a list without repetitions', `'${text}' twice`);
    seen.add(text);
  }
  return texts;
}

function positive(reader: PlainReader): number {
  const value = reader.number();
  if (!(value > 0)) throw reader.error('a number > 0');
  return value;
}

function column(reader: PlainReader): ColumnSpec {
  const kind = reader.field('kind').oneOf(['number', 'category']);
  if (kind === 'number') {
    const { name, missing, mean, scale } = reader.fields(['name', 'kind', 'missing', 'mean', 'scale']);
    const filler = missing.value === null ? null : missing.number();
    return { name: name.text(), kind, missing: filler, mean: mean.number(), scale: positive(scale) };
  }
  const { name, missing, categories } = reader.fields(['name', 'kind', 'missing', 'categories']);
  const known = distinct(categories, 1);
  const filler = missing.value === null ? null : missing.text();
  if (filler !== null && !known.includes(filler)) throw missing.error('null or one of the categories');
  return { name: name.text(), kind, missing: filler, categories: known };
}

function target(reader: PlainReader): TargetSpec {
  const kind = reader.field('kind').oneOf(['regression', 'classification']);
  if (kind === 'regression') {
    const { name, mean, scale } = reader.fields(['name', 'kind', 'mean', 'scale']);
    return { name: name.text(), kind, mean: mean.number(), scale: positive(scale) };
  }
  const { name, classes } = reader.fields(['name', 'kind', 'classes']);
  return { name: name.text(), kind, classes: distinct(classes, 2) };
}

/**
 * Checks what a file holds as preprocessing: kinds, names that differ, finite numbers, scales > 0, categories that differ.
 * @throws TypeError, with `who` in front and the place in the data, for anything that `Preprocessing` could not use.
 */
export function parsePreprocessing(who: string, json: unknown): PreprocessingSpec {
  const reader = new PlainReader(who, json);
  const said = isRecord(json) && Object.hasOwn(json, 'decimal');
  const fields = reader.fields(said ? ['columns', 'target', 'decimal'] : ['columns', 'target']);
  const decimal = said ? reader.field('decimal').oneOf(['point', 'comma']) : 'point';
  const columns = fields.columns.list().map(column);
  if (columns.length === 0) throw fields.columns.error('a list of at least 1');
  const spec = { columns, target: target(fields.target), decimal };
  const seen = new Set<string>();
  for (const { name } of [...columns, spec.target]) {
    if (seen.has(name)) throw fields.columns.error('columns with names of their own, none of them the target', `'${name}' twice`);
    seen.add(name);
  }
  return spec;
}
