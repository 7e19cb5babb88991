import test from 'ava';
import { type Graph, inNewScope, input, Node, Spec, Value } from '../../lib/graph/node.js';
import { inline, substitute } from '../../lib/graph/substitute.js';
import { trace } from '../../lib/graph/trace.js';
import { verify } from '../../lib/graph/verify.js';
import { add, cond, exp, scan, sum } from '../../lib/ops/index.js';
import { scanNode } from '../../lib/ops/scan.js';

const spec = new Spec('float32', ['n', 3]);

test('a traced graph is sound', (t) => {
  t.notThrows(() => verify(trace((x) => x.exp().sum(), [spec])));
});

test('an input that is not among the inputs is found, also in a body', (t) => {
  const x = input(spec, 'x'),
    y = input(spec, 'y');
  t.throws(() => verify({ inputs: [x], outputs: [add(x, y)] }), { message: /\('y'\) is read but is no input/ });
  const c = input(new Spec('float32', [3]), 'c');
  const open: Graph = { inputs: [c], outputs: [add(c, input(new Spec('float32', [3]), 'stray'))] };
  const [out] = scanNode({ consts: [], carries: [sum(x, 0)], xs: [] }, open, { length: 2, reverse: false });
  t.throws(() => verify({ inputs: [x], outputs: [out!] }), { message: /\('stray'\)/ });
});

test('a value with a wrong type, of another place, or used twice as an input is found', (t) => {
  const x = input(spec, 'x');
  const y = exp(x);
  const wrong = new Value(y.node, 0, new Spec('float64', [3]));
  t.throws(() => verify({ inputs: [x], outputs: [new Node(x.node.op, [], { spec, name: 'z' }).outputs[0]!] }), { message: /'z'/ });
  t.throws(() => verify({ inputs: [x], outputs: [exp(wrong)] }), { message: /no output of its node/ });
  t.throws(() => verify({ inputs: [x, x], outputs: [y] }), { message: /one value as two inputs/ });
  t.throws(() => verify({ inputs: [y], outputs: [y] }), { message: /no placeholder/ });
});

test('an output whose type does not follow from the inputs is found', (t) => {
  const x = input(spec, 'x');
  const y = exp(x);
  const lying = { ...y.node.op, infer: () => [new Spec('float32', [7])] };
  const node = new Node(lying, [x]);
  Object.assign(node, { op: y.node.op });
  t.throws(() => verify({ inputs: [x], outputs: [node.outputs[0]!] }), { message: /is float32\[7\], expected float32\[n,3\]/ });
});

test('a trace that reads a value from outside is an error', (t) => {
  const outside = input(spec, 'outside');
  t.throws(() => trace((x) => x.add(outside), [spec]), {
    instanceOf: TypeError,
    message: "trace: expected a function of its arguments, got a use of 'outside' from outside; pass it as an argument",
  });
  t.throws(() => trace(() => 3, []), { message: "trace: expected a traced value at '' of the result, got number" });
  t.throws(() => trace((x) => x, [{ a: 3 }] as never), { message: "trace: expected a Spec at 'a' of argument 0, got number" });
});

test('values captured by a body become inputs of its node; sources do not', (t) => {
  const g = trace(
    (h, w) => {
      const outer = w.exp();
      return scan((c) => [c.mul(outer).add(w).mul(2), []] as const, { carry: h, length: 3 })[0];
    },
    [new Spec('float32', [3]), new Spec('float32', [3])],
  );
  verify(g);
  const { node } = g.outputs[0]!;
  t.deepEqual([node.attrs.consts, node.attrs.carries, node.attrs.xs], [2, 1, 0]);
});

test('a value of a finished body used elsewhere is one sentence', (t) => {
  const vector = new Spec('float32', [3]);
  t.throws(
    () =>
      trace(
        (h) => {
          let leaked: Value | null = null;
          scan((c) => [(leaked = c.exp()), []] as const, { carry: h, length: 3 });
          return scan((c) => [c.add(leaked!), []] as const, { carry: h, length: 3 })[0];
        },
        [vector],
      ),
    {
      message: "scan: expected values of this body or of the trace around it, got a value 'exp' of another body; return it from that body",
    },
  );
  t.throws(
    () =>
      trace(
        (h) => {
          let leaked: Value | null = null;
          scan((c) => [(leaked = c.exp()), []] as const, { carry: h, length: 3 });
          return leaked! as Value;
        },
        [vector],
      ),
    { message: /expected a function of its arguments, got a use of 'carry0'/ },
  );
});

test('substitute copies what depends on a value and shares the rest', (t) => {
  const x = input(spec, 'x'),
    y = input(spec, 'y');
  const shared = y.exp(),
    out = x.add(shared);
  const [copy] = substitute([out], new Map([[x, y]]));
  t.is(copy!.node.inputs[0], y);
  t.is(copy!.node.inputs[1], shared);
  t.is(substitute([shared], new Map([[x, y]]))[0], shared);
  t.throws(() => substitute([out], new Map<Value, Value>([[x, x.sum()]])), { message: 'substitute: expected float32[n,3], got float64[]' });
  t.throws(() => inline({ inputs: [x], outputs: [out] }, []), { message: 'inline: expected 1 inputs, got 0' });
});

test('bodies know their scope', (t) => {
  const [outer, inner] = inNewScope((a) => [a, inNewScope((b) => b)]);
  t.is(inner!.parent, outer);
  const g = trace(
    (p, x) =>
      cond(
        p,
        (a) =>
          cond(
            p,
            (b) => b.exp(),
            (b) => b,
            a,
          ),
        (a) => a.neg(),
        x,
      ),
    [new Spec('bool', []), spec],
  );
  verify(g);
  t.is(g.outputs[0]!.node.inputs.length, 3);
});

test('a traced value in a comparison or in arithmetic of the language is an error, as text it is its type', (t) => {
  const x = input(new Spec('float32', [2]), 'x') as unknown as number;
  t.throws(() => x > 0, { instanceOf: TypeError, message: /^Value: expected ops on a traced value/ });
  t.throws(() => x + 1, { instanceOf: TypeError });
  t.is(`${x}`, 'float32[2]');
});
