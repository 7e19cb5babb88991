import test from 'ava';
import { kebab } from '../../lib/cli/flags.js';
import { OPTIMIZERS } from '../../lib/optim/registry.js';
import { adamqlr } from './run-cli.js';

const misused: [args: string[], sentence: RegExp][] = [
  [['trian'], /^adamqlr: expected a command, got 'trian'; did you mean 'train'\?$/],
  [['--versoin'], /^adamqlr: expected a known option, got '--versoin'; did you mean '--version'\?$/],
  [['train', 'glyps'], /^adamqlr train: expected a task or a file FILE.csv, got 'glyps'; did you mean 'glyphs'\?$/],
  [['train', 'glyphs', 'more'], /^adamqlr train: expected no further arguments, got some;/],
  [['train', '--optimzer', 'adam'], /^adamqlr train: expected a known option, got '--optimzer'; did you mean '--optimizer'\?$/],
  [['train', '--epoch=3'], /^adamqlr train: expected a known option, got '--epoch'; did you mean '--epochs'\?$/],
  [['train', '--optimizer', 'adma'], /^adamqlr train: expected an optimizer, got 'adma'; did you mean 'adam'\?$/],
  [['train', '--optimizer=SGD-QLR'], /^adamqlr train: expected an optimizer, got 'SGD-QLR'; did you mean 'sgdqlr'\?$/],
  [['train', '--initial-dampng', '1'], /; did you mean '--initial-damping'\?$/],
  [['train', '--learning-rate', '1'], /got '--learning-rate'; it is an option of adam, adamw, sgd, baydin-sgd$/],
  [['train', '--optimizer', 'adam', '--learning-rate', '0'], /expected --learning-rate to be a number in \(0, inf\), got 0$/],
  [['train', '--curvature', 'fischer'], /expected --curvature to be 'fisher' or 'hessian', got 'fischer'; did you mean 'fisher'\?$/],
  [['train', '--damping-range', '1'], /expected --damping-range to be two numbers low <= high in \[0, inf\], got \[1\]$/],
  [['train', '--epochs'], /^adamqlr train: expected a value after --epochs, got none;/],
  [['train', '--epochs', 'many'], /expected --epochs to be an integer in \[1, .*\], got 'many'$/],
  [['train', '--epochs', '0'], /expected --epochs to be an integer in \[1, .*\], got 0$/],
  [['train', '--epochs', '2.5'], /expected --epochs to be an integer .* got 2\.5$/],
  [['train', '--seed', '-1'], /expected --seed to be an integer .* got -1$/],
  [['train', '--threads', '0'], /expected --threads to be an integer in \[1, 256\], got 0$/],
  [['train', '--dtype', 'float16'], /expected --dtype to be 'float32' or 'float64', got 'float16'/],
  [['train', 'uci-energy'], /expected --data-dir DIR for uci-energy, got none/],
  [['train', 'rosenbrock', '--batch-size', '5'], /expected no --batch-size for rosenbrock, got 5/],
  [['train', '--batch-size', '20001'], /expected --batch-size to be at most the 20000 training examples of glyphs, got 20001$/],
  [['help', 'nope'], /^adamqlr help: expected a command, got 'nope'; known: train, predict, evaluate, report, inspect, help$/],
  [['train', '--hidden', '50,'], /^adamqlr train: expected --hidden to be widths of layers, .*, got '50,'; for example 50,50$/],
  [['train', '--hidden', '0'], /expected --hidden to be widths of layers, integers in \[1, 100000\] .*, got '0'/],
  [['train', 'rosenbrock', '--hidden', '5'], /expected no --hidden for rosenbrock, got 5; it has no layers$/],
  [['train', 'rosenbrock', '--patience', '5'], /expected no --patience for rosenbrock, got 5$/],
  [['train', '--monitor', 'trainLoss'], /expected --patience beside --monitor, got none; give the number of reports to wait for$/],
  [['train', '--patience', '-1'], /expected --patience to be an integer in \[0, .*\], got -1$/],
  [['train', '--patience', '0', '--monitor', 'trainLoss'], /expected --patience beside --monitor, got 0; give the number of reports/],
  [['train', '--stream'], /expected no --stream for glyphs, got 'true'; it is an option of FILE\.csv$/],
  [['predict'], /^adamqlr predict: expected a MODEL, got none; see adamqlr predict --help$/],
  [['predict', 'model'], /^adamqlr predict: expected a FILE, got none; see adamqlr predict --help$/],
  [['predict', 'a', 'b', 'c'], /^adamqlr predict: expected no further arguments, got some;/],
  [['evaluate', 'model'], /^adamqlr evaluate: expected a FILE, got none;/],
  [['evaluate', 'a', 'b', '--out', 'c'], /^adamqlr evaluate: expected a known option, got '--out'; /],
  [['report'], /^adamqlr report: expected at least one RUN, got none;/],
  [['report', 'a', '--ot', 'b'], /^adamqlr report: expected a known option, got '--ot'; did you mean '--out'\?$/],
  [['report', 'a', './a'], /^adamqlr report: expected every run once, got '.\/a' twice$/],
  [['inspect', '--jsn'], /^adamqlr inspect: expected a known option, got '--jsn'; did you mean '--json'\?$/],
];
for (const [args, sentence] of misused) {
  test(`adamqlr ${args.join(' ')}: one sentence, exit code 2`, async (t) => {
    const { code, stdout, stderr } = await adamqlr(args);
    t.is(code, 2);
    t.is(stdout, '');
    t.is(stderr.split('\n').length, 2, stderr);
    t.regex(stderr.trimEnd(), sentence);
  });
}

test('adamqlr --version prints the version', async (t) => {
  const { code, stdout } = await adamqlr(['--version']);
  t.is(code, 0);
  t.regex(stdout, /^\d+\.\d+\.\d+\n$/);
});

test('adamqlr alone and with --help shows the commands', async (t) => {
  for (const args of [[], ['--help'], ['-h'], ['help']]) {
    const { code, stdout, stderr } = await adamqlr(args);
    t.is(code, 0, args.join());
    t.regex(stdout, /train \[options\] \[task\]/);
    t.regex(stdout, /report \[options\] <run...>/);
    t.regex(stdout, /inspect/);
    t.regex(stdout, /predict \[options\] <model> <file>/);
    t.regex(stdout, /evaluate \[options\] <model> <file>/);
    t.is(stderr, '');
  }
});

test('train --help: what a table needs comes first, the options of the optimizer last', async (t) => {
  const { stdout } = await adamqlr(['train', '--help']);
  const places = [
    'Your own table, for example:\n  npx adamqlr train houses.csv --target price',
    'Your own table (FILE.csv',
    '--target <column>',
    '\nOptions:',
    '--optimizer <name>',
    '\nOptions of adamqlr:',
  ].map((text) => stdout.indexOf(text));
  t.true(places[0]! > 0, stdout);
  t.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
  for (const flag of ['--impute', '--exclude', '--patience', '--hidden']) {
    const at = stdout.indexOf(`  ${flag} <`);
    t.true(at > places[1]! && at < places[3]!, flag);
  }
});

for (const [name, { options }] of Object.entries(OPTIMIZERS)) {
  test(`train --optimizer ${name} --help lists every option of ${name}`, async (t) => {
    const { code, stdout } = await adamqlr(['train', '--optimizer', name, name.length % 2 === 0 ? '--help' : '-h']);
    t.is(code, 0);
    for (const option of Object.keys(options)) t.true(stdout.includes(`--${kebab(option)} `), option);
    for (const shared of [
      'epochs',
      'batch-size',
      'seed',
      'threads',
      'dtype',
      'out',
      'json',
      'data-dir',
      'config',
      'resume',
      'hidden',
      'patience',
      'checkpoint-every',
      'tensorboard',
    ])
      t.true(stdout.includes(`--${shared} `), shared);
    t.true(stdout.includes('glyphs ') && stdout.includes('fashion-mnist ') && stdout.includes('rosenbrock '));
  });
}
