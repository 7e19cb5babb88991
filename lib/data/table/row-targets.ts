import { expected } from '../../base/errors.js';
import { suggestion } from '../../base/nearest.js';
import type { Targets } from '../dataset.js';
import { type Decimal, parseNumber } from '../number.js';
import { isMissing } from './columns.js';
import { decimalHint } from './decimal-hint.js';
import type { Row, TargetSpec } from './preprocessing.js';

/** The text of a row's target, which must be there. */
function textOf({ name }: TargetSpec, row: Row, where: string): string {
  const raw = row[name];
  const text = raw === null || raw === undefined ? '' : String(raw).trim();
  if (!isMissing(text)) return text;
  const hint = Object.hasOwn(row, name) ? 'remove the row' : suggestion(name, Object.keys(row));
  throw expected(where, `a value in the target '${name}'`, text === '' ? 'none' : `'${text}'`, hint);
}

/** The labels of classes by their names; classes of numbers also by other ways to write them, such as 1.0. */
function labelsOf(classes: readonly string[], decimal: Decimal): (text: string, raw: Row[string]) => number | undefined {
  const byName = new Map(classes.map((name, label) => [name, label]));
  const numeric = classes.every((name) => !Number.isNaN(parseNumber(name, decimal)));
  const byNumber = new Map(numeric ? classes.map((name, label) => [parseNumber(name, decimal), label]) : []);
  return (text, raw) => byName.get(text) ?? byNumber.get(typeof raw === 'number' ? raw : parseNumber(text, decimal));
}

/** The targets of raw rows as in training. `where` names a row in errors. */
export function targetsOf(
  { target, decimal }: { readonly target: TargetSpec; readonly decimal: Decimal },
  rows: readonly Row[],
  where: (index: number) => string,
): Targets {
  if (target.kind === 'classification') {
    const labelOf = labelsOf(target.classes, decimal);
    const data = Int32Array.from(rows, (row, at) => {
      const text = textOf(target, row, where(at));
      const label = labelOf(text, row[target.name]);
      if (label !== undefined) return label;
      throw expected(where(at), `a class of the target '${target.name}' seen in training`, `'${text}'`, suggestion(text, target.classes));
    });
    return { data, shape: [], dtype: 'int32', classes: target.classes.length };
  }
  const data = Float32Array.from(rows, (row, at) => {
    const text = textOf(target, row, where(at));
    const raw = row[target.name];
    const value = typeof raw === 'number' ? raw : parseNumber(text, decimal);
    if (!Number.isFinite(value))
      throw expected(where(at), `a number in the target '${target.name}'`, `'${text}'`, decimalHint(text, decimal));
    return (value - target.mean) / target.scale;
  });
  return { data, shape: [1], dtype: 'float32' };
}
