import test from 'ava';
import * as tree from '../../lib/base/tree.js';
import { Spec, type Value } from '../../lib/graph/node.js';
import { glorot, he, truncatedNormal, zeros } from '../../lib/nn/initializers.js';
import { mlp } from '../../lib/nn/mlp.js';
import { type Initializer, initialize } from '../../lib/nn/parameter.js';
import { engines } from '../engine.js';

const KEY = new Spec('int32', [2]);
const WEIGHT = new Spec('float64', [80, 60]);
const COUNT = 80 * 60;

/** Standard deviation and limits of each initializer on an 80 x 60 weight. */
const ROWS: readonly { readonly name: string; readonly initializer: Initializer; readonly deviation: number; readonly limit: number }[] = [
  // Cutting a normal at two standard deviations leaves 0.8796 of its deviation.
  { name: 'truncatedNormal', initializer: truncatedNormal, deviation: 0.87962566 / Math.sqrt(80), limit: 2 / Math.sqrt(80) },
  { name: 'he', initializer: he, deviation: Math.sqrt(2 / 80), limit: Number.POSITIVE_INFINITY },
  { name: 'glorot', initializer: glorot, deviation: Math.sqrt(2 / 140), limit: Math.sqrt(6 / 140) },
  { name: 'zeros', initializer: zeros, deviation: 0, limit: 0 },
];

for (const { name: engineName, engine } of engines) {
  for (const { name, initializer, deviation, limit } of ROWS) {
    test(`${name}, ${engineName}: mean, deviation and limits`, (t) => {
      const call = engine((key: Value) => ({ w: initializer(key, WEIGHT) }), [KEY], {});
      const { w } = call([7, 11]) as { w: Float64Array };
      const mean = w.reduce((a, b) => a + b, 0) / COUNT;
      const spread = Math.sqrt(w.reduce((a, b) => a + b * b, 0) / COUNT);
      // Five standard errors of the mean, and of the deviation of a normal.
      t.true(Math.abs(mean) <= (5 * deviation) / Math.sqrt(COUNT), `mean ${mean}`);
      t.true(Math.abs(spread - deviation) <= (5 * deviation) / Math.sqrt(2 * COUNT), `deviation ${spread} vs ${deviation}`);
      t.true(w.every((value) => Math.abs(value) <= limit));
    });
  }

  test(`initialize, ${engineName}: a key decides everything, parameters differ from each other`, (t) => {
    const { params } = mlp([20, 20, 20]).init(new Spec('float32', ['n', 20]));
    const call = engine((key: Value) => initialize(params, key), [KEY], {});
    const first = tree.leaves(call([1, 2])).map((leaf) => Array.from(leaf as Float32Array));
    const again = tree.leaves(call([1, 2])).map((leaf) => Array.from(leaf as Float32Array));
    const other = tree.leaves(call([1, 3])).map((leaf) => Array.from(leaf as Float32Array));
    t.deepEqual(first, again);
    t.notDeepEqual(first[0], other[0]);
    t.notDeepEqual(first[0], first[2]);
    t.true(first[1]!.every((value) => value === 0));
  });
}
