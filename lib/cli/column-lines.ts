import type { Dataset } from '../data/dataset.js';
import type { StreamedDataset } from '../data/stream.js';
import { type ColumnSpec, featuresOf, type Preprocessing } from '../data/table/preprocessing.js';

/** Longest line that names columns, in characters. */
const WIDTH = 140;

/** Names with commas between them, as many as fit. */
function line(head: string, names: readonly string[]): string {
  let text = `${head}: ${names[0]}`;
  for (const [at, name] of names.entries()) {
    if (at === 0) continue;
    if (text.length + name.length + 2 > WIDTH) return `${text} and ${names.length - at} more`;
    text += `, ${name}`;
  }
  return text;
}

/** Whether a feature is 0 for all examples. */
function isZero({ count, features: { data, shape } }: Dataset, at: number): boolean {
  for (let example = 0; example < count; example++) if (data[example * shape[0]! + at] !== 0) return false;
  return true;
}

/** Columns that are the same in all training rows and so say nothing; of a stream only categories are known for it. */
function constantColumns({ columns }: Preprocessing, train: Dataset | StreamedDataset): readonly ColumnSpec[] {
  let at = 0;
  return columns.filter((column) => {
    const first = at;
    at += featuresOf(column);
    if (column.kind === 'category') return column.categories.length === 1;
    return !('open' in train) && column.scale === 1 && isZero(train, first);
  });
}

/**
 * How the columns of a table were read, so that one that was misread is seen: 'numbers: area, rooms', 'categories: district (6)' with the
 * number of categories, 'constant: country'. `train`: the training examples.
 */
export function describedColumns(preprocessing: Preprocessing, train: Dataset | StreamedDataset): string[] {
  const constant = constantColumns(preprocessing, train);
  const varied = preprocessing.columns.filter((column) => !constant.includes(column));
  const kinds: readonly (readonly [head: string, names: readonly string[]])[] = [
    ['numbers', varied.flatMap((column) => (column.kind === 'number' ? [column.name] : []))],
    ['categories', varied.flatMap((column) => (column.kind === 'category' ? [`${column.name} (${column.categories.length})`] : []))],
    ['constant', constant.map(({ name }) => name)],
  ];
  return kinds.filter(([, names]) => names.length > 0).map(([head, names]) => line(head, names));
}
