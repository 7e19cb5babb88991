import test from 'ava';
import { Spec, type Value } from '../../lib/graph/node.js';
import { crossEntropy } from '../../lib/losses/cross-entropy.js';
import { fromSpec, LOSSES as TABLE } from '../../lib/losses/from-spec.js';
import type { Loss } from '../../lib/losses/loss.js';
import { squaredError } from '../../lib/losses/squared-error.js';
import { classWeighted, weighted } from '../../lib/losses/weighted.js';
import { engines } from '../engine.js';
import { LOSSES, wave } from './rows.js';

const labels = LOSSES.find(({ name }) => name === 'crossEntropy with label smoothing')!;
const ROWS = [
  ...LOSSES.filter(({ make }) => make().spec !== undefined),
  { ...labels, name: 'classWeighted', make: () => classWeighted(labels.make(), [1, 0.1, 0, 3]) },
];

for (const { name, make, width, targets, targetSpec } of ROWS) {
  test(`${name}: its spec, through JSON, is the same loss`, (t) => {
    const loss = make();
    const again = fromSpec(JSON.parse(JSON.stringify(loss.spec)));
    t.deepEqual(again.spec, loss.spec);
    t.is(again.name, loss.name);
    const outputs = new Spec('float64', ['n', width]);
    const of = (one: Loss) =>
      engines[1]!.engine(
        (z: Value, y: Value) => ({
          terms: one.value(z, y),
          weights: one.weights?.(y) ?? one.value(z, y),
          ...Object.fromEntries(Object.entries(one.metrics ?? {}).map(([metric, judge]) => [metric, judge(z, y)])),
        }),
        [outputs, targetSpec],
        { n: 5 },
      )(wave(5 * width, 0.4, 1.7), targets);
    t.deepEqual(of(again), of(loss));
  });
}

test('every loss that can be made from a spec has a row here', (t) => {
  t.deepEqual([...new Set(ROWS.map(({ make }) => make().spec!.loss))].sort(), Object.keys(TABLE));
});

test('losses of functions, and copies that change a loss, have no spec', (t) => {
  const custom = LOSSES.filter(({ make }) => make().spec === undefined);
  t.deepEqual(
    custom.map(({ name }) => name),
    ['custom loss from its value'],
  );
  const doubled = weighted(crossEntropy(), (y) => y.cast('float64').add(1));
  t.is(doubled.spec, undefined);
  t.is(classWeighted(doubled, [1, 2]).spec, undefined);
  t.is({ ...squaredError(), name: 'mine' }.spec, undefined);
});

const bad: [name: string, spec: unknown, message: string][] = [
  ['no object', null, 'fromSpec: expected a spec { loss: NAME, ... }, got null'],
  ['a list', [1], 'fromSpec: expected a spec { loss: NAME, ... }, got a list of 1'],
  ['an unknown loss', { loss: 'crossentropi' }, "fromSpec: expected a known loss, got 'crossentropi'; did you mean 'crossEntropy'?"],
  ['an unknown option', { loss: 'huber', dleta: 1 }, "fromSpec huber: expected a known option, got 'dleta'; did you mean 'delta'?"],
  ['a wrong option', { loss: 'huber', delta: 0 }, 'huber: expected delta to be a number in (0, inf), got 0'],
  ['class weights of nothing', { loss: 'classWeighted', weights: [1] }, 'fromSpec: expected a spec { loss: NAME, ... }, got undefined'],
  [
    'class weights that are no list',
    { loss: 'classWeighted', of: { loss: 'crossEntropy' }, weights: 1 },
    'classWeighted: expected weights to be a list of numbers, got 1',
  ],
  [
    'class weights that are no numbers',
    { loss: 'classWeighted', of: { loss: 'crossEntropy' }, weights: [1, '2'] },
    'classWeighted: expected finite weights >= 0, got 2 for class 1',
  ],
];
for (const [name, spec, message] of bad) {
  test(`one sentence for ${name}`, (t) => {
    t.throws(() => fromSpec(spec), { message });
  });
}
