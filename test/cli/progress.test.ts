import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import test from 'ava';
import { progress, timeLeft } from '../../lib/cli/progress.js';
import type { RunReport } from '../../lib/report/records.js';

/** A stream that keeps what is written. With `terminal` it has what a terminal has. */
function sink(terminal: boolean, columns = 80) {
  const written: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString());
      done();
    },
  });
  const dimensions = terminal ? { isTTY: true, columns, rows: 50, cursorTo() {}, clearLine() {}, moveCursor() {} } : {};
  return { stream: Object.assign(stream, dimensions), text: () => written.join('') };
}

const report = (step: number): RunReport => ({
  epoch: step,
  step,
  steps: 1000,
  trainLoss: 1 / step,
  valLoss: 2 / step,
  valAccuracy: 0.9512,
  learningRate: 0.0123456,
  damping: 1e-8,
  rho: 1,
  seconds: step / 100,
});

test('a short run prints every report as a line', (t) => {
  const { stream, text } = sink(false);
  const shown = progress(stream, 30, 30, () => 0);
  for (let step = 1; step <= 30; step++) shown.report(report(step));
  shown.end();
  t.is(text().split('\n').length, 31);
  t.true(text().startsWith('step 1/1000, epoch 1: loss 1, val loss 2, val accuracy 95.12 %, lr 0.01235, damping 1.00e-8, 0.01 s\n'));
});

test('a long run prints a line per second, and always the last report', (t) => {
  let milliseconds = 0;
  const { stream, text } = sink(false);
  const shown = progress(stream, 1000, 1000, () => milliseconds);
  for (let step = 1; step <= 1000; step++) {
    milliseconds += 10;
    shown.report(report(step));
  }
  shown.end();
  const steps = text()
    .trimEnd()
    .split('\n')
    .map((line) => Number(/^step (\d+)\//.exec(line)![1]));
  t.deepEqual(steps, [1, 101, 201, 301, 401, 501, 601, 701, 801, 901, 1000]);
});

for (const [columns, damping] of [
  [80, ''],
  [200, ' damping 1.00e-8'],
] as const) {
  test(`a terminal of ${columns} columns gets a bar with the time left and the numbers that fit`, (t) => {
    let milliseconds = 0;
    const { stream, text } = sink(true, columns);
    const shown = progress(stream, 1000, 1000, () => milliseconds);
    shown.report(report(500));
    milliseconds = 65_000; // 100 steps in 65 s: 400 more take 260 s
    shown.report(report(600));
    milliseconds = 500_000;
    shown.report(report(1000));
    shown.end();
    const plain = stripVTControlCharacters(text()).trimEnd();
    const line = /\[(=+-*)\] 100 % ETA 0s loss 0\.001 accuracy 95\.1 % lr 0\.01235((?: damping \S+)?)$/.exec(plain);
    t.truthy(line, plain);
    t.true(line![0].length <= columns);
    t.true(line![1]!.length >= 16);
    t.is(line![2], damping);
  });
}

test('the time left in few characters', (t) => {
  for (const [seconds, text] of [
    [0, '0s'],
    [0.2, '1s'],
    [59, '59s'],
    [60, '1m00s'],
    [3599, '59m59s'],
    [3600, '1h00m'],
    [90_000, '25h00m'],
    [Number.NaN, '?'],
  ] as const) {
    t.is(timeLeft(seconds), text);
  }
});

test('what a run lacks is not shown', (t) => {
  const { stream, text } = sink(false);
  const shown = progress(stream, 1, 1);
  shown.report({ epoch: 1, step: 1, steps: 1, trainLoss: Number.NaN, learningRate: 1, seconds: 0 });
  shown.end();
  t.is(text(), 'step 1/1, epoch 1: loss NaN, lr 1, 0.00 s\n');
});
