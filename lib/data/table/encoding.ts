import { expected, outOfRange } from '../../base/errors.js';
import type { Dataset, Targets } from '../dataset.js';
import type { ColumnReader } from './column-reader.js';
import { type ColumnSpec, encode, featuresOf, type Preprocessing, type TargetSpec } from './preprocessing.js';
import { turns } from './turns.js';

/** What stands in for a missing value: a number or the code of a category; NaN where none can be missing. */
function fillerOf(spec: ColumnSpec): number {
  if (spec.missing === null) return Number.NaN;
  return spec.kind === 'number' ? spec.missing : spec.categories.indexOf(spec.missing);
}

/** The row numbers in [start, end). */
export function rowsBetween(start: number, end: number): Int32Array {
  return new Int32Array(end - start).map((_, at) => start + at);
}

/** Throws for a number whose standardized value is beyond float32, such as one that only a validation row has. */
function checkSize(standardized: number, path: string, column: string, value: number): void {
  if (!Number.isFinite(standardized)) throw outOfRange(path, `numbers of usable size in column '${column}'`, value);
}

function targetsOf(spec: TargetSpec, { kind, values }: ColumnReader, rows: Int32Array, path: string): Targets {
  if (spec.kind === 'regression') {
    const data = new Float32Array(rows.length);
    for (let at = 0; at < rows.length; at++) {
      const value = values[rows[at]!]!;
      data[at] = (value - spec.mean) / spec.scale;
      checkSize(data[at]!, path, spec.name, value);
    }
    return { data, shape: [1], dtype: 'float32' };
  }
  const code = new Map(spec.classes.map((name, at) => [Number(name), at]));
  const labelOf = (value: number) => {
    const label = code.get(value);
    if (label === undefined) {
      throw expected(`target '${spec.name}'`, 'a class that was there when the file was read first', value, 'the file has changed since');
    }
    return label;
  };
  const label = (row: number) => (kind === 'category' ? values[row]! : labelOf(values[row]!));
  return { data: rows.map(label), shape: [], dtype: 'int32', classes: spec.classes.length };
}

/** Examples of some of the rows that readers hold, whose codes are those of the preprocessing's categories. `path` begins errors. */
export function encodeRows(
  preprocessing: Preprocessing,
  features: readonly ColumnReader[],
  target: ColumnReader,
  rows: Int32Array,
  path: string,
): Dataset {
  const { width, columns } = preprocessing;
  const data = new Float32Array(rows.length * width);
  let offset = 0;
  for (const [position, spec] of columns.entries()) {
    const { kind, values } = features[position]!;
    const filler = fillerOf(spec);
    const isNumber = kind === 'number';
    for (let at = 0; at < rows.length; at++) {
      const value = values[rows[at]!]!;
      const missing = isNumber ? Number.isNaN(value) : value < 0;
      encode(spec, missing ? filler : value, data, at * width + offset);
      if (isNumber) checkSize(data[at * width + offset]!, path, spec.name, value);
    }
    offset += featuresOf(spec);
  }
  return {
    count: rows.length,
    features: { data, shape: [width], dtype: 'float32' },
    targets: targetsOf(preprocessing.target, target, rows, path),
    preprocessing,
  };
}

/** `encodeRows` of so many rows that the event loop needs turns between them. */
export async function encodeInTurns(
  preprocessing: Preprocessing,
  features: readonly ColumnReader[],
  target: ColumnReader,
  rows: Int32Array,
  path: string,
): Promise<Dataset> {
  const encoded = (part: Int32Array) => encodeRows(preprocessing, features, target, part, path);
  const none = encoded(rows.subarray(0, 0));
  const { width } = preprocessing;
  const data = new Float32Array(rows.length * width);
  const answers = none.targets.dtype === 'int32' ? new Int32Array(rows.length) : new Float32Array(rows.length);
  for await (const [from, to] of turns(rows.length, width)) {
    const part = encoded(rows.subarray(from, to));
    data.set(part.features.data as Float32Array, from * width);
    answers.set(part.targets.data as Int32Array | Float32Array, from);
  }
  return { ...none, count: rows.length, features: { ...none.features, data }, targets: { ...none.targets, data: answers } };
}
