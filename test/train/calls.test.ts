import test from 'ava';
import { calls } from '../../lib/train/calls.js';

const course = {
  examples: 10,
  resident: 10,
  batchSize: 4,
  epochs: 2,
  reportEvery: 3,
  stepsPerCall: Number.POSITIVE_INFINITY,
  evaluation: [],
};

test('an epoch is a shuffle, full batches and a last batch with the rest', (t) => {
  t.deepEqual(
    [...calls(course)].map((call) => call.segments.map(({ plan, steps, sizes }) => [plan, steps, sizes?.n])),
    [
      [
        ['shuffle', 1, undefined],
        ['step', 2, 4],
        ['step', 1, 2],
      ],
      [
        ['shuffle', 1, undefined],
        ['step', 2, 4],
        ['step', 1, 2],
      ],
    ],
  );
});

test('calls never exceed stepsPerCall, and reports come at their steps and at the end', (t) => {
  const list = [...calls({ ...course, reportEvery: 4, stepsPerCall: 2 })];
  t.deepEqual(
    list.map(({ step, reports }) => [step, reports]),
    [
      [2, false],
      [3, false],
      [4, true],
      [6, true],
    ],
  );
});

test('wherever calls are cut, the same batches run in the same order', (t) => {
  const batches = (stepsPerCall: number) =>
    [...calls({ ...course, epochs: 7, reportEvery: 9, stepsPerCall })]
      .flatMap(({ segments, rounds }) => Array.from({ length: rounds }, () => segments).flat())
      .flatMap(({ plan, steps, sizes }) => Array.from({ length: steps }, () => `${plan}${sizes?.n ?? ''}`))
      .join(' ');
  const epoch = 'shuffle step4 step4 step2';
  t.is(batches(Number.POSITIVE_INFINITY), Array.from({ length: 7 }, () => epoch).join(' '));
  for (const k of [1, 2, 5, 6, 7]) t.is(batches(k), batches(Number.POSITIVE_INFINITY));
});

test('evaluation follows the steps before a report, and only there', (t) => {
  const evaluation = [{ plan: 'evaluate', steps: 1 }];
  for (const reportEvery of [1, 3, 6]) {
    for (const { segments, reports, rounds } of calls({ ...course, epochs: 4, reportEvery, evaluation })) {
      t.is(segments.at(-1)!.plan === 'evaluate', reports);
      if (reports) t.is(rounds, 1);
    }
  }
});

test('whole epochs before a report are rounds of one list', (t) => {
  const [first, ...rest] = calls({ ...course, epochs: 1e6, reportEvery: 3e6 });
  t.deepEqual([first!.rounds, first!.segments.length, first!.reports, rest.length], [1e6, 3, true, 0]);
});
