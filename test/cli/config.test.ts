import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { temporaryFolder } from '../data/idx-file.js';
import { adamqlr, records } from './run-cli.js';

const timeless = (stdout: string) => records(stdout).map(({ seconds: _, ...rest }) => rest);
const QUICK = { task: 'rosenbrock', epochs: 5 };

test('the config.json of a run gives the same run again; the command line wins', async (t) => {
  const cwd = temporaryFolder(t);
  const first = await adamqlr(
    ['train', 'rosenbrock', '--epochs', '20', '--initial-damping', '0.5', '--damping-range', '1e-3,inf', '--reject-ascent', '--json'],
    { cwd },
  );
  t.is(first.code, 0, first.stderr);
  const again = await adamqlr(['train', '--config', 'runs/rosenbrock-1/config.json', '--json'], { cwd });
  t.is(again.code, 0, again.stderr);
  t.deepEqual(timeless(again.stdout), timeless(first.stdout));
  const { environment: _1, ...one } = JSON.parse(readFileSync(join(cwd, 'runs/rosenbrock-1/config.json'), 'utf8'));
  const { environment: _2, ...two } = JSON.parse(readFileSync(join(cwd, 'runs/rosenbrock-2/config.json'), 'utf8'));
  t.deepEqual(two, one);
  const other = await adamqlr(['train', '--config=runs/rosenbrock-1/config.json', '--epochs', '3', '--json'], { cwd });
  t.is(records(other.stdout).length, 4);
});

test('what came out of file and command line is printed', async (t) => {
  const cwd = temporaryFolder(t);
  writeFileSync(join(cwd, 'c.json'), JSON.stringify({ ...QUICK, optimizer: 'adam', learningRate: 0.25 }));
  const { code, stderr, stdout } = await adamqlr(['train', '--config', 'c.json', '--learning-rate', '0.5', '--json'], { cwd });
  t.is(code, 0, stderr);
  t.is(
    stderr,
    'c.json and the command line together:\n  task          "rosenbrock"\n  optimizer     "adam"\n  epochs        5\n  learningRate  0.5\n  dtype         "float64"\n',
  );
  t.is(records(stdout)[0]!['learningRate'], 0.5);
});

test('another optimizer on the command line: the options of the one in the file do not count', async (t) => {
  const cwd = temporaryFolder(t);
  writeFileSync(join(cwd, 'c.json'), JSON.stringify({ ...QUICK, initialDamping: 0.5, beta1: 0.5 }));
  const { code, stderr, stdout } = await adamqlr(['train', '--config', 'c.json', '--optimizer', 'adam', '--json'], { cwd });
  t.is(code, 0, stderr);
  t.false('damping' in records(stdout)[0]!);
  t.notRegex(stderr, /beta1/);
});

test('a table, and what a file may say besides: where to write, events, JSON lines', async (t) => {
  const cwd = temporaryFolder(t);
  writeFileSync(join(cwd, 't.csv'), `a,b,y\n${Array.from({ length: 40 }, (_, i) => `${i % 7},${i % 3},${i % 11}`).join('\n')}\n`);
  writeFileSync(
    join(cwd, 'c.json'),
    JSON.stringify({ task: 't.csv', target: 'y', categorical: ['b'], val: 0.2, epochs: 2, json: true, out: 'here', tensorboard: true }),
  );
  const { code, stderr, stdout } = await adamqlr(['train', '--config', 'c.json'], { cwd });
  t.is(code, 0, stderr);
  t.is(readFileSync(join(cwd, 'here/history.jsonl'), 'utf8'), stdout);
  const config = JSON.parse(readFileSync(join(cwd, 'here/config.json'), 'utf8'));
  t.like(config, { target: 'y', categorical: ['b'], val: 0.2 });
  t.false('out' in config || 'json' in config);
});

const refused: [content: string, args: string[], sentence: RegExp][] = [
  ['{"epoch": 3}', [], /^c\.json: expected a known option, got 'epoch'; did you mean 'epochs'\?$/],
  ['{"epochs": 0}', [], /^c\.json: expected epochs to be an integer in \[1, .*\], got 0$/],
  ['{"epochs": "3"}', [], /^c\.json: expected epochs to be an integer in .*, got '3'$/],
  ['{"task": 3}', [], /^c\.json: expected task to be a text, got 3$/],
  ['{"task": "glyps"}', [], /expected a task or a file FILE.csv, got 'glyps'; did you mean 'glyphs'\?$/],
  ['{"exclude": "b"}', [], /^c\.json: expected exclude to be a list of texts, got 'b'$/],
  ['{"json": 1}', [], /^c\.json: expected json to be true or false, got 1$/],
  ['{"optimizer": "adma"}', [], /^c\.json: expected an optimizer, got 'adma'; did you mean 'adam'\?$/],
  ['{"optimizer": 1}', [], /^c\.json: expected optimizer to be a text, got 1$/],
  ['{"learningRate": 1}', [], /^c\.json: expected a known option, got 'learningRate'; it is an option of adam, adamw, sgd, baydin-sgd$/],
  ['{"initialDamping": -1}', [], /^c\.json: expected initialDamping to be a number in .*, got -1$/],
  ['{"dampingRange": [1, "huge"]}', [], /^c\.json: expected dampingRange to be two numbers .*, got \[1, 'huge'\]$/],
  ['{"hidden": [50, 0]}', [], /^c\.json: expected hidden to be a list of integers in \[1, 100000\], got \[50, 0\]$/],
  ['{"hidden": []}', [], /^c\.json: expected hidden to be a list of integers in .*, got \[\]$/],
  ['{"patience": 1.5}', [], /^c\.json: expected patience to be an integer in .*, got 1\.5$/],
  ['[1]', [], /^c\.json: expected an object of options, got \[1\];/],
  ['{\n"epochs": 3\n"seed": 1}', [], /^c\.json line 3: expected JSON, got something else; /],
  ['{"target": "y"}', ['glyphs'], /expected no --target for glyphs, got 'y'; it is an option of FILE.csv$/],
];
for (const [content, args, sentence] of refused) {
  test(`--config ${content.replaceAll('\n', ' ')} ${args.join(' ')}: one sentence, exit code 2`, async (t) => {
    const cwd = temporaryFolder(t);
    writeFileSync(join(cwd, 'c.json'), content);
    const { code, stdout, stderr } = await adamqlr(['train', ...args, '--config', 'c.json'], { cwd });
    t.is(code, 2, stderr);
    t.is(stdout, '');
    t.regex(stderr.trimEnd(), sentence);
  });
}

test('no file, or no name after --config', async (t) => {
  const none = await adamqlr(['train', '--config', 'none.json']);
  t.deepEqual([none.code, none.stderr], [2, 'none.json: expected a configuration that can be read, got no such file or folder (ENOENT)\n']);
  const nothing = await adamqlr(['train', '--config']);
  t.is(nothing.code, 2);
  t.regex(nothing.stderr, /^adamqlr train: expected a value after --config, got none;/);
});
