import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command, Option as Flag } from 'commander';
import { type Options, showValue } from '../base/options.js';
import { OPTIMIZERS } from '../optim/registry.js';
import { EARLY_STOPPING_OPTIONS, type EarlyStopping } from '../train/early-stopping.js';
import { command as showCommand } from './command-line.js';
import { flagsOf, given, kebab } from './flags.js';
import type { Run, RunOptions } from './run.js';
import { checkedConfig, isWidth, readConfig, writable } from './run-config.js';
import { RUN_FILES } from './run-folder.js';
import {
  checkNoTable,
  isTable,
  TABLE_COLUMNS,
  TABLE_FLAGS,
  TABLE_HELP,
  TABLE_NAMES,
  TABLE_PATIENCE,
  tableFlags,
  tableRun,
  tableStem,
} from './table-task.js';
import { checkDataDir, TASKS } from './tasks.js';
import { listed } from './text-table.js';
import { checkName, TRAIN, UsageError, usage } from './usage-error.js';

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
  patience: {
    kind: 'integer',
    description: `End after so many reports without improvement, keep the best model; default: 0, never; of tables ${TABLE_PATIENCE}.`,
    range: '[0, 1000000000]',
    default: 10,
  },
  monitor: { ...EARLY_STOPPING_OPTIONS.monitor, description: 'What --patience watches; default: validationLoss.' },
  minChange: {
    kind: 'number',
    description: 'By how much a report must be better to count for --patience; default 0.',
    range: '[0, inf)',
    default: 0,
  },
  checkpointEvery: {
    kind: 'number',
    description: 'Seconds between checkpoints at least, for --resume; writing them takes at most 2 % of the time; default 60.',
    range: '[0, inf)',
    default: 60,
  },
} as const satisfies Options;

/** Options of every run that are texts, or flags without a table. */
const PLAIN_OPTIONS = {
  task: 'text',
  optimizer: 'text',
  dataDir: 'text',
  hidden: 'counts',
  ...TABLE_COLUMNS,
  out: 'text',
  tensorboard: 'flag',
  profile: 'flag',
  json: 'flag',
} as const;

/** Everything `adamqlr train` was asked for, checked. */
export type TrainRequest = {
  /** Loads or draws the data and compiles the run. */
  readonly prepare: (options: RunOptions) => Promise<Run>;
  /** The task, or the file without its folder and ending. */
  readonly name: string;
  /** The file to learn from, where it is a table. */
  readonly table: string | undefined;
  readonly options: RunOptions;
  /** Task, optimizer and every option given, by the names of --config. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The file given with --config. */
  readonly configPath: string | undefined;
  readonly json: boolean;
  readonly tensorboard: boolean;
  /** Whether to time a step before training. */
  readonly profile: boolean;
  /** Folder for what the run leaves behind, if one was named. */
  readonly out: string | undefined;
  /** Seconds between checkpoints. */
  readonly checkpointEvery: number;
  /** The folder of the run that goes on. */
  readonly resume: string | undefined;
};

/** The value of an option among raw arguments: what depends on it must be known before the others can be parsed. */
function rawValue(args: readonly string[], flag: string): string | undefined {
  const at = args.findLastIndex((arg) => arg === flag || arg.startsWith(`${flag}=`));
  return at < 0 ? undefined : args[at] === flag ? args[at + 1] : args[at]!.slice(flag.length + 1);
}

/** What a file given with --config says, not checked yet; the optimizer that it is about. */
type GivenConfig = { readonly path: string; readonly values: Readonly<Record<string, unknown>>; readonly optimizer: string };

function configIn(args: readonly string[]): GivenConfig | null {
  const folder = rawValue(args, '--resume');
  const path = folder === undefined ? rawValue(args, '--config') : resumedConfig(folder);
  if (path === undefined) return null;
  const values = readConfig(path);
  const optimizer = values['optimizer'] ?? DEFAULT_OPTIMIZER;
  if (typeof optimizer !== 'string') throw usage(path, 'optimizer to be a text', showValue(optimizer));
  checkName(path, 'an optimizer', optimizer, Object.keys(OPTIMIZERS));
  return { path, values, optimizer };
}

/** The configuration of a run that can go on; throws where the folder has none, or no checkpoint. */
function resumedConfig(folder: string): string {
  const config = join(folder, RUN_FILES.config);
  if (!existsSync(config)) throw usage(TRAIN, '--resume to be the folder of a run', `'${folder}'`, 'for example runs/glyphs-1');
  if (!existsSync(join(folder, RUN_FILES.checkpoint))) {
    const hint = `runs of a model write one after a minute and at their end; begin anew: ${showCommand('train', '--config', config)}`;
    throw usage(folder, `a ${RUN_FILES.checkpoint} to go on from`, 'none', hint);
  }
  return config;
}

/** Options that may be given to a run that goes on; all others are those it began with. */
const WITH_RESUME = ['resume', 'epochs', 'threads', 'json', 'tensorboard', 'profile', 'patience', 'checkpointEvery'];

function checkResume(told: Readonly<Record<string, unknown>>): void {
  if (told['resume'] === undefined) return;
  const other = Object.keys(told).find((name) => !WITH_RESUME.includes(name));
  if (other === undefined) return;
  const allowed = WITH_RESUME.slice(1).map((name) => `--${kebab(name)}`);
  const what = other === 'task' ? 'no task' : `no --${kebab(other)}`;
  throw usage(TRAIN, `${what} beside --resume`, showValue(told[other]), `a run goes on as it began, but for ${allowed.join(', ')}`);
}

/** How long training goes on without improvement, if something was asked for. `standard`: the patience of the task, 0 for none. */
function stoppingOf(values: Readonly<Record<string, unknown>>, standard: number): EarlyStopping | undefined {
  const { patience: told, monitor, minChange } = given(EARLY_STOPPING_OPTIONS, values) as Partial<EarlyStopping>;
  const asked = told !== undefined || monitor !== undefined || minChange !== undefined;
  const patience = told ?? (asked ? standard : 0);
  if (patience > 0) return { patience, ...(monitor !== undefined && { monitor }), ...(minChange !== undefined && { minChange }) };
  for (const [name, value] of Object.entries({ monitor, minChange })) {
    if (value !== undefined)
      throw usage(TRAIN, `--patience beside --${kebab(name)}`, told === undefined ? 'none' : '0', 'give the number of reports to wait for');
  }
  return undefined;
}

/** Widths of layers from a text such as '50,50'. */
function widths(text: string): readonly number[] {
  const numbers = text.split(',').map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : Number.NaN));
  if (numbers.every(isWidth)) return numbers;
  throw usage(TRAIN, '--hidden to be widths of layers, integers in [1, 100000] with commas between them', `'${text}'`, 'for example 50,50');
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

const DESCRIPTION = `train a task or a table and show how well it went

Your own table, for example:
  npx adamqlr train houses.csv --target price --exclude id --impute median`;

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
  and FILE.parquet. Numbers are standardized, other columns become one feature per category; the rows are dealt out at random, equally for
  every seed. MLP with 50 hidden units, 200 epochs, ended after ${TABLE_PATIENCE} without a better validation loss; the best model is kept
  (--patience 0: all epochs, and the last model). Where a table needs more to be told, the error says which flags to add.

Optimizers (the options above are those of ${optimizer}; --optimizer NAME --help shows the ones of NAME):
${list(OPTIMIZERS)}

Every run leaves a folder behind, runs/NAME-N or that of --out: config.json, history.jsonl, report.html to look at in a browser,
model.safetensors for adamqlr predict and evaluate (of tables) or loadModel, and checkpoint.safetensors for --resume.
adamqlr report FOLDER... lays several runs over each other. --config takes the names above in camelCase, and task:
{"task": "glyphs", "optimizer": "adam", "learningRate": 0.003, "epochs": 20}.

--json prints one JSON object per report on standard output and nothing else there; the last line is
{"final": true, "trainLoss":, "valLoss":, "testLoss":, "testAccuracy":, "steps":, "seconds":, ...}.
Evaluation is not part of the seconds. Ctrl-C or SIGTERM stops after the current step, keeps and scores what was reached; a second one quits.

Examples:
  npx adamqlr train houses.csv --target price --exclude id --impute median
  npx adamqlr train houses.csv --target price --epochs 2000 --patience 100
  npx adamqlr train --resume runs/houses-2 --patience 400`;
}

/** What the first argument asks for, a file or a task, checked with the flags that go with it. */
function chosenRun(name: string, values: Readonly<Record<string, unknown>>, args: readonly string[]): TrainRequest['prepare'] {
  const dataDir = values['dataDir'] as string | undefined;
  if (isTable(name)) {
    if (dataDir !== undefined) throw usage(TRAIN, `no --data-dir for ${name}`, `'${dataDir}'`, 'it is a file by itself');
    return tableRun(name, values, args);
  }
  checkName(TRAIN, 'a task or a file FILE.csv', name, Object.keys(TASKS));
  checkDataDir(name, dataDir);
  checkNoTable(name, values);
  return TASKS[name]!.prepare;
}

/** What was asked for, as a configuration that gives the same run again from any folder. */
function configOf(task: string, optimizer: string, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const names = [...Object.keys(RUN_OPTIONS), 'hidden', ...TABLE_NAMES, ...Object.keys(OPTIMIZERS[optimizer]!.options)];
  const dataDir = values['dataDir'] as string | undefined;
  return {
    task: isTable(task) ? resolve(task) : task,
    optimizer,
    ...(dataDir !== undefined && { dataDir: resolve(dataDir) }),
    ...Object.fromEntries(names.flatMap((name) => (values[name] === undefined ? [] : [[name, writable(values[name])]]))),
  };
}

/** The request in checked values, from the command line and a configuration alike. */
function requestOf(
  args: readonly string[],
  optimizerName: string,
  values: Readonly<Record<string, unknown>>,
  configPath: string | undefined,
): TrainRequest {
  const entry = OPTIMIZERS[optimizerName]!;
  const task = (values['task'] as string | undefined) ?? DEFAULT_TASK;
  const dataDir = values['dataDir'] as string | undefined;
  const prepare = chosenRun(task, values, args);
  const run = given(RUN_OPTIONS, values) as Partial<Record<keyof typeof RUN_OPTIONS, never>>;
  const optimizerOptions = given(entry.options, values);
  const makeOptimizer = (taskDefaults: Readonly<Record<string, unknown>> = {}) =>
    entry.make({ ...given(entry.options, taskDefaults), ...optimizerOptions });
  try {
    makeOptimizer(); // options that do not go together are found before any work
  } catch (error) {
    throw new UsageError(`${TRAIN}: ${(error as Error).message}`);
  }
  const { epochs, batchSize, seed = 0, threads, dtype, checkpointEvery = RUN_OPTIONS.checkpointEvery.default } = run;
  const hidden = values['hidden'] as readonly number[] | undefined;
  const earlyStopping = stoppingOf(values, isTable(task) ? TABLE_PATIENCE : 0);
  return {
    prepare,
    name: isTable(task) ? tableStem(task) : task,
    table: isTable(task) ? task : undefined,
    options: { optimizerName, makeOptimizer, epochs, batchSize, seed, threads, dtype, dataDir, hidden, earlyStopping },
    config: configOf(task, optimizerName, values),
    configPath,
    json: values['json'] === true,
    tensorboard: values['tensorboard'] === true,
    profile: values['profile'] === true,
    out: values['out'] as string | undefined,
    checkpointEvery,
    resume: values['resume'] as string | undefined,
  };
}

/** The `train` command for these raw arguments; `chosen` receives the checked request. */
export function trainCommand(args: readonly string[], chosen: (request: TrainRequest) => void): Command {
  const config = configIn(args);
  const optimizerName = optimizerIn(args, config);
  if (rawValue(args, '--resume') !== undefined && rawValue(args, '--config') !== undefined)
    throw usage(TRAIN, 'no --config beside --resume', `'${rawValue(args, '--config')}'`, 'a run goes on as it began');
  const command = new Command('train')
    .summary('train a task or a table and show how well it went')
    .description(DESCRIPTION)
    .argument('[task]', `what to train: ${Object.keys(TASKS).join(', ')} or FILE.csv, a table (default: "${DEFAULT_TASK}")`);
  // The order of the groups in the help is that of their first flags.
  const hidden = new Flag('--hidden <widths>', "Widths of the hidden layers, such as 50,50; default: the task's").argParser(widths);
  const { patience, ...rest } = RUN_OPTIONS;
  for (const flag of [...tableFlags(), ...[hidden, ...flagsOf(TRAIN, { patience }, false)].map((one) => one.helpGroup(TABLE_HELP))])
    command.addOption(flag);
  command
    .addOption(new Flag('--optimizer <name>', `Optimizer (default ${DEFAULT_OPTIMIZER})`))
    .addOption(new Flag('--data-dir <folder>', 'Folder with the files of the task; fashion-mnist and cifar-10 are downloaded without it'))
    .addOption(new Flag('--resume <folder>', 'Go on with the run of a folder that was interrupted, or with --epochs to more of them'))
    .addOption(new Flag('--config <file>', 'Read options from a JSON file, such as the config.json of a run; the command line wins'));
  for (const flag of flagsOf(TRAIN, rest, false)) command.addOption(flag);
  command
    .addOption(new Flag('--out <folder>', 'New folder for what the run leaves behind; default: runs/NAME-N'))
    .addOption(new Flag('--tensorboard', 'Also write events for TensorBoard into that folder'))
    .addOption(
      new Flag('--profile', 'Also time one step, instruction by instruction: a table, and a trace for chrome://tracing in that folder'),
    )
    .addOption(new Flag('--json', 'Print JSON lines in place of the table'));
  for (const flag of flagsOf(TRAIN, OPTIMIZERS[optimizerName]!.options, true)) {
    command.addOption(flag.helpGroup(`Options of ${optimizerName}:`));
  }
  command.addHelpText('after', helpAfter(optimizerName));
  return command.action((task: string | undefined, values: Readonly<Record<string, unknown>>) => {
    // The parser sets what --no-... flags stand for without being told; only what the user gave may win over the file.
    const told = Object.fromEntries(Object.entries(values).filter(([name]) => command.getOptionValueSource(name) === 'cli'));
    checkResume({ ...told, ...(task !== undefined && { task }) });
    const fromFile = config === null ? {} : configValues(config, optimizerName);
    chosen(
      requestOf(
        args,
        optimizerName,
        { ...fromFile, ...told, ...(task !== undefined && { task }) },
        told['resume'] === undefined ? config?.path : undefined,
      ),
    );
  });
}
