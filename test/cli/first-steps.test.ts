import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { readRows } from '../../lib/data/read-rows.js';
import { temporaryFolder } from '../data/idx-file.js';
import { root } from '../root.js';
import { adamqlr } from './run-cli.js';

/** The arguments of the first suggested command that begins with these words, as a shell would cut it. */
function suggested(text: string, words: string): string[] {
  const line = text.split('\n').find((one) => one.includes(`npx adamqlr ${words}`));
  if (line === undefined) throw new Error(`no suggestion 'npx adamqlr ${words}' in:\n${text}`);
  const command = line.slice(line.indexOf(`npx adamqlr ${words}`)).split(/ {2}/)[0]!; // behind two spaces: what it does
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].slice(2).map(([, quoted, plain]) => quoted ?? plain!);
}

async function rowsOf(path: string): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for await (const piece of readRows(path)) rows.push(...piece.rows);
  return rows;
}

test('from a table with an id, categories and missing values to a prediction file: three commands, each told by the tool', async (t) => {
  const cwd = temporaryFolder(t);
  for (const name of ['houses.csv', 'new.csv']) copyFileSync(join(root, 'examples/houses', name), join(cwd, name));
  const help = await adamqlr(['--help'], { cwd });

  const first = await adamqlr(suggested(help.stdout, 'train'), { cwd });
  t.is(first.code, 1);
  t.regex(
    first.stderr,
    /^houses\.csv line 2: expected a value in column 'rooms', got none; remove the row, or try: npx adamqlr train .*\n$/,
  );
  t.is(first.stdout, '');
  t.false(existsSync(join(cwd, 'runs')));

  const second = await adamqlr(suggested(first.stderr, 'train'), { cwd });
  t.is(second.code, 0, second.stderr);
  const [, error] = /^test +\S+ +\S+ +(\S+)$/m.exec(second.stdout)!;

  const predict = suggested(second.stdout, 'predict');
  const third = await adamqlr(predict, { cwd });
  t.is(third.code, 0, third.stderr);

  const input = await rowsOf(join(cwd, 'new.csv'));
  const output = await rowsOf(join(cwd, predict.at(-1)!));
  const prices = (await rowsOf(join(cwd, 'houses.csv'))).map((row) => Number(row['price']));
  const mean = prices.reduce((sum, price) => sum + price, 0) / prices.length;
  const deviation = prices.reduce((sum, price) => sum + Math.abs(price - mean), 0) / prices.length;
  t.is(output.length, 40);
  t.deepEqual(
    output.map(({ price: _, ...row }) => row),
    input,
  );
  for (const { price } of output) t.true(Number(price) > Math.min(...prices) / 2 && Number(price) < Math.max(...prices) * 2, String(price));
  t.true(Number(error) < deviation / 4, `${error} against ${deviation} of the mean alone`);

  const evaluate = suggested(help.stdout, 'evaluate').with(-1, 'houses.csv');
  const scored = await adamqlr(evaluate, { cwd });
  t.is(scored.code, 0, scored.stderr);
  t.regex(scored.stdout, /^rows +600\n/);
});

test('the same for classes, from a file and a folder whose names need quotes', async (t) => {
  const cwd = temporaryFolder(t);
  copyFileSync(join(root, 'examples/houses/houses.csv'), join(cwd, 'my houses.csv'));
  copyFileSync(join(root, 'examples/houses/new.csv'), join(cwd, 'new.csv'));
  const args = ['train', 'my houses.csv', '--target', 'kind', '--exclude', 'price', '--epochs', '30', '--out', 'my run'];
  const first = await adamqlr(args, { cwd });
  t.is(first.code, 1);
  const second = await adamqlr(suggested(first.stderr, 'train'), { cwd });
  t.is(second.code, 0, second.stderr);
  const third = await adamqlr(suggested(second.stdout, 'predict'), { cwd });
  t.is(third.code, 0, third.stderr);
  const [header] = readFileSync(join(cwd, 'predictions.csv'), 'utf8').split('\n');
  t.is(header, 'id,district,kind,area,rooms,built,garden,predicted kind,kind: flat,kind: house,kind: loft');
});

test('advice names all that a table needs at once, and what is not to be guessed alone', async (t) => {
  const cwd = temporaryFolder(t);
  copyFileSync(join(root, 'test/data/parquet/houses.parquet'), join(cwd, 'houses.parquet'));
  const parquet = await adamqlr(['train', 'houses.parquet', '--target', 'price', '--stream', '--exclude', 'zstd', '--exclude', 'lz4'], {
    cwd,
  });
  t.is(parquet.code, 1);
  const advice = suggested(parquet.stderr, 'train');
  t.true(
    advice.includes('--stream') && advice.includes('--impute') && advice.includes('mean') && !advice.includes('median'),
    advice.join(' '),
  );
  const again = await adamqlr([...advice, '--epochs', '2'], { cwd });
  t.is(again.code, 0, again.stderr);
});

for (const command of ['train', 'predict', 'evaluate', 'report', 'inspect']) {
  test(`help ${command} and ${command} --help say the same, with no line wider than a page`, async (t) => {
    const [one, two] = [await adamqlr(['help', command]), await adamqlr([command, '--help'])];
    t.deepEqual([one.code, two.code, one.stderr], [0, 0, '']);
    t.is(one.stdout, two.stdout);
    t.regex(one.stdout, new RegExp(`^Usage: adamqlr ${command} `));
    for (const line of one.stdout.split('\n')) t.true(line.length <= 150, line);
  });
}
