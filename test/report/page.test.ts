import test from 'ava';
import { RUN_COLORS } from '../../lib/report/colors.js';
import { reportPage } from '../../lib/report/page.js';
import { finalOf, reportAt, runOf } from './run-rows.js';

const HOSTILE = '</script><script>alert(1)</script><!--';

/** The data that the page's script reads, found as a browser does: up to the first end of the script. */
function dataOf(page: string): { runs: string[]; charts: { title: string; series: { run: number; values: number[] }[] }[] } {
  const start = page.indexOf('id="data">') + 'id="data">'.length;
  return JSON.parse(page.slice(start, page.indexOf('</script', start)));
}

test('names cannot break out of the page, and come through unchanged', (t) => {
  const run = runOf(t, HOSTILE, [reportAt(1), reportAt(2)], { task: HOSTILE, [HOSTILE]: [HOSTILE] });
  const page = reportPage(HOSTILE, [run]);
  t.false(page.includes('<script>alert'));
  t.deepEqual(dataOf(page).runs, [HOSTILE]);
  t.true(page.includes('<title>&lt;/script&gt;'));
});

test('the page loads nothing: no address outside it but those in comments and names', (t) => {
  const page = reportPage('run', [runOf(t, 'run', [reportAt(1)])]);
  const addresses = [
    ...page.matchAll(
      /\b(?:src|href|action|srcset|data)\s*=\s*["']([^"']*)|url\(([^)]*)\)|@import|fetch\(|XMLHttpRequest|sourceMappingURL/g,
    ),
  ].map(([found]) => found);
  t.deepEqual(addresses, ['href="data:,']);
  t.regex(page, /uPlot \(https:[\s\S]*MIT License[\s\S]*Permission is hereby granted/);
});

test('results, numbers and settings are there without any script', (t) => {
  const records = [reportAt(1, { valLoss: 0.7, valAccuracy: 0.5 }), reportAt(2, { valLoss: 0.6, valAccuracy: 0.75 })];
  const first = runOf(t, 'first', [...records, finalOf({ testLoss: 0.123, testAccuracy: 0.9, stopped: true })], { optimizer: 'adamqlr' });
  const second = runOf(t, 'second', records, { optimizer: 'adam' });
  const page = reportPage('two', [first, second]);
  const text = page
    .slice(page.indexOf('<main>'), page.indexOf('</main>'))
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');
  for (const part of [
    'first (interrupted)',
    'second (cut short)',
    '0.123',
    '90.00 %',
    'Settings of first',
    'optimizer adamqlr',
    'second: 2 reports',
  ]) {
    t.true(text.includes(part), part);
  }
  t.regex(page, /aria-label="Accuracy\. first, validation: from 50 % to 75 %; second, validation: from 50 % to 75 %\./);
  t.deepEqual(
    dataOf(page).charts.map(({ title, series }) => [title, series.length]),
    [
      ['Loss', 4],
      ['Accuracy', 2],
      ['Learning rate', 2],
    ],
  );
});

/** What a table of results shows, cell by cell, the best in stars. */
function resultCells(page: string): string[][] {
  const results = page.slice(page.indexOf('<h2>Results'), page.indexOf('</section>'));
  return [...results.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row]) =>
    [...row!.matchAll(/<t[hd]( class="best")?[^>]*>(.*?)<\/t[hd]>/gs)].map(([, best, cell]) => {
      const text = cell!.replaceAll(/<[^>]*>/g, '');
      return best === undefined ? text : `*${text}*`;
    }),
  );
}

test('errors of regressions are in the table, in units of the target', (t) => {
  const run = (name: string, testRmse: number, target = 'price <EUR>') =>
    runOf(t, name, [reportAt(1), finalOf({ trainRmse: 1234567, valRmse: null, testRmse, testMeanAbsoluteError: 0.00012345 })], {
      task: 'houses.csv',
      target,
    });
  const page = reportPage('two', [run('a', 45123.4), run('b', 45124.9)]);
  t.deepEqual(resultCells(page), [
    ['Run', 'Training loss', 'Training RMSE', 'Test RMSE', 'Test mean absolute error', 'Best epoch', 'Steps', 'Seconds'],
    ['a', '*0.1*', '*1235000*', '*45120*', '*0.0001234*', '0.1', '10', '0.10'],
    ['b', '*0.1*', '*1235000*', '45120', '*0.0001234*', '0.1', '10', '0.10'],
  ]);
  t.true(page.includes('RMSE and mean absolute error are in units of price &lt;EUR&gt;, losses in units of its variance.'));
  const apart = reportPage('two', [run('a', 1), run('b', 2, 'rooms')]);
  t.true(apart.includes('are in units of the target, losses'));
  t.is(resultCells(apart)[1]![3], '1', 'errors of different targets are not compared');
  const plain = reportPage('one', [runOf(t, 'one', [reportAt(1), finalOf()])]);
  t.false(/RMSE|variance/.test(plain.slice(plain.indexOf('<main>'), plain.indexOf('</main>'))));
});

test('a run without a report has a page too', (t) => {
  t.regex(reportPage('none', [runOf(t, 'none', [])]), /no report was written/);
});

test('a page stays below 2 MB for 100,000 reports and for 12 long runs', (t) => {
  const records = (count: number) =>
    Array.from({ length: count }, (_, i) =>
      reportAt(i + 1, {
        trainLoss: Math.sin(i) + 2,
        valLoss: Math.cos(i) + 2,
        valAccuracy: 1 / 3,
        learningRate: Math.sin(i * i),
        damping: Math.exp(Math.sin(i)),
        rho: Math.tan(i),
        seconds: i * Math.PI,
      }),
    );
  const long = runOf(t, 'long', records(100_000));
  const page = reportPage('long', [long]);
  t.true(page.length < 2e6, `${page.length}`);
  t.is(Math.max(...dataOf(page).charts.at(-1)!.series[0]!.values), Number(Math.max(...long.history.columns.rho).toPrecision(6)));
  const many = Array.from({ length: 12 }, (_, i) => ({ ...long, name: `run ${i}` }));
  t.true(reportPage('many', many).length < 2e6);
});

/** Relative luminance of a color '#rrggbb' (WCAG 2.2). */
function luminance(color: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

for (const [theme, ground] of [
  ['light', '#ffffff'],
  ['dark', '#1d2125'],
] as const) {
  test(`lines have a contrast of 3 to 1 on a ${theme} page`, (t) => {
    for (const color of RUN_COLORS[theme]) {
      const [low, high] = [luminance(color), luminance(ground)].sort((a, b) => a - b) as [number, number];
      t.true((high + 0.05) / (low + 0.05) >= 3, `${color}: ${(high + 0.05) / (low + 0.05)}`);
    }
  });
}
