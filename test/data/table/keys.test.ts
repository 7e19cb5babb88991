import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { csv } from '../../../lib/data/csv/csv.js';
import { TableError } from '../../../lib/data/table/table-error.js';
import { temporaryFolder } from '../idx-file.js';

/** A table of so many rows with `different` texts in the column `name`. */
function fileOf(t: ExecutionContext, rows: number, different: number, missing = 0): string {
  const lines = Array.from({ length: rows }, (_, i) => `${i < missing ? 'NA' : `n${i % different}`},${i % 7},${i / 3}`);
  const path = join(temporaryFolder(t), 'table.csv');
  writeFileSync(path, ['name,x,y', ...lines].join('\n'));
  return path;
}

const cases: [rows: number, different: number, missing: number, keys: boolean][] = [
  [600, 600, 0, true],
  [600, 301, 0, true],
  [600, 300, 0, false],
  [20, 20, 0, true],
  [20, 10, 0, false],
  [19, 19, 0, false],
  [60, 60, 40, true], // 20 values, all different
  [60, 60, 41, false],
];
for (const [rows, different, missing, keys] of cases) {
  for (const stream of [false, true]) {
    test(`${rows} rows with ${different} texts, ${missing} missing${stream ? ', streamed' : ''}: ${keys ? 'keys' : 'categories'}`, async (t) => {
      const path = fileOf(t, rows, different, missing);
      const options = { target: 'y', impute: 'mean', stream } as const;
      if (!keys) return t.is((await csv(path, options)).preprocessing.columns[0]!.kind, 'category');
      const error = await t.throwsAsync(csv(path, options), { instanceOf: TableError });
      const found = Math.min(different, rows - missing);
      const problem = `${path}: expected texts in column 'name' that come again, got ${found} different ones in ${rows - missing} rows, like names or keys`;
      t.is(error.message, `${problem}; set exclude: ['name']`);
      t.is(error.sentence('add --exclude name'), `${problem}; add --exclude name`);
      t.deepEqual(error.remedy, { option: 'exclude', value: ['name'] });
      t.is((await csv(path, { ...options, exclude: ['name'] })).preprocessing.width, 1);
      t.is((await csv(path, { ...options, categorical: ['name'] })).preprocessing.columns[0]!.kind, 'category');
    });
  }
}
