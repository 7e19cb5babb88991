import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { uciEnergy, uciProtein } from '../../lib/data/uci.js';
import { sharedTest } from '../shared.js';
import { temporaryFolder } from './idx-file.js';
import { ENERGY_ROWS, energyLines, orderLines, writeEnergy } from './uci-file.js';

const FITTED = 588 + 104;

test('rows come in the stored order, split 588 / 104 / 76 and standardized with training and validation rows', async (t) => {
  const folder = temporaryFolder(t);
  writeEnergy(folder);
  const task = await uciEnergy({ dataDir: folder });
  t.deepEqual([task.train.count, task.validation!.count, task.test.count], [588, 104, 76]);
  t.deepEqual([task.layers, task.epochs, task.batchSize, task.loss], [[8, 50, 1], 4000, 588, 'squaredError']);
  const rows = energyLines().map((line) => line.split('\t').map(Number));
  const ordered = orderLines().map((line) => rows[Number(line)]!);
  t.deepEqual([...task.train.features.data.subarray(8, 16)], ordered[1]!.slice(0, 8));
  t.deepEqual([...task.validation!.features.data.subarray(0, 8)], ordered[588]!.slice(0, 8));
  t.deepEqual([...task.test.features.data.subarray(0, 8)], ordered[FITTED]!.slice(0, 8));
  for (const column of [3, 8]) {
    const values = ordered.slice(0, FITTED).map((row) => row[column]!);
    const mean = values.reduce((a, b) => a + b) / FITTED;
    const deviation = Math.sqrt(values.reduce((total, v) => total + (v - mean) ** 2, 0) / FITTED);
    const { standardization } = task.test.features;
    if (column === 3) t.true(Math.abs(standardization!.mean[3]! - mean) + Math.abs(standardization!.scale[3]! - deviation) < 1e-9);
    else t.true(Math.abs(task.test.targets.data[5]! - (ordered[FITTED + 5]![8]! - mean) / deviation) < 1e-9);
  }
  t.is(task.train.features.standardization, task.test.features.standardization);
});

const broken: [name: string, file: string, lines: (lines: string[]) => string[], message: RegExp][] = [
  [
    'a word',
    'data.txt',
    (lines) => lines.with(99, lines[99]!.replace(/\t[^\t]*\t/, '\tten\t')),
    /data\.txt line 100: expected a number in column 2, got 'ten'$/,
  ],
  [
    'a short row',
    'data.txt',
    (lines) => lines.with(6, '1\t2\t3'),
    /data\.txt line 7: expected 9 numbers with white space between them, got 3$/,
  ],
  ['a blank row', 'data.txt', (lines) => lines.with(6, ''), /data\.txt line 7: expected 9 numbers .* got 0$/],
  ['a missing row', 'data.txt', (lines) => lines.slice(1), /data\.txt: expected 768 lines, one for each row of the table, got 767$/],
  ['a row too many', 'data.txt', (lines) => [...lines, lines[0]!], /data\.txt: expected 768 lines, .* got 769$/],
  ['no rows', 'data.txt', () => [], /data\.txt: expected 768 lines, .* got 0$/],
  [
    'an index out of range',
    'permutation_indices.txt',
    (lines) => lines.with(3, '768'),
    /indices\.txt line 4: expected a row number in \[0, 767\], got '768'$/,
  ],
  ['a fraction', 'permutation_indices.txt', (lines) => lines.with(3, '1.5'), /indices\.txt line 4: expected a row number .* got '1\.5'$/],
  [
    'a repeated index',
    'permutation_indices.txt',
    (lines) => lines.with(9, lines[2]!),
    /line 10: expected a row number that was not there before, got \d+, as in line 3$/,
  ],
  [
    'too few indices',
    'permutation_indices.txt',
    (lines) => lines.slice(0, 5),
    /indices\.txt: expected 768 lines, one for each row of data\.txt, got 5$/,
  ],
];
for (const [name, file, change, message] of broken) {
  test(`${name} in ${file}: one sentence with file and line`, async (t) => {
    const folder = temporaryFolder(t);
    writeEnergy(folder);
    writeFileSync(join(folder, file), change(file === 'data.txt' ? energyLines() : orderLines()).join('\n'));
    await t.throwsAsync(uciEnergy({ dataDir: folder }), { instanceOf: TypeError, message });
  });
}

test('a missing file is named', async (t) => {
  const folder = temporaryFolder(t);
  writeEnergy(folder);
  rmSync(join(folder, 'permutation_indices.txt'));
  await t.throwsAsync(uciEnergy({ dataDir: folder }), {
    message: /permutation_indices\.txt: expected a readable file, got ENOENT; name the folder with data\.txt and permutation_indices\.txt$/,
  });
  await t.throwsAsync(uciProtein({ dataDir: join(folder, 'none') }), { message: /none.data\.txt: expected a readable file, got ENOENT/ });
});

test('Windows line ends and blank lines at the end are fine', async (t) => {
  const folder = temporaryFolder(t);
  writeEnergy(folder);
  const before = await uciEnergy({ dataDir: folder });
  writeFileSync(join(folder, 'data.txt'), `${energyLines().join('\r\n')}\r\n\r\n`);
  t.deepEqual(await uciEnergy({ dataDir: folder }), before);
  t.is(energyLines().length, ENERGY_ROWS);
});

sharedTest('the real tables: sizes, first rows of the order', ['data/uci-energy', 'data/uci-protein'], async (t, energyDir, proteinDir) => {
  const energy = await uciEnergy({ dataDir: energyDir! });
  t.deepEqual([energy.train.count, energy.validation!.count, energy.test.count], [588, 104, 76]);
  t.is(energy.train.features.data.length, 588 * 8);
  const protein = await uciProtein({ dataDir: proteinDir! });
  t.deepEqual([protein.train.count, protein.validation!.count, protein.test.count], [34_983, 6_174, 4_573]);
  t.deepEqual([protein.layers, protein.epochs, protein.batchSize], [[9, 100, 1], 200, 1000]);
});
