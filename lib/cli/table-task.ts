import { basename } from 'node:path';
import { Option as Flag } from 'commander';
import type { Options } from '../base/options.js';
import { csv } from '../data/csv/csv.js';
import { CsvSource } from '../data/csv/source.js';
import { parquet } from '../data/parquet/parquet.js';
import { ParquetSource } from '../data/parquet/source.js';
import { SPLIT_OPTIONS } from '../data/split.js';
import { TABLE_OPTIONS, type TableOptions } from '../data/table/options.js';
import type { TableTask } from '../data/table/task.js';
import { datasetRun } from './dataset-run.js';
import { flagsOf, given, kebab } from './flags.js';
import type { Run, RunOptions } from './run.js';
import { advised } from './table-advice.js';
import { TRAIN, usage } from './usage-error.js';

/** Options that only a file takes and that are numbers, flags or choices. */
export const TABLE_FLAGS = {
  ...TABLE_OPTIONS,
  val: SPLIT_OPTIONS.validation,
  test: SPLIT_OPTIONS.test,
  stream: {
    kind: 'flag',
    description: 'Read the file anew in every epoch, in its order, not into memory; so are files from 256 MiB on.',
    default: false,
  },
} as const satisfies Options;

/** The other options that only a file takes: names of columns. */
export const TABLE_COLUMNS = { target: 'text', exclude: 'texts', categorical: 'texts' } as const;

/** Every option that only a file takes, by the name of its value. */
export const TABLE_NAMES = [...Object.keys(TABLE_COLUMNS), ...Object.keys(TABLE_FLAGS)];

function several(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

/** The heading under which `train --help` lists what is for tables. */
export const TABLE_HELP = 'Your own table (FILE.csv, .tsv, .gz or .parquet):';

/** The flags that tell how a table is read, those that are wanted most at first. */
export function tableFlags(): Flag[] {
  const flags = [
    new Flag('--target <column>', 'Column to learn'),
    new Flag('--exclude <column>', 'Leave a column out, such as names or keys; may be repeated').argParser(several),
    ...flagsOf(TRAIN, TABLE_FLAGS, true),
    new Flag('--categorical <column>', 'Read a column of numbers as categories; may be repeated').argParser(several),
  ];
  return flags.map((flag) => flag.helpGroup(TABLE_HELP));
}

/** Reports without improvement after which training on a table ends, unless something else is asked for. */
export const TABLE_PATIENCE = 50;

const TABLE_ENDING = /\.((csv|tsv)(\.gz)?|parquet)$/i;

/** Whether a name on the command line is that of a table. */
export function isTable(name: string): boolean {
  return TABLE_ENDING.test(name);
}

/** The name of a table without its folder and ending. */
export function tableStem(path: string): string {
  return basename(path).replace(TABLE_ENDING, '');
}

/** Throws where flags of a table were given for a task. */
export function checkNoTable(task: string, values: Readonly<Record<string, unknown>>): void {
  const flag = TABLE_NAMES.find((name) => values[name] !== undefined);
  if (flag !== undefined) throw usage(TRAIN, `no --${kebab(flag)} for ${task}`, `'${values[flag]}'`, 'it is an option of FILE.csv');
}

/** Most names of columns that a sentence lists. */
const MOST_COLUMNS = 30;

/** The names of the columns of a table, from its header. */
async function columnsIn(path: string): Promise<string> {
  const { columns } = await (/\.parquet$/i.test(path) ? new ParquetSource(path) : new CsvSource(path)).describe('auto');
  const names = columns.slice(0, MOST_COLUMNS).map(({ name }) => name);
  return `${names.join(', ')}${columns.length > MOST_COLUMNS ? ` and ${columns.length - MOST_COLUMNS} more` : ''}`;
}

/** The training of a table, checked as far as that goes without reading it. `typed`: the arguments of the command, which advice adds to. */
export function tableRun(
  path: string,
  values: Readonly<Record<string, unknown>>,
  typed: readonly string[],
): (options: RunOptions) => Promise<Run> {
  const { target, exclude, categorical } = values as { target?: string; exclude?: readonly string[]; categorical?: readonly string[] };
  const { val, test, ...chosen } = given(TABLE_FLAGS, values) as Partial<Record<keyof typeof TABLE_FLAGS, never>>;
  const { validation: standardVal, test: standardTest } = SPLIT_OPTIONS;
  const kept = (val ?? standardVal.default) + (test ?? standardTest.default);
  if (kept >= 1) throw usage(TRAIN, '--val and --test together to be below 1', String(kept), 'leave rows to train on');
  const options = {
    ...chosen,
    ...(exclude !== undefined && { exclude }),
    ...(categorical !== undefined && { categorical }),
    split: { ...(val !== undefined && { validation: val }), ...(test !== undefined && { test }) },
  };
  return async (run) => {
    if (target === undefined) throw usage(TRAIN, `--target COLUMN for ${path}`, 'none', `its columns are ${await columnsIn(path)}`);
    const load: (options: TableOptions) => Promise<TableTask> = (chosen) => (/\.parquet$/i.test(path) ? parquet : csv)(path, chosen);
    const task = await advised({ ...options, target }, typed, load);
    const what = task.kind === 'regression' ? 'regression, standardized' : `${task.preprocessing.outputs} classes`;
    // What was asked for comes first; without validation there is nothing to watch.
    const stops = run.earlyStopping === undefined && values['patience'] !== 0 && task.validation !== null;
    return datasetRun(task, stops ? { ...run, earlyStopping: { patience: TABLE_PATIENCE } } : run, {
      target: `${target} (${what})`,
      rows: rowsOf(task),
    });
  };
}

function rowsOf({ train, validation, test }: TableTask): string {
  return `${[train.count, validation?.count ?? 0, test.count].join(' + ')}${'open' in train ? ' streamed' : ''}`;
}
