import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { writeTinyCifar } from '../data/cifar/cifar-file.js';
import { temporaryFolder } from '../data/idx-file.js';
import { writeEnergy } from '../data/uci-file.js';
import { adamqlr, records } from './run-cli.js';

test('train uci-energy learns a table that can be learned', async (t) => {
  const folder = temporaryFolder(t);
  writeEnergy(folder);
  const { code, stdout, stderr } = await adamqlr(['train', 'uci-energy', '--data-dir', folder, '--epochs', '300', '--json']);
  t.is(code, 0, stderr);
  const final = records(stdout).at(-1)!;
  t.is(final['steps'], 300); // all 588 rows in one batch
  t.true((final['testLoss'] as number) < 0.05, stdout.split('\n').at(-2));
  t.is(final['testAccuracy'], null);
});

test('train uci-protein without its files: one sentence, exit code 1', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'data.txt'), '1 2 3\n');
  const { code, stdout, stderr } = await adamqlr(['train', 'uci-protein', '--data-dir', folder]);
  t.is(code, 1);
  t.is(stdout, '');
  t.regex(stderr, /^.*data\.txt line 1: expected 10 numbers with white space between them, got 3\n$/);
});

test('train cifar-10 learns images with channels that can be learned', async (t) => {
  const folder = temporaryFolder(t);
  writeTinyCifar(folder, { count: 40 });
  const { code, stdout, stderr } = await adamqlr(['train', 'cifar-10', '--data-dir', folder, '--epochs', '15', '--json']);
  t.is(code, 0, stderr);
  t.is(records(stdout).at(-1)!['testAccuracy'], 1, stdout.split('\n').at(-2));
});
