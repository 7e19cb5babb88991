import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { readRows } from '../../lib/data/read-rows.js';
import { split } from '../../lib/data/split.js';
import { loadModel } from '../../lib/train/model.js';
import { temporaryFolder } from '../data/idx-file.js';
import { root } from '../root.js';
import { adamqlr, records } from './run-cli.js';

const houses = join(root, 'examples/houses/houses.csv');
const near = (a: number, b: number, tolerance = 1e-5) => Math.abs(a - b) <= tolerance * Math.abs(b);

test('a regression: what train and evaluate say of the test rows is what the predictions say, in units of the target', async (t) => {
  const cwd = temporaryFolder(t);
  const args = ['train', houses, '--target', 'price', '--exclude', 'id', '--impute', 'median', '--epochs', '30', '--out', 'run', '--json'];
  const trained = await adamqlr(args, { cwd });
  t.is(trained.code, 0, trained.stderr);
  const final = records(trained.stdout).at(-1)!;
  const [header, ...lines] = readFileSync(houses, 'utf8').trimEnd().split(/\r?\n/);
  const own = [...split('test', lines.length).test];
  writeFileSync(join(cwd, 'test.csv'), [header, ...own.map((row) => lines[row])].join('\n'));
  const { code, stdout, stderr } = await adamqlr(['evaluate', 'run', 'test.csv', '--json'], { cwd });
  t.is(code, 0, stderr);
  const found = JSON.parse(stdout);

  using model = await loadModel(join(cwd, 'run/model.safetensors'));
  const target = model.preprocessing!.target as { mean: number; scale: number };
  let squares = 0,
    sizes = 0;
  for await (const { rows } of readRows(join(cwd, 'test.csv'))) {
    for (const [at, answer] of (await model.predict(rows)).entries()) {
      const error = (answer as { value: number }).value - Number(rows[at]!['price']);
      squares += error ** 2;
      sizes += Math.abs(error);
    }
  }
  const n = own.length;
  t.is(found.rows, n);
  t.is(found.accuracy, null);
  for (const [name, value] of [
    ['rmse', Math.sqrt(squares / n)],
    ['meanAbsoluteError', sizes / n],
    ['loss', squares / n / 2 / target.scale ** 2],
  ] as const)
    t.true(near(found[name], value), `${name} ${found[name]} for ${value}`);
  t.true(near(final['testRmse'] as number, found.rmse));
  t.true(near(final['testMeanAbsoluteError'] as number, found.meanAbsoluteError));
  t.true(near(final['testLoss'] as number, found.loss));
  for (const name of ['trainRmse', 'valRmse', 'trainMeanAbsoluteError', 'valMeanAbsoluteError']) t.true((final[name] as number) > 0, name);

  const printed = await adamqlr(['evaluate', 'run/model.safetensors', 'test.csv'], { cwd });
  const units = (value: number) => String(Number(value.toPrecision(4)));
  t.regex(printed.stdout, /^rows +90\nloss .*\(in units of the variance of price\)\n/);
  t.true(printed.stdout.includes(`RMSE                 ${units(found.rmse)} (in units of price)\n`), printed.stdout);
  t.true(printed.stdout.endsWith(`mean absolute error  ${units(found.meanAbsoluteError)}\n`), printed.stdout);
});

test('a classification: accuracy and cross-entropy, counted by hand from the predictions', async (t) => {
  const cwd = temporaryFolder(t);
  const rows = Array.from({ length: 200 }, (_, i) => `${(i * 17) % 23},${i % 5},${(i * 17) % 23 > (i % 5) * 4 ? 1 : 0}`);
  writeFileSync(join(cwd, 'bits.csv'), ['a,b,bit', ...rows].join('\n'));
  const trained = await adamqlr(['train', 'bits.csv', '--target', 'bit', '--epochs', '3', '--out', 'run'], { cwd });
  t.is(trained.code, 0, trained.stderr);
  t.regex(trained.stdout, /\n +loss +accuracy\n/);
  const { code, stdout, stderr } = await adamqlr(['evaluate', 'run', 'bits.csv', '--json'], { cwd });
  t.is(code, 0, stderr);
  const predicted = await adamqlr(['predict', 'run', 'bits.csv', '--no-keep'], { cwd });
  const [header, ...lines] = predicted.stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  t.deepEqual(header, ['bit', 'bit: 0', 'bit: 1']);
  let right = 0,
    entropy = 0;
  for (const [at, [answer, ...shares]] of lines.entries()) {
    const bit = Number(rows[at]!.split(',')[2]);
    right += Number(Number(answer) === bit);
    entropy -= Math.log(Number(shares[bit]));
  }
  const found = JSON.parse(stdout);
  t.is(found.accuracy, right / 200);
  t.true(right > 120 && right < 200, String(right));
  t.true(near(found.loss, entropy / 200));
  t.deepEqual([found.rmse, found.meanAbsoluteError], [null, null]);
});

test('a file without answers is one sentence', async (t) => {
  const cwd = temporaryFolder(t);
  writeFileSync(join(cwd, 'bits.csv'), ['a,bit', ...Array.from({ length: 60 }, (_, i) => `${i},${i % 3 ? 'up' : 'down'}`)].join('\n'));
  await adamqlr(['train', 'bits.csv', '--target', 'bit', '--epochs', '1', '--out', 'run'], { cwd });
  for (const [content, sentence] of [
    ['a,bti\n1,up\n', /^new\.csv: expected a column 'bit', as in training, got none of this name; did you mean 'bti'\?$/],
    ['a,bit\n1,up\n2,\n', /^new\.csv line 3: expected a value in the target 'bit', got none; remove the row$/],
    ['a,bit\n1,upp\n', /^new\.csv line 2: expected a class of the target 'bit' seen in training, got 'upp'; did you mean 'up'\?$/],
  ] as const) {
    writeFileSync(join(cwd, 'new.csv'), content);
    const { code, stdout, stderr } = await adamqlr(['evaluate', 'run', 'new.csv'], { cwd });
    t.deepEqual([code, stdout], [1, '']);
    t.regex(stderr.trimEnd(), sentence);
  }
});
