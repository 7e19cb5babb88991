import test from 'ava';
import { readHistory } from '../../lib/report/history.js';
import { summarize } from '../../lib/report/summary.js';
import { finalOf, historyFile, lines, reportAt, runOf } from './run-rows.js';

test('reports become columns; what a report lacks is NaN; the final record is kept', (t) => {
  const records = [reportAt(1, { damping: 0.5, rho: -1 }), reportAt(2, { valLoss: 3, trainLoss: Number.NaN }), finalOf()];
  const { columns, reports, final } = readHistory(historyFile(t, lines(records)));
  t.is(reports, 2);
  t.deepEqual([...columns.step], [1, 2]);
  t.deepEqual([...columns.trainLoss], [1, Number.NaN]);
  t.deepEqual([...columns.valLoss], [Number.NaN, 3]);
  t.deepEqual([...columns.damping], [0.5, Number.NaN]);
  t.deepEqual([...columns.rho], [-1, Number.NaN]);
  t.deepEqual(final, finalOf());
});

test('a long history is read over the bounds of pieces, letters of several bytes included', (t) => {
  const records = Array.from({ length: 5000 }, (_, i) => ({ ...reportAt(i + 1), note: 'é€𝄞'.repeat(i % 7) }));
  const { columns, reports } = readHistory(historyFile(t, lines(records)));
  t.is(reports, 5000);
  t.deepEqual(
    [...columns.step],
    records.map(({ step }) => step),
  );
  t.is(columns.trainLoss[4999], 1 / 5000);
});

test('a history that ends within its last line, wherever, is read up to there', (t) => {
  const whole = lines([reportAt(1), reportAt(2)]);
  for (let cut = lines([reportAt(1)]).length; cut < whole.length - 2; cut++) {
    t.is(readHistory(historyFile(t, whole.slice(0, cut))).reports, 1, `${cut}`);
  }
  t.is(readHistory(historyFile(t, whole.slice(0, -1))).reports, 2); // only the line end is missing
  t.is(readHistory(historyFile(t, '')).reports, 0);
});

const broken: [text: string, sentence: RegExp][] = [
  ['nonsense\n', /history\.jsonl line 1: expected a JSON object, got 'nonsense'; is it a history\.jsonl\?$/],
  ['[1]\n', /line 1: expected a JSON object, got '\[1\]'$/],
  [`${lines([reportAt(1)])}\n{"step": 2, "epo\n`, /line 3: expected a JSON object, got/],
  [`${lines([reportAt(1)])}{}\n`, /line 2: expected epoch to be a number, got undefined$/],
  [lines([{ ...reportAt(1), trainLoss: 'low' }]), /line 1: expected trainLoss to be a number, got 'low'$/],
  [lines([{ ...reportAt(1), rho: true }]), /line 1: expected rho to be a number, got true$/],
  [
    lines([reportAt(2), reportAt(1)]),
    /line 2: expected a step above 2, that of the line before, got 1; are these lines of several runs\?$/,
  ],
  [lines([reportAt(1), finalOf(), reportAt(2)]), /line 3: expected nothing after the final record, got another line;/],
  [lines([{ ...finalOf(), testRmse: 'low' }]), /line 1: expected testRmse to be a number, got 'low'$/],
  [lines([{ ...finalOf(), steps: null }]), /line 1: expected steps to be a number, got null$/],
];
for (const [text, message] of broken) {
  test(`broken history: ${message.source}`, (t) => {
    t.throws(() => readHistory(historyFile(t, text)), { instanceOf: TypeError, message });
  });
}

test('a summary has the final record, or else the last report, and the epoch of the lowest validation loss', (t) => {
  const reports = [reportAt(1, { valLoss: 3 }), reportAt(2, { valLoss: 1 }), reportAt(3, { valLoss: 2, valAccuracy: 0.5 })];
  const killed = summarize(runOf(t, 'killed', reports));
  t.like(killed, {
    steps: 3,
    seconds: 0.03,
    trainLoss: 1 / 3,
    valLoss: 2,
    valAccuracy: 0.5,
    testLoss: null,
    bestEpoch: 0.2,
    ended: 'cut short',
  });
  const done = summarize(runOf(t, 'done', [...reports, finalOf({ testLoss: 7, stopped: true })]));
  t.like(done, { steps: 10, trainLoss: 0.1, valLoss: null, testLoss: 7, bestEpoch: 0.2, ended: 'interrupted' });
  t.is(summarize(runOf(t, 'plain', [reportAt(1), reportAt(2), reportAt(3, { trainLoss: 9 })])).bestEpoch, 0.2);
  t.is(summarize(runOf(t, 'none', [])).bestEpoch, null);
});
