import { isMainThread } from 'node:worker_threads';
import test from 'ava';
import { compile, Spec, type Value } from '../../lib/index.js';

test('a compiled function gives the right product in a worker thread, many times', (t) => {
  t.false(isMainThread);
  const spec = new Spec('float64', [2, 2]);
  using product = compile((a: Value, b: Value) => a.matmul(b), [spec, spec]);
  for (let i = 1; i <= 200; i++) {
    const c = product(Float64Array.of(1, 2, 3, i), Float64Array.of(5, 6, 7, 8));
    t.deepEqual([...c], [19, 22, 15 + 7 * i, 18 + 8 * i]);
  }
});
