import test from 'ava';
import { nodesOf, Spec, type Value } from '../../lib/graph/node.js';
import { trace } from '../../lib/graph/trace.js';
import '../../lib/ops/index.js';
import { grad } from '../../lib/transforms/index.js';

function milliseconds(layers: number): { time: number; nodes: number } {
  const started = process.cpuUsage(); // processor time: other processes must not fail this
  const g = trace(
    (x, w) =>
      grad((v: Value) => {
        let h: Value = x;
        for (let i = 0; i < layers; i++) h = h.matmul(v).tanh().mul(0.5).add(h);
        return h.mean();
      })(w),
    [new Spec('float32', ['n', 3]), new Spec('float32', [3, 3])],
  );
  const { user, system } = process.cpuUsage(started);
  return { time: (user + system) / 1000, nodes: nodesOf(g.outputs).length };
}

test('tracing and differentiating grow linearly, and 10,000 nodes take well under half a second', (t) => {
  milliseconds(650);
  const runs = [1, 2, 3].map(() => milliseconds(650));
  t.true(runs[0]!.nodes > 10000, `${runs[0]!.nodes} nodes`);
  const best = Math.min(...runs.map((r) => r.time));
  t.true(best < 500, `${best} ms`);
  // A quadratic walk would take 16 times as long for 4 times the nodes.
  t.true(Math.min(milliseconds(2600).time, milliseconds(2600).time) < 10 * Math.max(best, 20));
});
