import test from 'ava';
import { quantile, summarize } from '../../bench/statistics.js';
import { CASES, caseNamed, operations } from '../../bench/step/cases.js';
import { outcomes, outcomeTable, publish, verdictOf } from '../../bench/step/outcome.js';
import { judge, TARGETS } from '../../bench/step/targets.js';
import { digits, table } from '../../bench/table.js';

test('quantiles interpolate between sorted values', (t) => {
  t.is(quantile([3, 1, 2], 0.5), 2);
  t.is(quantile([1, 2], 0.5), 1.5);
  t.is(quantile([0, 10], 0.9), 9);
  t.is(quantile([7], 0.1), 7);
});

test('a summary is the median of the rounds, so that one slow round does not count more for having more samples', (t) => {
  const { median, p10, p90, spread } = summarize([[1, 1, 1], [2], [3, 3, 3, 3, 3, 3]]);
  t.is(median, 2);
  t.is(spread, 1);
  t.is(p10, 1);
  t.is(p90, 3);
});

test('the least products of a step are those counted by hand', (t) => {
  const c = caseNamed('fashion-b3200');
  const [large, small] = [2 * 3200 * 784 * 50, 2 * 3200 * 50 * 10];
  t.is(operations(c, 'adam'), 2 * large + 3 * small);
  t.is(operations(c, 'adamqlr'), 3 * large + 6 * small);
});

test('a ratio is judged by what it must and could be, and no ratio by neither', (t) => {
  const target = { must: 2, stretch: 3 };
  t.deepEqual(
    [1.99, 2, 2.99, 3, Number.NaN, null].map((ratio) => judge(ratio, target)),
    ['missed', 'must', 'must', 'stretch', 'missed', 'no rival'],
  );
});

test('every case has targets, and stretch is beyond must', (t) => {
  for (const { name } of CASES) {
    const { adam, adamqlr, cost } = TARGETS[name]!;
    t.true(adam.stretch > adam.must && adamqlr.stretch > adamqlr.must && cost > 1, name);
  }
});

const RACE = {
  ours: { adam: [[10, 10, 10]], adamqlr: [[20, 20, 20]] },
  peers: new Map([
    ['torchAdamUs' as const, [[300]]],
    ['jaxAdamScanUs' as const, [[24]]],
    ['jaxAdamqlrUs' as const, [[70]]],
  ]),
  absent: new Map([['tfjs', 'not installed']]),
  versions: {},
  residentMegabytes: { adam: 60, adamqlr: 61 },
};

test('the rival is the fastest that was measured; a missing one is null and not guessed', (t) => {
  const [adam, adamqlr] = outcomes(caseNamed('energy-b588'), RACE, 200);
  t.is(adam!.rival?.figure, 'jaxAdamScanUs');
  t.is(adam!.ratio, 2.4);
  t.is(adam!.cost, null);
  t.is(adamqlr!.ratio, 3.5);
  t.is(adamqlr!.cost, 2);
  t.deepEqual(verdictOf(adam!), { speed: 'must', cost: null });
  t.deepEqual(verdictOf(adamqlr!), { speed: 'must', cost: false });
  t.deepEqual(publish(adam!), {
    case: 'energy-b588',
    optimizer: 'adam',
    medianUs: 10,
    p10Us: 10,
    p90Us: 10,
    peers: {
      torchAdamUs: 300,
      torchCompileUs: null,
      jaxAdamUs: null,
      jaxAdamScanUs: 24,
      jaxAdamqlrUs: 70,
      jaxAdamqlrScanUs: null,
      tfjsUs: null,
    },
    gflops: operations(caseNamed('energy-b588'), 'adam') / 1e4,
    peakGflops: 200,
  });
});

test('a run that may not judge prints no verdict', (t) => {
  const all = outcomes(caseNamed('energy-b588'), RACE, null);
  t.regex(outcomeTable(all, 'judged'), /too dear/);
  t.notRegex(outcomeTable(all, 'shown'), /too dear|speed/);
  t.notRegex(outcomeTable(all, 'none'), /stretch/);
});

test('tables align numbers to the right', (t) => {
  t.is(
    table(
      ['name', 'us'],
      [
        ['a', '10.5'],
        ['longer', '7'],
      ],
    ),
    'name      us\n------  ----\na       10.5\nlonger     7',
  );
  t.deepEqual([7.614, 28.44, 123.45, 4130.2].map(digits), ['7.61', '28.4', '123.5', '4130']);
});
