import { Command, Option as Flag } from 'commander';
import type { Options } from '../base/options.js';
import { OPTIMIZERS } from '../optim/registry.js';
import { checkNoTable, isTable, tableFlags, tableRun } from './csv-task.js';
import { flagsOf, given, kebab } from './flags.js';
import type { Run, RunOptions } from './run.js';
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

/** Everything `adamqlr train` was asked for, checked. */
export type TrainRequest = {
  /** Loads or draws the data and compiles the run. */
  readonly prepare: (options: RunOptions) => Promise<Run>;
  readonly options: RunOptions;
  readonly json: boolean;
  readonly out: string | undefined;
};

/** The optimizer's name among raw arguments: its options must be known before the others can be parsed. */
function optimizerIn(args: readonly string[]): string {
  const at = args.findLastIndex((arg) => arg === '--optimizer' || arg.startsWith('--optimizer='));
  const name = at < 0 ? DEFAULT_OPTIMIZER : args[at] === '--optimizer' ? args[at + 1] : args[at]!.slice('--optimizer='.length);
  if (name === undefined) return DEFAULT_OPTIMIZER; // the parser reports the missing value
  checkName(TRAIN, 'an optimizer', name, Object.keys(OPTIMIZERS));
  return name;
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
  FILE.csv learns --target COLUMN of a table with a header; separators are commas, semicolons or tabs. Numbers are standardized, other
  columns become one feature per category; the rows are dealt out at random, equally for every seed. MLP with 50 hidden units, 200 epochs.

Optimizers (the options above are those of ${optimizer}; --optimizer NAME --help shows the ones of NAME):
${list(OPTIMIZERS)}

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

/** The `train` command for these raw arguments; `chosen` receives the checked request. */
export function trainCommand(args: readonly string[], chosen: (request: TrainRequest) => void): Command {
  const optimizerName = optimizerIn(args);
  const entry = OPTIMIZERS[optimizerName]!;
  const command = new Command('train')
    .description('train a task and show how well it went')
    .argument('[task]', `what to train: ${Object.keys(TASKS).join(', ')} or FILE.csv`, DEFAULT_TASK)
    .addOption(new Flag('--optimizer <name>', `Optimizer (default ${DEFAULT_OPTIMIZER})`))
    .addOption(new Flag('--data-dir <folder>', 'Folder with the files of the task; fashion-mnist and cifar-10 are downloaded without it'));
  for (const flag of flagsOf(TRAIN, RUN_OPTIONS, false)) command.addOption(flag);
  for (const flag of tableFlags()) command.addOption(flag);
  command
    .addOption(new Flag('--out <file>', 'Also write the reports and the result to this file, as JSON lines'))
    .addOption(new Flag('--json', 'Print JSON lines in place of the table'));
  for (const flag of flagsOf(TRAIN, entry.options, true)) command.addOption(flag.helpGroup(`Options of ${optimizerName}:`));
  command.addHelpText('after', helpAfter(optimizerName));
  return command.action((task: string, values: Readonly<Record<string, unknown>>) => {
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
    const options = { optimizerName, makeOptimizer, epochs, batchSize, seed, threads, dtype, dataDir };
    chosen({ prepare, options, json: values['json'] === true, out: values['out'] as string | undefined });
  });
}
