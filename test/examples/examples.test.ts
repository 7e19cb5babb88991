import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { temporaryFolder, writeTinyFashion } from '../data/idx-file.js';
import { runProgram, typeErrors } from '../docs/program.js';
import { root } from '../root.js';

const example = (name: string) => join(root, 'examples', name);

test('the examples have no type errors and are short', (t) => {
  t.timeout(120_000);
  const examples = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  t.true(examples.length >= 3);
  t.deepEqual(typeErrors(examples.map(example)), []);
  for (const name of examples) t.true(readFileSync(example(name), 'utf8').trimEnd().split('\n').length <= 60, name);
});

test('examples/fashion-mnist.ts trains both optimizers on tiny data', (t) => {
  t.timeout(60_000);
  const folder = temporaryFolder(t);
  writeTinyFashion(folder);
  const { code, stdout, stderr } = runProgram(readFileSync(example('fashion-mnist.ts'), 'utf8'), folder, [folder, '2']);
  t.is(code, 0, stderr);
  t.regex(stdout, /^50 training, 10 validation and 20 test images$/m);
  for (const name of ['adamqlr', 'adam']) {
    t.regex(stdout, new RegExp(`^${name} epoch 2: training loss [\\d.]+, validation loss [\\d.]+, learning rate `, 'm'));
    t.regex(stdout, new RegExp(`^${name}: test loss [\\d.]+, test accuracy [\\d.]+ %$`, 'm'));
  }
});

test('examples/rosenbrock.ts comes close to the minimum', (t) => {
  t.timeout(60_000);
  const { code, stdout, stderr } = runProgram(readFileSync(example('rosenbrock.ts'), 'utf8'), temporaryFolder(t), ['4000']);
  t.is(code, 0, stderr);
  const [, x, y] = /^after 4000 steps: \((.*), (.*)\)$/m.exec(stdout)!;
  t.true(Math.hypot(Number(x) - 1, Number(y) - 1) < 0.05, stdout);
});

test('examples/houses: from a table with gaps and categories to a file of predictions in 15 lines', (t) => {
  t.timeout(60_000);
  const source = readFileSync(example('houses/houses.ts'), 'utf8');
  t.true(source.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('//')).length <= 15);
  const folder = temporaryFolder(t);
  cpSync(example('houses'), folder, { recursive: true });
  const { code, stdout, stderr } = runProgram(source, folder);
  t.is(code, 0, stderr);
  t.true(Number(/loss: ([\d.e-]+)/.exec(stdout)![1]) < 0.05, stdout);
  const [header, ...prices] = readFileSync(join(folder, 'predictions.csv'), 'utf8').trimEnd().split('\n');
  t.is(header, 'price');
  t.is(prices.length, 40);
  for (const price of prices) t.true(Number(price) > 30_000 && Number(price) < 2_000_000, price);
});
