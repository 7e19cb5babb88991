import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../data/idx-file.js';
import { finalOf, lines, reportAt } from '../report/run-rows.js';
import { adamqlr } from './run-cli.js';

/** A folder with two runs in it and a history by itself. */
function folderWithRuns(t: ExecutionContext): string {
  const cwd = temporaryFolder(t);
  for (const [name, optimizer, loss] of [
    ['a', 'adamqlr', 0.25],
    ['b', 'adam', 0.5],
  ] as const) {
    mkdirSync(join(cwd, name));
    writeFileSync(
      join(cwd, name, 'history.jsonl'),
      lines([reportAt(1, { valLoss: loss }), reportAt(2, { valLoss: 9 }), finalOf({ valLoss: loss, testLoss: loss, testAccuracy: 0.5 })]),
    );
    writeFileSync(join(cwd, name, 'config.json'), JSON.stringify({ task: 'glyphs', optimizer, environment: { node: 'v1' } }));
  }
  writeFileSync(join(cwd, 'killed.jsonl'), `${lines([reportAt(1), reportAt(2)])}{"epoch": 3, "st`);
  return cwd;
}

test('report: one page over all runs, and a table of how they ended', async (t) => {
  const cwd = folderWithRuns(t);
  const { code, stdout, stderr } = await adamqlr(['report', 'a', 'b/history.jsonl', 'killed.jsonl', '--out', 'all.html'], { cwd });
  t.is(code, 0, stderr);
  t.is(
    stdout,
    `            train loss   val loss   test loss   test accuracy   best epoch   steps   seconds       ended
a adamqlr          0.1       0.25        0.25         50.00 %          0.1      10      0.10    finished
b adam             0.1        0.5         0.5         50.00 %          0.1      10      0.10    finished
killed             0.5          -           -               -          0.2       2      0.02   cut short
report in all.html
`,
  );
  const page = readFileSync(join(cwd, 'all.html'), 'utf8');
  for (const name of ['a adamqlr', 'b adam', 'killed']) t.true(page.includes(name), name);
});

test('report: errors of a regression in units of its target', async (t) => {
  const cwd = temporaryFolder(t);
  writeFileSync(join(cwd, 'history.jsonl'), lines([reportAt(1), finalOf({ trainRmse: 3, testRmse: 45123.4, testMeanAbsoluteError: 2.5 })]));
  const { stdout } = await adamqlr(['report', 'history.jsonl'], { cwd });
  t.regex(stdout, /train loss {3}test RMSE {3}test mean absolute error {3}best epoch.*\n.* 0\.1 +45120 +2\.5 /);
});

test('report: the page of one run is in its folder, of several here', async (t) => {
  const cwd = folderWithRuns(t);
  t.regex((await adamqlr(['report', 'a'], { cwd })).stdout, /\nreport in a\/report\.html\n$/);
  t.regex((await adamqlr(['report', 'a', 'b'], { cwd })).stdout, /\nreport in report\.html\n$/);
  t.regex(readFileSync(join(cwd, 'report.html'), 'utf8'), /<h1>2 runs: glyphs<\/h1>/);
});

const refused: [args: string[], code: number, sentence: RegExp][] = [
  [['none'], 1, /^none: expected a folder of a run or a history\.jsonl, got no such file or folder \(ENOENT\)$/],
  [['empty'], 1, /^empty\/history\.jsonl: expected a history that can be read, got no such file or folder \(ENOENT\)$/],
  [['empty.jsonl'], 2, /^adamqlr report: expected at least one report in the history of empty\.jsonl, got none;/],
  [['a', 'broken.jsonl'], 1, /^broken\.jsonl line 2: expected step to be a number, got null$/],
  [['a', '--out', 'empty'], 2, /^adamqlr report: expected --out to be a file, got the folder 'empty'; for example empty\/report\.html$/],
  [['a', '--out', 'no/where.html'], 1, /^no\/where\.html: expected a file that can be written, got no such file or folder \(ENOENT\)$/],
];
for (const [args, expected, sentence] of refused) {
  test(`report ${args.join(' ')}: one sentence`, async (t) => {
    const cwd = folderWithRuns(t);
    mkdirSync(join(cwd, 'empty'));
    writeFileSync(join(cwd, 'empty.jsonl'), '');
    writeFileSync(join(cwd, 'broken.jsonl'), lines([reportAt(1), { ...reportAt(2), step: null }]));
    const { code, stdout, stderr } = await adamqlr(['report', ...args], { cwd });
    t.is(code, expected, stderr);
    t.is(stdout, '');
    t.regex(stderr.trimEnd(), sentence);
  });
}
