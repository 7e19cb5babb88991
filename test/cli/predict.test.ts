import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { csvLine } from '../../lib/cli/csv-text.js';
import { readRows } from '../../lib/data/read-rows.js';
import { loadModel } from '../../lib/train/model.js';
import { temporaryFolder, writeTinyFashion } from '../data/idx-file.js';
import { adamqlr } from './run-cli.js';

const SHAPES = ['round', 'long, flat', 'a "cube"'];

/** Things with a weight that follows from size and shape, and a fragile class; every ninth size is missing. */
function rowOf(i: number): string {
  const size = 1 + ((i * 37) % 50);
  const weight = size * [2, 3, 5][i % 3]!;
  const shape = SHAPES[i % 3]!;
  const quoted = /[",]/.test(shape) ? `"${shape.replaceAll('"', '""')}"` : shape;
  return `${i % 9 === 4 ? '' : size},${quoted},${weight},${weight > 70 ? 'no' : 'yes'}`;
}
const HEADER = 'size,shape,weight,fragile';

/** A folder with a table and the runs 'weight' and 'fragile' on it. */
async function trained(t: ExecutionContext): Promise<string> {
  const cwd = temporaryFolder(t);
  writeFileSync(join(cwd, 'things.csv'), [HEADER, ...Array.from({ length: 300 }, (_, i) => rowOf(i))].join('\n'));
  for (const [target, other] of [
    ['weight', 'fragile'],
    ['fragile', 'weight'],
  ] as const) {
    const args = ['things.csv', '--target', target, '--exclude', other, '--impute', 'mean', '--epochs', '40', '--out', target];
    const { code, stderr } = await adamqlr(['train', ...args], { cwd });
    t.is(code, 0, stderr);
  }
  return cwd;
}

const rowsOf = async (path: string) => {
  const rows: Record<string, unknown>[] = [];
  for await (const piece of readRows(path)) rows.push(...piece.rows);
  return rows;
};

test('predictions: the input in front, then target units or classes with their probabilities, as the model says of each row', async (t) => {
  const cwd = await trained(t);
  const file = join(cwd, 'new.csv');
  writeFileSync(file, ['note,shape,size', '"a ""b"", c",round,3', ',"long, flat",', '"two\nlines","a ""cube""",12.5'].join('\n'));
  const rows = await rowsOf(file);
  for (const target of ['weight', 'fragile']) {
    const { code, stdout, stderr } = await adamqlr(['predict', target, 'new.csv', '--out', 'out.csv'], { cwd });
    t.deepEqual([code, stdout, stderr], [0, '', `predictions of ${target} in out.csv\n`]);
    const printed = await adamqlr(['predict', `${target}/model.safetensors`, 'new.csv'], { cwd });
    t.is(printed.stdout, readFileSync(join(cwd, 'out.csv'), 'utf8'));
    using model = await loadModel(join(cwd, target, 'model.safetensors'));
    const answers = await model.predict(rows as never);
    const columns = target === 'weight' ? ['weight'] : ['fragile', 'fragile: no', 'fragile: yes'];
    const out = await rowsOf(join(cwd, 'out.csv'));
    t.deepEqual(Object.keys(out[0]!), ['note', 'shape', 'size', ...columns]);
    for (const [at, answer] of answers.entries()) {
      for (const name of Object.keys(rows[at]!)) t.is(out[at]![name], rows[at]![name]);
      const near = (got: unknown, wanted: number) => t.true(Math.abs(Number(got) - wanted) <= 1e-8 * Math.abs(wanted));
      if ('value' in answer) near(out[at]!['weight'], answer.value);
      else {
        t.is(out[at]!['fragile'], answer.class);
        for (const [name, share] of Object.entries(answer.probabilities)) near(out[at]![`fragile: ${name}`], share);
      }
    }
    const bare = await adamqlr(['predict', target, 'new.csv', '--no-keep'], { cwd });
    t.is(bare.stdout.split('\n')[0], columns.join(','));
    t.is(bare.stdout.trimEnd().split('\n').length, 4);
  }
  t.deepEqual(readdirSync(cwd).sort(), ['fragile', 'new.csv', 'out.csv', 'things.csv', 'weight']);
});

test('a file with the target keeps it; pieces join without a seam', async (t) => {
  const cwd = await trained(t);
  const many = Array.from({ length: 2500 }, (_, i) => rowOf(i));
  writeFileSync(join(cwd, 'many.csv'), [HEADER, ...many].join('\r\n'));
  const { code, stdout, stderr } = await adamqlr(['predict', 'weight', 'many.csv'], { cwd });
  t.is(code, 0, stderr);
  const [head, ...lines] = stdout.trimEnd().split('\n');
  t.is(head, `${HEADER},predicted weight`);
  t.is(lines.length, 2500);
  for (const [at, line] of lines.entries()) t.true(line.startsWith(`${many[at]!},`), line);
  t.is(lines[2443]!.split(',').at(-1), lines[2443 - 450]!.split(',').at(-1)); // rows repeat after 450
});

test('what cannot be predicted is one sentence, and leaves a file that was there as it was', async (t) => {
  const cwd = await trained(t);
  const good = Array.from({ length: 1500 }, (_, i) => rowOf(i));
  const images = join(cwd, 'images');
  mkdirSync(images);
  writeTinyFashion(images);
  await adamqlr(['train', 'fashion-mnist', '--data-dir', 'images', '--epochs', '1', '--out', 'clothes'], { cwd });
  await adamqlr(['train', 'rosenbrock', '--epochs', '1', '--out', 'function'], { cwd });
  const table = (...lines: string[]) => [HEADER, ...lines].join('\n');
  const cases: [name: string, model: string, content: string | null, sentence: RegExp][] = [
    [
      'an unknown category',
      'weight',
      table(...good, '3,rund,1,yes'),
      /^new\.csv line 1502: expected a category of column 'shape' seen in training, got 'rund'; did you mean 'round'\?$/,
    ],
    [
      'no number',
      'weight',
      table('3,round,1,yes', 'three,round,1,yes'),
      /^new\.csv line 3: expected a number in column 'size', got 'three'$/,
    ],
    [
      'a missing column',
      'weight',
      'siize,shape\n1,round\n',
      /^new\.csv: expected a column 'size', as in training, got none of this name; did you mean 'siize'\?$/,
    ],
    ['a short row', 'weight', table('3,round'), /^new\.csv line 2: expected 4 fields/],
    ['no rows', 'weight', HEADER, /^new\.csv: expected rows after the header, got none$/],
    ['an empty file', 'weight', '', /^new\.csv line 1: expected a header with the names of the columns, got an empty file$/],
    ['no file', 'weight', null, /^none\.csv: expected a readable table, got ENOENT$/],
    [
      'no model',
      'wight',
      HEADER,
      /^wight: expected a model file or the folder of a run, got nothing of this name; runs write runs\/NAME-N\/model\.safetensors$/,
    ],
    ['another file for a model', 'things.csv', HEADER, /^things\.csv byte 0: expected .*; is it a safetensors file\?$/],
    [
      'a model of images',
      'clothes',
      HEADER,
      /^clothes\/model\.safetensors: expected a model that was trained on a table, got one that was not; .* npx adamqlr train FILE\.csv --target COLUMN$/,
    ],
    ['a run without a model', 'function', HEADER, /^function: expected the folder of a run with its model\.safetensors, got one without; /],
  ];
  for (const [name, model, content, sentence] of cases) {
    writeFileSync(join(cwd, 'new.csv'), content ?? '');
    writeFileSync(join(cwd, 'out.csv'), 'before');
    for (const command of ['predict', 'evaluate']) {
      const out = command === 'predict' ? ['--out', 'out.csv'] : [];
      const { code, stdout, stderr } = await adamqlr([command, model, content === null ? 'none.csv' : 'new.csv', ...out], { cwd });
      t.is(code, 1, `${name}: ${stderr}`);
      t.is(stdout, '');
      t.regex(stderr.trimEnd(), sentence, name);
    }
    t.is(readFileSync(join(cwd, 'out.csv'), 'utf8'), 'before');
    t.false(readdirSync(cwd).some((file) => file.endsWith('.partial')));
  }
  writeFileSync(join(cwd, 'new.csv'), table('3,round,1,yes'));
  const nowhere = await adamqlr(['predict', 'weight', 'new.csv', '--out', 'no/where.csv'], { cwd });
  t.is(nowhere.code, 1);
  t.is(nowhere.stderr, 'no/where.csv: expected a file that can be written, got ENOENT\n');
  t.false(existsSync(join(cwd, 'no')));
});

test('fields of CSV: quotes where they are needed (RFC 4180)', (t) => {
  t.is(csvLine(['a', '', 'b c', '1.5']), 'a,,b c,1.5\n');
  t.is(csvLine(['a,b', 'say "hi"', 'two\nlines', 'r\r', ' lead']), '"a,b","say ""hi""","two\nlines","r\r"," lead"\n');
  t.is(csvLine(['']), '""\n');
});

test('Ctrl-C leaves no part of a file', async (t) => {
  const cwd = await trained(t);
  const rows = Array.from({ length: 450 }, (_, i) => rowOf(i)).join('\n');
  writeFileSync(join(cwd, 'many.csv'), [HEADER, ...Array.from({ length: 2000 }, () => rows)].join('\n'));
  let sent = false;
  const partial = () => readdirSync(cwd).some((file) => file.endsWith('.partial'));
  const { code, stderr } = await adamqlr(['predict', 'weight', 'many.csv', '--out', 'out.csv'], {
    cwd,
    often(kill) {
      if (sent || !partial()) return;
      sent = true;
      kill('SIGINT');
    },
  });
  t.deepEqual([code, stderr], [130, '']);
  t.false(existsSync(join(cwd, 'out.csv')) || partial());
});
