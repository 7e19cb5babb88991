import { resolve } from 'node:path';
import { Command, Option as Flag } from 'commander';
import { type Options, showValue } from '../base/options.js';
import { OPTIMIZERS } from '../optim/registry.js';
import { checkNoTable, isTable, TABLE_COLUMNS, TABLE_FLAGS, TABLE_NAMES, tableFlags, tableRun, tableStem } from './csv-task.js';
import { flagsOf, given, kebab } from './flags.js';
import type { Run, RunOptions } from './run.js';
import { checkedConfig, readConfig, writable } from './run-config.js';
import { listed } from './table.js';
import { checkDataDir, TASKS } from './tasks.js';
import { checkName, UsageError, usage } from './usage-error.js';

export const TRAIN = 'adamqlr train';
const DEFAULT_TASK = 'glyphs';
const DEFAULT_OPTIMIZER = 'adamqlr';

/** Options of every run; defaults that depend on the task or the machine are told in the description. */
const RUN_OPTIONS = {
  epochs: { kind: 'integer', description: "Passes over the training data; default: the task's.", range: '[1, 1000000000]', default: 10 },
  batchSize: {
    kind: 'integer',
    description: "Examples per step; default: the optimizer's, 3200 where it models the curvature, else 50.",
    range: '[1, 1000000000]',
    default: 50,
  },
  seed: { kind: 'integer', description: 'Seed of first weights and batches; default 0.', range: '[0, 9007199254740991]', default: 0 },
  threads: { kind: 'integer', description: 'Compute threads; default: the CPUs this process may use.', range: '[1, 256]', default: 1 },
  dtype: {
    kind: 'choice',
    description: 'Type of weights and activations; default: float32, for rosenbrock float64.',
    choices: ['float32', 'float64'],
    default: 'float32',
  },
} as const satisfies Options;

/** Options of every run that are texts, or flags without a table. */
const PLAIN_OPTIONS = {
  task: 'text',
  optimizer: 'text',
  dataDir: 'text',
  ...TABLE_COLUMNS,
  out: 'text',
  tensorboard: 'flag',
  json: 'flag',
} as const;

/** Everything `adamqlr train` was asked for, checked. */
export type TrainRequest = {
  /** Loads or draws the data and compiles the run. */
  readonly prepare: (options: RunOptions) => Promise<Run>;
  /** The task, or the file without its folder and ending. */
  readonly name: string;
  readonly options: RunOptions;
  /** Task, optimizer and every option given, by the names of --config. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The file given with --config. */
  readonly configPath: string | undefined;
  readonly json: boolean;
  readonly tensorboard: boolean;
  /** Folder for what the run leaves behind, if one was named. */
  readonly out: string | undefined;
};

/** The value of an option among raw arguments: what depends on it must be known before the others can be parsed. */
function rawValue(args: readonly string[], flag: string): string | undefined {
  const at = args.findLastIndex((arg) => arg === flag || arg.startsWith(`${flag}=`));
  return at < 0 ? undefined : args[at] === flag ? args[at + 1] : args[at]!.slice(flag.length + 1);
}

/** What a file given with --config says, not checked yet; the optimizer that it is about. */
type GivenConfig = { readonly path: string; readonly values: Readonly<Record<string, unknown>>; readonly optimizer: string };

function configIn(args: readonly string[]): GivenConfig | null {
  const path = rawValue(args, '--config');
  if (path === undefined) return null;
  const values = readConfig(path);
  const optimizer = values['optimizer'] ?? DEFAULT_OPTIMIZER;
  if (typeof optimizer !== 'string') throw usage(path, 'optimizer to be a text', showValue(optimizer));
  checkName(path, 'an optimizer', optimizer, Object.keys(OPTIMIZERS));
  return { path, values, optimizer };
}

function optimizerIn(args: readonly string[], config: GivenConfig | null): string {
  const name = rawValue(args, '--optimizer');
  if (name === undefined) return config?.optimizer ?? DEFAULT_OPTIMIZER; // the parser reports a missing value
  checkName(TRAIN, 'an optimizer', name, Object.keys(OPTIMIZERS));
  return name;
}

/** The values of a configuration for an optimizer. Where the command line names another one, what the file says for its own is left out. */
function configValues({ path, values, optimizer }: GivenConfig, chosen: string): Record<string, unknown> {
  const own = chosen === optimizer ? [] : ['optimizer', 'batchSize', ...Object.keys(OPTIMIZERS[optimizer]!.options)];
  const kept = Object.fromEntries(Object.entries(values).filter(([name]) => !own.includes(name)));
  const options = { ...RUN_OPTIONS, ...TABLE_FLAGS, ...OPTIMIZERS[chosen]!.options };
  return checkedConfig(path, kept, options, PLAIN_OPTIONS, (name) => otherOptimizers(`--${kebab(name)}`));
}

/** Which other optimizers have a flag, as a hint. */
export function otherOptimizers(flag: string): string | undefined {
  const having = Object.entries(OPTIMIZERS).filter(([, { options }]) => Object.keys(options).some((name) => `--${kebab(name)}` === flag));
  return having.length === 0 ? undefined : `it is an option of ${having.map(([name]) => name).join(', ')}`;
}

function helpAfter(optimizer: string): string {
  const list = (entries: Readonly<Record<string, { readonly description: string }>>) =>
    listed(
      Object.entries(entries).map(([name, { description }]) => [name, description] as const),
      '  ',
    );
  return `
Tasks:
${list(TASKS)}
  FILE.csv learns --target COLUMN of a table with a header; separators are commas, semicolons or tabs. So do FILE.tsv, the same with .gz,
  and FILE.parquet. Numbers are standardized, other
  columns become one feature per category; the rows are dealt out at random, equally for every seed. MLP with 50 hidden units, 200 epochs.

Optimizers (the options above are those of ${optimizer}; --optimizer NAME --help shows the ones of NAME):
${list(OPTIMIZERS)}

Every run leaves a folder behind, runs/NAME-N or that of --out: config.json, history.jsonl, report.html to look at in a browser.
adamqlr report FOLDER... lays several runs over each other. --config takes the names above in camelCase, and task:
{"task": "glyphs", "optimizer": "adam", "learningRate": 0.003, "epochs": 20}.

--json prints one JSON object per report on standard output and nothing else there; the last line is
{"final": true, "trainLoss":, "valLoss":, "testLoss":, "testAccuracy":, "steps":, "seconds":, ...}.
Evaluation is not part of the seconds. Ctrl-C stops after the current step and scores what was reached; a second one quits.`;
}

/** What the first argument asks for, a file or a task, checked with the flags that go with it. */
function chosenRun(name: string, values: Readonly<Record<string, unknown>>, dataDir: string | undefined): TrainRequest['prepare'] {
  if (isTable(name)) {
    if (dataDir !== undefined) throw usage(TRAIN, `no --data-dir for ${name}`, `'${dataDir}'`, 'it is a file by itself');
    return tableRun(name, values);
  }
  checkName(TRAIN, 'a task or a file FILE.csv', name, Object.keys(TASKS));
  checkDataDir(name, dataDir);
  checkNoTable(name, values);
  return TASKS[name]!.prepare;
}

/** What was asked for, as a configuration that gives the same run again from any folder. */
function configOf(task: string, optimizer: string, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const names = [...Object.keys(RUN_OPTIONS), ...TABLE_NAMES, ...Object.keys(OPTIMIZERS[optimizer]!.options)];
  const dataDir = values['dataDir'] as string | undefined;
  return {
    task: isTable(task) ? resolve(task) : task,
    optimizer,
    ...(dataDir !== undefined && { dataDir: resolve(dataDir) }),
    ...Object.fromEntries(names.flatMap((name) => (values[name] === undefined ? [] : [[name, writable(values[name])]]))),
  };
}

/** The request in checked values, from the command line and a configuration alike. */
function requestOf(optimizerName: string, values: Readonly<Record<string, unknown>>, configPath: string | undefined): TrainRequest {
  const entry = OPTIMIZERS[optimizerName]!;
  const task = (values['task'] as string | undefined) ?? DEFAULT_TASK;
  const dataDir = values['dataDir'] as string | undefined;
  const prepare = chosenRun(task, values, dataDir);
  const run = given(RUN_OPTIONS, values) as Partial<Record<keyof typeof RUN_OPTIONS, never>>;
  const optimizerOptions = given(entry.options, values);
  const makeOptimizer = (taskDefaults: Readonly<Record<string, unknown>> = {}) =>
    entry.make({ ...given(entry.options, taskDefaults), ...optimizerOptions });
  try {
    makeOptimizer(); // options that do not go together are found before any work
  } catch (error) {
    throw new UsageError(`${TRAIN}: ${(error as Error).message}`);
  }
  const { epochs, batchSize, seed = 0, threads, dtype } = run;
  return {
    prepare,
    name: isTable(task) ? tableStem(task) : task,
    options: { optimizerName, makeOptimizer, epochs, batchSize, seed, threads, dtype, dataDir },
    config: configOf(task, optimizerName, values),
    configPath,
    json: values['json'] === true,
    tensorboard: values['tensorboard'] === true,
    out: values['out'] as string | undefined,
  };
}

/** The `train` command for these raw arguments; `chosen` receives the checked request. */
export function trainCommand(args: readonly string[], chosen: (request: TrainRequest) => void): Command {
  const config = configIn(args);
  const optimizerName = optimizerIn(args, config);
  const command = new Command('train')
    .description('train a task or a table and show how well it went')
    .argument('[task]', `what to train: ${Object.keys(TASKS).join(', ')} or FILE.csv (default: "${DEFAULT_TASK}")`)
    .addOption(new Flag('--optimizer <name>', `Optimizer (default ${DEFAULT_OPTIMIZER})`))
    .addOption(new Flag('--data-dir <folder>', 'Folder with the files of the task; fashion-mnist and cifar-10 are downloaded without it'))
    .addOption(new Flag('--config <file>', 'Read options from a JSON file, such as the config.json of a run; the command line wins'));
  for (const flag of flagsOf(TRAIN, RUN_OPTIONS, false)) command.addOption(flag);
  for (const flag of tableFlags()) command.addOption(flag);
  command
    .addOption(new Flag('--out <folder>', 'New folder for what the run leaves behind; default: runs/NAME-N'))
    .addOption(new Flag('--tensorboard', 'Also write events for TensorBoard into that folder'))
    .addOption(new Flag('--json', 'Print JSON lines in place of the table'));
  for (const flag of flagsOf(TRAIN, OPTIMIZERS[optimizerName]!.options, true)) {
    command.addOption(flag.helpGroup(`Options of ${optimizerName}:`));
  }
  command.addHelpText('after', helpAfter(optimizerName));
  return command.action((task: string | undefined, values: Readonly<Record<string, unknown>>) => {
    // The parser sets what --no-... flags stand for without being told; only what the user gave may win over the file.
    const told = Object.fromEntries(Object.entries(values).filter(([name]) => command.getOptionValueSource(name) === 'cli'));
    const fromFile = config === null ? {} : configValues(config, optimizerName);
    chosen(requestOf(optimizerName, { ...fromFile, ...told, ...(task !== undefined && { task }) }, config?.path));
  });
}
