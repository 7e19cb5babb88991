import test from 'ava';
import { bind, broadcastShapes, dim, factorOf, format, namesOf, product, quotient } from '../../lib/graph/shape.js';

test('dims have one canonical form', (t) => {
  t.deepEqual(
    ['n', '2*n', 'n*T', '3*n*T*n'].map((d) => dim('test', d)),
    ['n', '2*n', 'T*n', '3*T*n*n'],
  );
  t.is(dim('test', '0*n'), 0);
  t.is(dim('test', '1*n'), 'n');
  for (const bad of ['', '2n', 'n*2', '-1', 'n+1', '*n', 'n*']) {
    t.throws(() => dim('test', bad), {
      instanceOf: TypeError,
      message: `test: expected a dimension such as 784, 'n' or '2*n', got '${bad}'`,
    });
  }
  for (const bad of [-1, 1.5, Number.NaN, 2 ** 60]) t.throws(() => dim('test', bad), { instanceOf: TypeError });
});

test('products and quotients', (t) => {
  t.is(product([]), 1);
  t.is(product(['n', 28, 28]), '784*n');
  t.is(product(['T', 2, 'n', 3]), '6*T*n');
  t.is(product(['n', 0]), 0);
  t.is(quotient('784*n', 28), '28*n');
  t.is(quotient('6*T*n', '2*n'), '3*T');
  t.is(quotient('n', 'n'), 1);
  t.is(quotient('n', 'T'), null);
  t.is(quotient(7, 2), null);
  t.is(quotient(7, 0), null);
  t.deepEqual([namesOf('2*T*n'), factorOf('2*T*n'), namesOf(3), factorOf('n')], [['T', 'n'], 2, [], 1]);
});

test('names are bound when a plan runs', (t) => {
  t.is(bind('2*T*n', { n: 5, T: 3 }), 30);
  t.is(bind(4, {}), 4);
  t.throws(() => bind('n', {}), { message: "bind: expected a size for the dimension 'n', got none" });
});

test('broadcasting', (t) => {
  const f = (...shape: (number | string)[]) => ({ dtype: 'float32', shape });
  t.deepEqual(broadcastShapes('test', f('n', 1), f(3)), ['n', 3]);
  t.deepEqual(broadcastShapes('test', f(), f(2, 'n')), [2, 'n']);
  t.deepEqual(broadcastShapes('test', f(1), f('n')), ['n']);
  t.throws(() => broadcastShapes('add', f('n'), f(3)), { message: 'add: expected shapes that broadcast, got float32[n] and float32[3]' });
  t.is(format(f('n', 784)), 'float32[n,784]');
});
