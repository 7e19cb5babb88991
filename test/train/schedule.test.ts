import test from 'ava';
import { calls } from '../../lib/train/schedule.js';

const schedule = { examples: 10, batchSize: 4, epochs: 2, reportEvery: 3, stepsPerCall: Number.POSITIVE_INFINITY, evaluation: [] };

test('an epoch is a shuffle, full batches and a last batch with the rest', (t) => {
  t.deepEqual(
    [...calls(schedule)].map((call) => call.segments.map(({ plan, steps, sizes }) => [plan, steps, sizes?.n])),
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
  const list = [...calls({ ...schedule, reportEvery: 4, stepsPerCall: 3 })];
  t.deepEqual(
    list.map(({ step, reports }) => [step, reports]),
    [
      [3, false],
      [4, true],
      [6, true],
    ],
  );
  const steps = list.flatMap(({ segments }) => segments).filter(({ plan }) => plan === 'step');
  t.is(
    steps.reduce((total, segment) => total + segment.steps, 0),
    6,
  );
});

test('wherever calls are cut, the same batches run in the same order', (t) => {
  const batches = (stepsPerCall: number) =>
    [...calls({ ...schedule, epochs: 5, stepsPerCall })]
      .flatMap(({ segments }) => segments)
      .flatMap(({ plan, steps, sizes }) => Array.from({ length: steps }, () => `${plan}${sizes?.n ?? ''}`))
      .join(' ');
  for (const k of [1, 2, 5, 7]) t.is(batches(k), batches(Number.POSITIVE_INFINITY));
});

test('evaluation follows the steps before a report, and only there', (t) => {
  const evaluation = [{ plan: 'evaluate', steps: 1 }];
  for (const { segments, reports } of calls({ ...schedule, stepsPerCall: 2, evaluation })) {
    t.is(segments.at(-1)!.plan === 'evaluate', reports);
  }
});

test('a report far away does not make one endless call', (t) => {
  const [first] = calls({ ...schedule, epochs: 1e6, reportEvery: 1e9 });
  t.true(first!.segments.length < 10_000);
  t.false(first!.reports);
});
