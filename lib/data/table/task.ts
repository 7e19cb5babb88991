import { basename } from 'node:path';
import type { Dataset, Task } from '../dataset.js';
import type { Decimal } from '../number.js';
import { type Split, split } from '../split.js';
import { type StreamedDataset, stream } from '../stream.js';
import { type ChosenColumns, chooseColumns } from './choose-columns.js';
import { CategoryReader, columnReader, type NumberReader } from './column-reader.js';
import { encodeInTurns, encodeRows, rowsBetween } from './encoding.js';
import { type ResolvedTable, resolveTable, type TableOptions } from './options.js';
import { PARTS, partsOf } from './parts.js';
import { Preprocessing } from './preprocessing.js';
import type { TableSource } from './source.js';
import { featureSummary, targetSummary } from './summary.js';
import { TableError } from './table-error.js';
import { turns } from './turns.js';

/** A table ready to train on, and the way its columns went. `Part`: in memory, or streamed from the file. */
export type TableTask<Part extends Dataset | StreamedDataset = Dataset | StreamedDataset> = Task<Part> & {
  /** What the target was taken for. */
  readonly kind: 'regression' | 'classification';
  /** Turns further raw rows into features like those of the task. */
  readonly preprocessing: Preprocessing;
};

const HIDDEN = 50;
const EPOCHS = 200;
const BATCH_SIZE = 100;

/** Bytes of a table, not compressed, from which on it is streamed unless told otherwise. */
const STREAM_FROM = 256 * 2 ** 20;

/** Most examples of one piece of a streamed table. */
const MOST_ROWS = 8192;

type Reader = NumberReader | CategoryReader;
type Readers = { readonly features: readonly Reader[]; readonly target: Reader };

function readersOf({ features, target }: ChosenColumns): Readers {
  return { features: features.map((column) => columnReader(column)), target: columnReader(target) };
}

/** Summaries of all columns, which see the same rows. */
class TableSummary {
  readonly #summaries;
  readonly #target;
  readonly #decimal: Decimal;

  constructor(
    file: string,
    { features, target }: Readers,
    chosen: ChosenColumns,
    { impute, kind, categorical }: ResolvedTable,
    streamed: boolean,
  ) {
    this.#summaries = features.map((reader, at) => featureSummary(reader, chosen.features[at]!.named, { file, impute, streamed }));
    this.#decimal = chosen.decimal;
    this.#target = targetSummary(file, target, kind === 'auto' && !categorical.includes(target.name));
  }

  /** Adds the rows [from, to) that the readers hold, of which the first is the row `first` of the file. */
  add(parts: Uint8Array, first: number, from: number, to: number): void {
    for (const summary of this.#summaries) summary.add(parts, first, from, to);
    this.#target.add(parts, first, from, to);
  }

  finish(): Preprocessing {
    const columns = this.#summaries.map((summary) => summary.finish());
    return new Preprocessing({ columns, target: this.#target.finish(), decimal: this.#decimal });
  }
}

function task<Part extends Dataset | StreamedDataset>(
  { path }: TableSource,
  preprocessing: Preprocessing,
  validated: number,
  part: (name: keyof typeof PARTS) => Part,
): TableTask<Part> {
  return {
    name: basename(path),
    kind: preprocessing.target.kind,
    preprocessing,
    train: part('train'),
    validation: validated === 0 ? null : part('validation'),
    test: part('test'),
    layers: [preprocessing.width, HIDDEN, preprocessing.outputs],
    loss: preprocessing.target.kind === 'classification' ? 'crossEntropy' : 'squaredError',
    epochs: EPOCHS,
    batchSize: BATCH_SIZE,
  };
}

/** Reads all rows into memory: 8 bytes for each number, 4 for each category, and the features made of them. */
async function inMemory(source: TableSource, chosen: ChosenColumns, options: ResolvedTable): Promise<TableTask<Dataset>> {
  const readers = readersOf(chosen);
  const { features, target } = readers;
  const all = [...features, target];
  for await (const _ of source.read(all));
  for (const reader of all) if (reader instanceof CategoryReader) reader.sort();
  const parts: Split = split(source.path, target.count, options.split);
  const summary = new TableSummary(source.path, readers, chosen, options, false);
  const dealt = partsOf(parts);
  for await (const [from, to] of turns(target.count, all.length)) summary.add(dealt, 0, from, to);
  const preprocessing = summary.finish();
  const encoded = (rows: Int32Array) => encodeInTurns(preprocessing, features, target, rows, source.path);
  const datasets = { train: await encoded(parts.train), validation: await encoded(parts.validation), test: await encoded(parts.test) };
  return task(source, preprocessing, parts.validation.length, (name) => datasets[name]);
}

/** One part of a table, read from the file in every pass. */
function streamedPart(
  source: TableSource,
  chosen: ChosenColumns,
  preprocessing: Preprocessing,
  parts: Uint8Array,
  count: number,
  part: number,
) {
  const { columns, target } = preprocessing;
  const open = async function* (): AsyncGenerator<Dataset, void, undefined> {
    const features = chosen.features.map((column, at) => {
      const spec = columns[at]!;
      return columnReader(column, spec.kind === 'category' ? spec.categories : null);
    });
    const targetReader = columnReader(chosen.target, target.kind === 'classification' ? target.classes : null);
    const readers = [...features, targetReader];
    for await (const _ of source.read(readers, { parts, part })) {
      const { count: held } = targetReader;
      for (let start = 0; start < held; start += MOST_ROWS) {
        yield encodeRows(preprocessing, features, targetReader, rowsBetween(start, Math.min(held, start + MOST_ROWS)), source.path);
      }
      for (const reader of readers) reader.clear();
    }
  };
  const targets =
    target.kind === 'classification'
      ? ({ shape: [], dtype: 'int32', classes: target.classes.length } as const)
      : ({ shape: [1], dtype: 'float32' } as const);
  return stream({ count, features: { shape: [preprocessing.width], dtype: 'float32' }, targets, preprocessing, open });
}

/** Goes through the file twice, to count the rows and to learn about the columns, and leaves the rows there. */
async function streamed(source: TableSource, chosen: ChosenColumns, options: ResolvedTable): Promise<TableTask<StreamedDataset>> {
  if (options.impute === 'median') {
    const remedy = { option: 'impute', value: 'mean' } as const;
    const words = 'a median needs all values in memory';
    throw new TableError(source.path, 'impute to be mean or mostFrequent for a streamed table', 'median', { words, remedy });
  }
  const dealt: Split = split(source.path, await source.count(), options.split);
  const parts = partsOf(dealt);
  const readers = readersOf(chosen);
  const all = [...readers.features, readers.target];
  const summary = new TableSummary(source.path, readers, chosen, options, true);
  let row = 0;
  for await (const _ of source.read(all)) {
    summary.add(parts, row, 0, readers.target.count);
    row += readers.target.count;
    for (const reader of all) reader.clear();
  }
  const preprocessing = summary.finish();
  const counts = { train: dealt.train.length, validation: dealt.validation.length, test: dealt.test.length };
  return task(source, preprocessing, counts.validation, (name) =>
    streamedPart(source, chosen, preprocessing, parts, counts[name], PARTS[name]),
  );
}

/** A table as a task, in memory or streamed; `who` names the function in errors about its options. */
export async function tableTask(who: string, source: TableSource, options: TableOptions): Promise<TableTask> {
  const resolved = resolveTable(who, options);
  const chosen = chooseColumns(who, await source.describe(resolved.decimal), resolved);
  const isStreamed = resolved.stream ?? (await source.bytes()) >= STREAM_FROM;
  return isStreamed ? streamed(source, chosen, resolved) : inMemory(source, chosen, resolved);
}
