import test from 'ava';
import { compile } from '../../lib/compile/compile.js';
import type { Value } from '../../lib/graph/node.js';
import { SCALAR } from '../../lib/graph/state.js';
import '../../lib/ops/fluent.js';
import { adamqlr } from '../../lib/optim/adamqlr.js';
import { initialState, optimizerStep, stateSpecs } from '../../lib/optim/optimizer-step.js';

type Point<T> = { readonly x: T; readonly y: T };
const rosenbrock = ({ x, y }: Point<Value>) => x.sub(1).square().add(y.sub(x.square()).square().mul(100));

test('a step of an optimizer on a plain function, from scalars', (t) => {
  const optimizer = adamqlr({ curvature: 'hessian' });
  const specs: Point<typeof SCALAR> = { x: SCALAR, y: SCALAR };
  const step = compile(optimizerStep(optimizer, rosenbrock), [specs, stateSpecs(optimizer, specs)]);

  const first = step({ x: 1, y: -1 }, initialState(optimizer, specs));
  const second = step(first.params, first.state);
  t.is(first.commit[0], 1);
  t.is(second.commit[0], 1);
  const seen = [first, second].flatMap(({ stats }) => [stats['loss']![0]!, stats['learningRate']![0]!]);
  // The first step by hand: d = (1, -1), g'd = -1200, d'Hd = 2602, lambda d'd = 0.002.
  t.is(seen[0], 400);
  t.true(Math.abs(seen[1]! - 1200 / 2602.002) <= 1e-10);
  t.true(Math.abs(seen[2]! - 68.9600092789) <= 1e-9);
  t.true(Math.abs(seen[3]! - 0.343829440077) <= 1e-11);
});
