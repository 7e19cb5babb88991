import test from 'ava';
import { brief, dashes, logTicks, nearest, signedTicks } from '../../lib/report/browser/charts.js';
import { chartsOf, firstAxis } from '../../lib/report/charts.js';
import { thin } from '../../lib/report/thin.js';
import { reportAt, runOf } from './run-rows.js';

test('thinning keeps first, last, least and greatest, in order, within its bound', (t) => {
  let seed = 1;
  const next = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  for (const length of [0, 1, 2, 21, 22, 23, 1000, 12_345]) {
    for (const buckets of [1, 7, 10, 100]) {
      const values = Float64Array.from({ length }, () => (next() < 0.1 ? Number.NaN : next() * 2 - 1));
      const known = [...values.keys()].filter((i) => !Number.isNaN(values[i]!));
      const kept = thin(values, buckets);
      const title = `${length} values, ${buckets} buckets`;
      t.true(kept.length <= 2 * buckets + 2, title);
      t.deepEqual(
        kept,
        [...new Set(kept)].sort((a, b) => a - b),
        title,
      );
      t.false(
        kept.some((i) => Number.isNaN(values[i]!)),
        title,
      );
      if (known.length <= 2 * buckets + 2) t.deepEqual(kept, known, title);
      else {
        const of = (indices: readonly number[]) => indices.map((i) => values[i]!);
        t.is(Math.min(...of(kept)), Math.min(...of(known)), title);
        t.is(Math.max(...of(kept)), Math.max(...of(known)), title);
        t.deepEqual([kept[0], kept.at(-1)], [known[0], known.at(-1)], title);
      }
    }
  }
});

test('every spike of a long series stays', (t) => {
  const values = new Float64Array(100_000);
  const spikes = Array.from({ length: 50 }, (_, i) => 1000 + 1973 * i);
  for (const at of spikes) values[at] = at % 2 === 0 ? 1 : -1;
  const kept = new Set(thin(values, 500));
  t.deepEqual(
    spikes.filter((at) => !kept.has(at)),
    [],
  );
});

test('charts: only what the runs have, scales that can show all values', (t) => {
  const of = (more: object, count = 3) =>
    runOf(
      t,
      'run',
      Array.from({ length: count }, (_, i) => reportAt(i + 1, more)),
    );
  const titles = (more: object) => chartsOf([of(more)]).map(({ title }) => title);
  t.deepEqual(titles({}), ['Loss', 'Learning rate']);
  t.deepEqual(titles({ valAccuracy: 0.5, damping: 1, rho: 1 }), ['Loss', 'Accuracy', 'Learning rate', 'Damping', 'Reduction ratio rho']);
  const scales = (values: readonly number[]) => {
    const run = runOf(
      t,
      'run',
      values.map((learningRate, i) => reportAt(i + 1, { learningRate })),
    );
    const { scale, other } = chartsOf([run])[1]!;
    return [scale, other];
  };
  t.deepEqual(scales([1, 2, 3]), ['linear', 'log']);
  t.deepEqual(scales([0.001, 1, 3]), ['log', 'linear']);
  t.deepEqual(scales([-0.001, 1, 3]), ['signed', 'linear']);
  t.deepEqual(scales([0, 1, 3]), ['signed', 'linear']);
  t.deepEqual(scales([0, 0, 0]), ['linear', 'signed']);
});

test('steps of very different cost are compared by time', (t) => {
  const run = (steps: number) => runOf(t, 'run', [reportAt(steps)]);
  t.is(firstAxis([run(10)]), 'steps');
  t.is(firstAxis([run(10), run(20)]), 'steps');
  t.is(firstAxis([run(10), run(400)]), 'seconds');
  t.is(firstAxis([runOf(t, 'none', [])]), 'steps');
});

test('ticks: round numbers inside the range, few of them', (t) => {
  t.deepEqual(logTicks(0.9, 12), [1, 2, 5, 10]);
  t.deepEqual(logTicks(1e-3, 1), [0.001, 0.01, 0.1, 1]);
  t.deepEqual(logTicks(3, 4), []);
  t.deepEqual(logTicks(0, 1), []);
  for (const [low, high] of [
    [1e-30, 1e5],
    [1e-8, 1e-3],
    [0.3, 700],
    [1, 1e9],
  ] as const) {
    const ticks = logTicks(low, high);
    t.true(ticks.length >= 2 && ticks.length <= 8, `${ticks}`);
    t.true(ticks.every((tick) => tick >= low && tick <= high));
  }
  t.deepEqual(signedTicks(-200, 30, 1), [-100, -10, -1, 0, 1, 10]);
  t.deepEqual(signedTicks(0, 0.5, 1), [0, 0.5]);
  t.true(signedTicks(-1e30, 1e30, 1e-9).length <= 10);
});

test('numbers in few characters, the nearest entry, dashes that differ', (t) => {
  const texts: [number, string][] = [
    [0, '0'],
    [0.25, '0.25'],
    [1200, '1200'],
    [1e5, '100000'],
    [1e-8, '1e-8'],
    [2.5e7, '2.5e7'],
    [-1.234e-5, '-1.23e-5'],
    [1e10, '1e10'],
    [0.123456, '0.1235'],
  ];
  for (const [value, text] of texts) t.is(brief(value), text);
  const xs = [1, 2, 5, 10];
  for (const x of [-3, 1, 1.4, 1.6, 3.4, 3.6, 7, 8, 99]) {
    const distance = (i: number) => Math.abs(xs[i]! - x);
    t.is(distance(nearest(xs, x)), Math.min(...xs.map((_, i) => distance(i))), `${x}`);
  }
  const looks = [0, 7].flatMap((run) =>
    (['train', 'validation'] as const).map((part) =>
      String(dashes({ run, part, steps: [], epochs: [], seconds: [], values: [] }, false, 7)),
    ),
  );
  t.is(new Set(looks).size, 4);
});
