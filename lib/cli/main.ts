#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { version } from '../base/version.js';
import { evaluate } from './evaluate.js';
import { MISUSED } from './exit-codes.js';
import { inspect } from './inspect.js';
import { predict } from './predict.js';
import { report } from './report.js';
import { train } from './train.js';
import { otherOptimizers, trainCommand } from './train-command.js';
import { checkName, fromParser, UsageError } from './usage-error.js';

const COMMANDS = ['train', 'predict', 'evaluate', 'report', 'inspect', 'help'];

const HELP = ['-h, --help', 'show this help'] as const;

const FIRST_STEPS = `
From a table to predictions:
  npx adamqlr train houses.csv --target price                          learns the column price from the others
  npx adamqlr evaluate runs/houses-1/model.safetensors more.csv        says how good the model is on other rows
  npx adamqlr predict runs/houses-1/model.safetensors new.csv          writes the rows of new.csv with their prices
Where a table needs more to be told, such as what to do about missing values, an error says which flags to add.

Without any data, try: npx adamqlr train
npx adamqlr COMMAND --help tells more about a command.`;

const PREDICT_HELP = `
MODEL is the model.safetensors of a run on a table, or the folder of the run. FILE is a CSV file (.csv, .tsv, .gz) or a Parquet file with
the columns of training; others are carried along. The output is CSV with a column named as the target: numbers in its own units, or
classes and after them the probability of each class. Where FILE has that column already, the new ones begin with 'predicted'.
Rows are read and written piece by piece, so that files may be larger than memory. With --out the file appears whole or not at all;
devices and pipes are written in place.

Example: npx adamqlr predict runs/houses-1 new.csv --out predictions.csv`;

const EVALUATE_HELP = `
MODEL is the model.safetensors of a run on a table, or the folder of the run. FILE is a CSV or Parquet file with the columns of training
and the target. Of a regression, RMSE and mean absolute error are in units of the target; the loss is half the mean squared error in units
of its variance. --json prints {"rows":, "loss":, "accuracy":, "rmse":, "meanAbsoluteError":}.

Example: npx adamqlr evaluate runs/houses-1 more.csv`;

type Action = () => Promise<number> | number;

/** The parser for these arguments; `choose` receives what they ask for. */
function parser(args: readonly string[], choose: (action: Action) => void): Command {
  const program = new Command('adamqlr')
    .description('Second-order-informed training on native kernels')
    .version(version(), '--version', 'print the version')
    .helpOption(...HELP)
    .addHelpText('after', FIRST_STEPS);
  program.addCommand(trainCommand(args[0] === 'train' || args[1] === 'train' ? args : [], (request) => choose(() => train(request))));
  program
    .command('predict')
    .description('write what a model says about every row of a table')
    .argument('<model>', 'model.safetensors, or the folder of a run')
    .argument('<file>', 'table to predict for: FILE.csv, FILE.tsv, the same with .gz, or FILE.parquet')
    .option('--out <file>', 'CSV file to write; default: standard output')
    .option('--no-keep', 'leave the columns of FILE out of the output')
    .addHelpText('after', PREDICT_HELP)
    .action((model: string, file: string, values: { out?: string; keep: boolean }) =>
      choose(() => predict(model, file, { out: values.out, keep: values.keep })),
    );
  program
    .command('evaluate')
    .description('show how good a model is on the rows of a table with known answers')
    .argument('<model>', 'model.safetensors, or the folder of a run')
    .argument('<file>', 'table with the target: FILE.csv, FILE.tsv, the same with .gz, or FILE.parquet')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EVALUATE_HELP)
    .action((model: string, file: string, values: { json?: boolean }) => choose(() => evaluate(model, file, values.json === true)));
  program
    .command('report')
    .description('lay runs over each other in one page to look at in a browser, and print how they ended')
    .argument('<run...>', 'folders of runs, or their history.jsonl')
    .option('--out <file>', 'HTML file to write; default: report.html, of a single run the one in its folder')
    .action((runs: string[], values: { out?: string }) => choose(() => report(runs, values.out)));
  program
    .command('inspect')
    .description('show platform, processors, BLAS and threads: what training would use, and why')
    .option('--json', 'print one JSON object')
    .action((values: { json?: boolean }) => choose(() => inspect(values.json === true)));
  for (const command of [program, ...program.commands]) {
    command
      .helpOption(...HELP)
      .exitOverride()
      .showSuggestionAfterError(false)
      .allowExcessArguments(false)
      .configureOutput({ writeErr: (text) => process.stderr.write(text), outputError: () => {} });
  }
  return program;
}

/** What the arguments ask for, or null when help or the version was printed. */
function understand(args: readonly string[]): Action | null {
  const [first, second] = args;
  if (first !== undefined && !first.startsWith('-')) checkName('adamqlr', 'a command', first, COMMANDS);
  if (first === 'help' && second !== undefined && !second.startsWith('-')) checkName('adamqlr help', 'a command', second, COMMANDS);
  let chosen: Action | null = null;
  const program = parser(args, (action) => {
    chosen = action;
  });
  if (args.length === 0) {
    program.outputHelp();
    return null;
  }
  try {
    program.parse(args as string[], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return null;
    const command = program.commands.find((known) => known.name() === first) ?? program;
    const who = command === program ? 'adamqlr' : `adamqlr ${command.name()}`;
    const flags = [...command.options.map(({ long }) => long ?? ''), '--help'];
    throw fromParser(who, error, flags, command.name() === 'train' ? otherOptimizers : undefined);
  }
  return chosen;
}

async function main(args: readonly string[]): Promise<number> {
  try {
    return (await understand(args)?.()) ?? 0;
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    const ours = message.startsWith('internal:');
    process.stderr.write(`${ours ? stack : message}\n`);
    return error instanceof UsageError ? MISUSED : 1;
  }
}

// A reader that closes the pipe early, such as `head`, is no error.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit(0);
  process.stderr.write(`adamqlr: cannot write to standard output: ${code ?? message}\n`);
  process.exit(1);
});

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
