import { expected, outOfRange } from '../../base/errors.js';
import { suggestion } from '../../base/nearest.js';
import type { Targets } from '../dataset.js';
import { type Decimal, parseNumber } from '../number.js';
import { isMissing } from './columns.js';
import { decimalHint } from './decimal-hint.js';
import type { Row, TargetSpec } from './preprocessing.js';
import { rawValue, textOf } from './raw-value.js';

/** Throws for a target that is missing. */
function checkPresent(name: string, text: string, where: string): void {
  if (isMissing(text)) throw expected(where, `a value in the target '${name}'`, text === '' ? 'none' : `'${text}'`, 'remove the row');
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
      const raw = rawValue(row, target.name, where(at));
      const text = textOf(raw);
      const label = labelOf(text, raw);
      if (label !== undefined) return label;
      checkPresent(target.name, text, where(at));
      throw expected(where(at), `a class of the target '${target.name}' seen in training`, `'${text}'`, suggestion(text, target.classes));
    });
    return { data, shape: [], dtype: 'int32', classes: target.classes.length };
  }
  const data = Float32Array.from(rows, (row, at) => {
    const raw = rawValue(row, target.name, where(at));
    const text = textOf(raw);
    checkPresent(target.name, text, where(at));
    const value = typeof raw === 'number' ? raw : parseNumber(text, decimal);
    if (!Number.isFinite(value))
      throw expected(where(at), `a number in the target '${target.name}'`, `'${text}'`, decimalHint(text, decimal));
    const standardized = Math.fround((value - target.mean) / target.scale);
    if (!Number.isFinite(standardized)) throw outOfRange(where(at), `a number of usable size in the target '${target.name}'`, `'${text}'`);
    return standardized;
  });
  return { data, shape: [1], dtype: 'float32' };
}
