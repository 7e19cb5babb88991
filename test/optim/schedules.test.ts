import test from 'ava';
import { compile } from '../../lib/compile/compile.js';
import type { Value } from '../../lib/graph/node.js';
import { SCALAR } from '../../lib/graph/state.js';
import * as schedule from '../../lib/optim/schedules/index.js';

type Twin = (t: number, steps: number) => number;
type Row = readonly [name: string, schedule: schedule.Schedule, twin: Twin];

const x = (t: number, steps: number) => Math.min(t / steps, 1);

const ROWS: readonly Row[] = [
  ['constant', schedule.constant(0.3), () => 0.3],
  ['linear', schedule.linear({ from: 0.1, to: -2 }), (t, T) => 0.1 * (1 - x(t, T)) - 2 * x(t, T)],
  ['linear over 7 steps', schedule.linear({ from: 1, to: 3, steps: 7 }), (t) => 1 + 2 * x(t, 7)],
  ['cosine', schedule.cosine({ from: 0.5 }), (t, T) => 0.25 * (1 + Math.cos(Math.PI * x(t, T)))],
  ['cosine over 11 steps', schedule.cosine({ from: 0.5, to: 0.1, steps: 11 }), (t) => 0.1 + 0.2 * (1 + Math.cos(Math.PI * x(t, 11)))],
  ['exponential', schedule.exponential({ from: 1e-2, to: 1e-5 }), (t, T) => 1e-2 * (1e-5 / 1e-2) ** x(t, T)],
  ['exponential growth', schedule.exponential({ from: 1, to: 8, steps: 3 }), (t) => 2 ** Math.min(t, 3)],
  ['piecewise', schedule.piecewise({ at: [3, 10], values: [1, 0.1, 7] }), (t) => (t < 3 ? 1 : t < 10 ? 0.1 : 7)],
  ['piecewise without steps', schedule.piecewise({ at: [], values: [2] }), () => 2],
  ['warm-up to a constant', schedule.warmUp({ steps: 4 }, schedule.constant(10)), (t) => (t < 4 ? 2 * (t + 1) : 10)],
  [
    'warm-up to a cosine',
    schedule.warmUp({ steps: 5, from: 0.2 }, schedule.cosine({ from: 2 })),
    (t, T) => (t < 5 ? 0.2 + (1.8 * (t + 1)) / 6 : 1 + Math.cos((Math.PI * (t - 5)) / (T - 5))),
  ],
  ['warm-up that never ends', schedule.warmUp({ steps: 1000 }, schedule.linear({ from: 1, to: 0 })), (t) => (t + 1) / 1001],
];

for (const [name, traced, twin] of ROWS) {
  test(`schedule ${name} equals its twin in every step`, (t) => {
    for (const steps of [1, 37, 200]) {
      const at = compile((step: Value) => traced(step, steps), [SCALAR]);
      for (let step = 0; step < steps; step++) {
        const got = at(step) as unknown as number | Float64Array;
        const value = typeof got === 'number' ? got : got[0]!;
        const expected = twin(step, steps);
        t.true(
          Math.abs(value - expected) <= 4e-15 * Math.max(1, Math.abs(expected)),
          `step ${step} of ${steps}: ${value}, not ${expected}`,
        );
      }
    }
  });
}

const MISUSE: [name: string, make: () => unknown, message: RegExp][] = [
  ['no end', () => schedule.linear({ from: 1 } as never), /^schedule.linear: expected to to be a number, got undefined/],
  ['a misspelled option', () => schedule.cosine({ form: 1 } as never), /^schedule.cosine: expected a known option, got 'form'.*'from'/],
  ['infinity', () => schedule.constant(Number.POSITIVE_INFINITY), /^schedule.constant: expected the value to be finite, got inf/],
  ['half a step', () => schedule.linear({ from: 1, to: 0, steps: 0.5 }), /^schedule.linear: expected steps to be an integer >= 1, got 0.5/],
  ['an end at 0', () => schedule.exponential({ from: 1, to: 0 }), /^schedule.exponential: expected from and to to be > 0, got 1 and 0/],
  ['too few values', () => schedule.piecewise({ at: [1, 2], values: [1, 2] }), /one value more, got 2 and 2/],
  ['steps that go back', () => schedule.piecewise({ at: [4, 2], values: [1, 2, 3] }), /ascending integers >= 1, got \[4, 2\]/],
  ['nothing to warm up for', () => schedule.warmUp({ steps: 3 }, 0.1 as never), /^schedule.warmUp: expected a schedule to follow, got 0.1/],
];
for (const [name, make, message] of MISUSE) test(`a schedule refuses ${name}`, (t) => void t.throws(make, { message }));
