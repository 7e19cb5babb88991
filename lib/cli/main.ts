#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { version } from '../base/version.js';
import { inspect } from './inspect.js';
import { report } from './report.js';
import { train } from './train.js';
import { otherOptimizers, trainCommand } from './train-command.js';
import { checkName, fromParser, UsageError } from './usage-error.js';

/** Exit status of a command line that cannot be understood. */
const MISUSED = 2;

const COMMANDS = ['train', 'report', 'inspect', 'help'];

const HELP = ['-h, --help', 'show this help'] as const;

type Action = () => Promise<number> | number;

/** The parser for these arguments; `choose` receives what they ask for. */
function parser(args: readonly string[], choose: (action: Action) => void): Command {
  const program = new Command('adamqlr')
    .description('Second-order-informed training on native kernels')
    .version(version(), '--version', 'print the version')
    .helpOption(...HELP)
    .addHelpText('after', '\nadamqlr COMMAND --help tells more about a command. Without any data, try: adamqlr train');
  program.addCommand(trainCommand(args[0] === 'train' || args[1] === 'train' ? args : [], (request) => choose(() => train(request))));
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
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await main(process.argv.slice(2));
