import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { csv } from '../../../lib/data/csv/csv.js';
import { split } from '../../../lib/data/split.js';
import { inferKind, isMissing } from '../../../lib/data/table/columns.js';
import { TableError } from '../../../lib/data/table/table-error.js';
import { root } from '../../root.js';
import { temporaryFolder } from '../idx-file.js';

function fileOf(t: ExecutionContext, lines: readonly string[]): string {
  const path = join(temporaryFolder(t), 'table.csv');
  writeFileSync(path, lines.join('\n'));
  return path;
}

const MISSING = ['?', '-', '--', 'NA', 'N/A', 'n/a', 'N.A.', '#N/A', '#NA', 'NaN', 'nan', 'null', 'NULL', 'None', 'none', 'NONE'];
for (const text of ['', ...MISSING]) {
  test(`'${text}' is missing in columns of numbers and of categories`, async (t) => {
    t.true(isMissing(` ${text} `));
    t.is(inferKind(['1', '2', ...Array<string>(9).fill(text)], 'point'), 'number');
    const lines = ['x,c,y', ...Array.from({ length: 60 }, (_, i) => (i % 6 === 5 ? `${text},${text},${i / 7}` : `${i},red,${i / 7}`))];
    const { preprocessing } = await csv(fileOf(t, lines), { target: 'y', impute: 'mean' });
    t.like(preprocessing.columns, [{ kind: 'number' }, { kind: 'category', missing: 'red', categories: ['red'] }]);
  });
}

test('the texts that are missing are listed where users read it', (t) => {
  t.true(readFileSync(join(root, 'lib/data/table/options.ts'), 'utf8').includes(`the texts\n   * ${MISSING.join(' ')}.`));
  for (const text of ['None.', 'Na', 'none of it', '---', '0']) t.false(isMissing(text));
});

for (const stream of [false, true]) {
  const how = stream ? ', streamed' : '';
  test(`a number too large to be used is found where it stands${how}`, async (t) => {
    for (const big of ['1e300', '-1e300', '1e140']) {
      const lines = ['x,y', ...Array.from({ length: 60 }, (_, i) => `${i === 30 ? big : i},${i / 7}`)];
      const message = new RegExp(`table\\.csv line 32: expected a number of usable size in column 'x', got '${big}'$`);
      await t.throwsAsync(csv(fileOf(t, lines), { target: 'y', stream }), { instanceOf: RangeError, message });
    }
  });

  for (const column of ['x', 'y']) {
    test(`a number that only validation has, too large beside those of training, is an error: ${column}${how}`, async (t) => {
      const [row] = split('table', 60).validation;
      const lines = Array.from({ length: 60 }, (_, i) => [i + 0.5, i / 7].with('xy'.indexOf(column), i === row ? 1e60 : i / 3).join(','));
      const message = new RegExp(`table\\.csv: expected numbers of usable size in column '${column}', got 1e\\+60$`);
      const loading = async () => {
        const task = await csv(fileOf(t, ['x,y', ...lines]), { target: 'y', stream });
        if (task.validation !== null && 'open' in task.validation) for await (const _ of task.validation.open());
      };
      await t.throwsAsync(loading, { instanceOf: RangeError, message });
    });
  }

  const many: [rows: number, classes: number, most: number | null][] = [
    [60, 50, null],
    [60, 51, 50],
    [99, 50, null],
    [100, 10, null],
    [100, 11, 10],
    [1000, 50, null],
    [1000, 51, 50],
  ];
  for (const [rows, classes, most] of many) {
    test(`${classes} classes of ${rows} rows are ${most === null ? 'classes' : 'an error unless asked for'}${how}`, async (t) => {
      const lines = ['x,y', ...Array.from({ length: rows }, (_, i) => `${i},${(i % classes) + 0.5} m`)];
      const path = fileOf(t, lines);
      const count = async (options: object) => (await csv(path, { target: 'y', stream, ...options })).preprocessing.outputs;
      t.is(await count({ kind: 'classification' }), classes);
      t.is(await count({ categorical: ['y'] }), classes);
      if (most === null) return t.is(await count({}), classes);
      const error = await t.throwsAsync(count({}), { instanceOf: TableError });
      t.deepEqual(error.remedy, { option: 'kind', value: 'classification' });
      t.is(
        error.message,
        `${path}: expected numbers or at most ${most} classes in the target 'y' of ${rows} rows, got ${classes} different texts such as '0.5 m' and '9.5 m'; mend them if they should be numbers, or set kind: 'classification'`,
      );
    });
  }
}
