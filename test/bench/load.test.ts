import test from 'ava';
import { busySeconds, disturbance, otherLoad, ownSeconds, processorTime } from '../../bench/load.js';

const STAT = `cpu  100 20 30 4000 500 6 7 8 0 0
cpu0 50 10 15 2000 250 3 4 4 0 0
intr 12345
`;

test('busy time is everything but idle and waiting for disks', (t) => {
  t.is(busySeconds(STAT), (100 + 20 + 30 + 6 + 7 + 8) / 100);
});

test('own time counts ended children, whatever the name of the program', (t) => {
  const fields = ['R', ...Array.from({ length: 10 }, () => '0'), '150', '50', '30', '20', '20', '0'];
  t.is(ownSeconds(`4711 (a (very) odd) name) ${fields.join(' ')}`), 2.5);
});

test('what others take is the rest, as a part of one core', (t) => {
  const from = { wall: 10, busy: 100, own: 5 };
  t.is(otherLoad(from, { wall: 20, busy: 120, own: 25 }), 0);
  t.is(otherLoad(from, { wall: 20, busy: 120, own: 20 }), 0.5);
  t.is(otherLoad(from, { wall: 20, busy: 120, own: 26 }), 0, 'rounding of ticks is no negative load');
});

for (const [name, load, wanted] of [
  ['a quiet machine', { mean: 0.01, worst: 0.05 }, null],
  ['a busy run', { mean: 0.3, worst: 0.5 }, /30 % of a core during the run/],
  ['a busy moment', { mean: 0.01, worst: 0.5 }, /50 % of a core during one measurement/],
  ['an unknown load', { mean: null, worst: null }, /does not tell/],
] as const) {
  test(`${name} ${wanted === null ? 'allows' : 'forbids'} a verdict`, (t) => {
    const found = disturbance(load);
    if (wanted === null) t.is(found, null);
    else t.regex(found ?? '', wanted);
  });
}

(process.platform === 'linux' ? test : test.skip)('the times of this system are read', (t) => {
  const from = processorTime()!;
  const start = process.cpuUsage();
  const used = () => process.cpuUsage(start).user / 1e6;
  while (used() < 0.2);
  const to = processorTime()!;
  t.true(to.own - from.own >= 0.1, 'work shows in the own time');
  t.true(to.busy - from.busy >= 0.1, 'and in that of the machine');
});
