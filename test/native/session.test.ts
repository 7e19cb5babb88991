import test from 'ava';
import { compileProgram } from '../../lib/compile/program.js';
import { add, cast, gather, gt, mul, sub } from '../../lib/ops/index.js';
import { Session } from '../../lib/runtime/session.js';
import { counter, data, fillNetwork, network, state } from './programs.js';

function counting(limit = 1e9): Session {
  const session = new Session(counter());
  session.write('limit', limit);
  return session;
}

test('runSync: steps commit, stats come in order, the next plan sees the committed state', (t) => {
  using session = counting();
  const rows: number[] = [];
  const result = session.runSync([{ plan: 'step', steps: 5 }], {
    onStats: (plan, values, width) => {
      t.is(plan, 'step');
      t.is(width, 2);
      rows.push(...values);
    },
  });
  t.is(result.reason, 'done');
  t.is(result.steps, 5);
  t.is(result.seconds.length, 1);
  t.deepEqual(rows, [0, 1, 1, 2, 2, 3, 3, 4, 4, 5]);
  t.is(session.read('count')[0], 5);
});

test('run: two plans over one store, several segments, sizes and record modes', async (t) => {
  using session = counting();
  session.write('scale', new Float32Array(8).fill(0.5));
  const rows: Record<string, number[]> = { step: [], look: [] };
  const result = await session.run(
    [
      { plan: 'step', steps: 3, record: 'last' },
      { plan: 'look', steps: 1, sizes: { n: 3 } },
      { plan: 'step', steps: 4, record: 'none' },
      { plan: 'look', steps: 1 },
    ],
    { onStats: (plan, values) => rows[plan]!.push(...values) },
  );
  t.deepEqual(rows, { step: [2, 3], look: [3, 3, 7, 8] });
  t.is(session.read('copy')[0], 7 + 8 * 0.5);
  t.is(result.steps, 9);
  t.is(result.seconds.length, 4);
});

test('uncommitted: the step that fails its predicate leaves no trace and ends the run', async (t) => {
  using session = counting(3);
  const result = await session.run([
    { plan: 'step', steps: 10 },
    { plan: 'step', steps: 10 },
  ]);
  t.is(result.reason, 'uncommitted');
  t.is(session.read('count')[0], 3);
  session.write('limit', 4);
  t.is(session.runSync([{ plan: 'step', steps: 1 }]).reason, 'done');
  t.is(session.read('count')[0], 4);
});

test('stop ends at a step boundary and the session goes on from there', async (t) => {
  using session = new Session(network());
  fillNetwork(session);
  const running = session.run([{ plan: 'step', steps: 1_000_000, record: 'none' }]);
  setTimeout(() => session.stop(), 30);
  const result = await running;
  t.is(result.reason, 'stopped');
  t.true(result.steps < 1_000_000);
  t.is(session.read('step')[0], result.steps);
  t.is((await session.run([{ plan: 'step', steps: 2 }])).reason, 'done');
});

test('abort rejects with the reason of the signal, before and during a run', async (t) => {
  using session = new Session(network());
  fillNetwork(session);
  const reason = new Error('enough');
  await t.throwsAsync(session.run([{ plan: 'step', steps: 1 }], { signal: AbortSignal.abort(reason) }), { is: reason });
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 20);
  await t.throwsAsync(session.run([{ plan: 'step', steps: 1_000_000, record: 'none' }], { signal: controller.signal }), { is: reason });
  t.is((await session.run([{ plan: 'step', steps: 1 }])).reason, 'done');
});

test('an exception in onStats ends the run and reaches the caller', async (t) => {
  using session = counting();
  const failure = new Error('cannot plot');
  const onStats = () => {
    throw failure;
  };
  await t.throwsAsync(session.run([{ plan: 'step', steps: 1000 }], { onStats }), { is: failure });
  t.throws(() => session.runSync([{ plan: 'step', steps: 10 }], { onStats }), { is: failure });
  t.is((await session.run([{ plan: 'step', steps: 1 }])).reason, 'done');
});

test('gather out of range is an error, and the state stays the last good one', async (t) => {
  const program = compileProgram({
    capacity: {},
    slots: { sum: state('float32', [2]), step: state('int32', [1]), table: data('float32', [4, 2]) },
    plans: {
      step: ({ sum, step, table }) => ({ state: { sum: add(sum!, gather(table!, step!).reshape([2])), step: add(step!, 1) } }),
    },
  });
  using session = new Session(program);
  session.write('table', Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  await t.throwsAsync(session.run([{ plan: 'step', steps: 10 }]), {
    message: /^gather: expected indices in \[0, 4\), got 4 at position 0/,
  });
  t.deepEqual([...session.read('sum')], [16, 20]);
  t.deepEqual([...session.read('step')], [4]);
  session.write('step', Int32Array.of(-1));
  t.throws(() => session.runSync([{ plan: 'step', steps: 1 }]), { message: /got -1/ });
  session.write('step', Int32Array.of(0));
  t.is(session.runSync([{ plan: 'step', steps: 1 }]).reason, 'done');
});

test('aliases: swapped states, one value in two slots, unchanged and constant values, stats that are states', (t) => {
  const program = compileProgram({
    capacity: {},
    slots: {
      a: state('float64', []),
      b: state('float64', []),
      c: state('float64', []),
      d: state('float64', []),
      e: state('float64', []),
      x: data('float64', []),
      y: data('float64', []),
      out: data('float64', []),
    },
    plans: {
      step: ({ a, b, c, d, x, y }) => {
        const doubled = mul(a!, 2);
        return {
          state: { a: b!, b: a!, c: doubled, d: doubled, e: x! },
          outputs: { x: y!, y: x!, out: doubled },
          stats: { a: a!, b: b!, c: c!, d: d!, doubled, x: x! },
        };
      },
      keep: ({ a, b }) => ({ state: { a: a! }, outputs: { out: b! } }),
    },
  });
  using session = new Session(program);
  for (const [slot, value] of Object.entries({ a: 1, b: 10, c: 5, d: 6, e: 7, x: 100, y: 200 })) session.write(slot, value);
  const rows: number[] = [];
  session.runSync([{ plan: 'step', steps: 2 }], { onStats: (_plan, values) => rows.push(...values) });
  t.deepEqual(rows, [1, 10, 5, 6, 2, 100, 10, 1, 2, 2, 20, 200]);
  const all = () => Object.fromEntries(program.slots.map(({ name }) => [name, session.read(name)[0]]));
  t.deepEqual(all(), { a: 1, b: 10, c: 20, d: 20, e: 200, x: 100, y: 200, out: 20 });
  session.runSync([{ plan: 'keep', steps: 3 }]);
  t.deepEqual(all(), { a: 1, b: 10, c: 20, d: 20, e: 200, x: 100, y: 200, out: 10 });
});

test('data slots: a plan that reads and writes one sees the old value until the end of the step', (t) => {
  const program = compileProgram({
    capacity: { n: 5 },
    slots: { x: data('float32', ['n']), pos: state('int32', []) },
    plans: {
      step: ({ x, pos }) => ({
        outputs: { x: mul(sub(x!, cast(pos!, 'float64')), 2) },
        state: { pos: add(pos!, 1) },
        commit: gt(cast(pos!, 'float64'), -1),
      }),
    },
  });
  using session = new Session(program);
  session.write('x', Float32Array.of(1, 2, 3));
  session.runSync([{ plan: 'step', steps: 2, sizes: { n: 3 } }]);
  t.deepEqual([...session.read('x', new Float32Array(3))], [2, 6, 10]);
});

test('misuse: every wrong argument is one clear sentence', async (t) => {
  using session = counting();
  const rows: readonly (readonly [() => unknown, RegExp])[] = [
    [() => session.write('cuont', 1), /^session: expected a slot of the program, got 'cuont'; did you mean 'count'\?$/],
    [() => session.write('scale', 1), /^session: expected an array for slot 'scale' float32\[n\], got a number$/],
    [
      () => session.write('scale', new Float64Array(2)),
      /^session: expected data for slot 'scale' to be of type Float32Array, got Float64Array$/,
    ],
    [() => session.write('scale', new Float32Array(9)), /^session: expected at most 8 elements for slot 'scale' float32\[n\], got 9$/],
    [() => session.read('scale', [] as never), /to be of type Float32Array, got Array$/],
    [() => session.runSync([{ plan: 'stop', steps: 1 }]), /^session: expected a plan of the program, got 'stop'; did you mean 'step'\?$/],
    [() => session.runSync([{ plan: 'step', steps: 1.5 }]), /^session: expected steps of plan 'step' to be an integer >= 0, got 1.5$/],
    [() => session.runSync([{ plan: 'step', steps: -1 }]), /integer >= 0, got -1$/],
    [
      () => session.runSync([{ plan: 'look', steps: 1, sizes: { n: 9 } }]),
      /^session: expected the size 'n' of plan 'look' to be an integer in \[1, 8\], got 9$/,
    ],
    [() => session.runSync([{ plan: 'look', steps: 1, sizes: { m: 2 } }]), /^session: expected a named size of the program, got 'm'/],
    [() => session.runSync([{ plan: 'step', steps: 1, record: 'some' as never }]), /record to be 'none', 'every' or 'last', got 'some'/],
    [() => session.runSync('step' as never), /^session: expected a list of segments, got string$/],
    [
      () => session.runSync([{ plan: 'step', steps: 1 }], { onStats: 3 as never }),
      /^session: expected onStats to be a function, got number$/,
    ],
    [() => new Session(counter(), { threads: 0 }), /^session: expected threads to be an integer >= 1, got 0$/],
  ];
  for (const [act, message] of rows) t.throws(act, { message });
  const running = session.run([{ plan: 'step', steps: 100_000, record: 'none' }]);
  for (const act of [() => session.read('count'), () => session.write('count', 1), () => session.runSync([{ plan: 'step', steps: 1 }])]) {
    t.throws(act, { message: /^session: expected an idle session, got one that is running; wait for the run to end or stop it$/ });
  }
  await t.throwsAsync(session.run([{ plan: 'step', steps: 1 }]), { message: /got one that is running/ });
  await running;
  t.notThrows(() => session.read('count'));
});

test('dispose: frees once, also during a run; afterwards every call says so', async (t) => {
  const session = counting();
  const running = session.run([{ plan: 'step', steps: 100_000_000, record: 'none' }]);
  session.dispose();
  session.dispose();
  t.is((await running).reason, 'stopped');
  t.throws(() => session.read('count'), { message: /^session: expected a session in use, got a disposed one; make a new Session$/ });
  await t.throwsAsync(session.run([{ plan: 'step', steps: 1 }]), { message: /disposed/ });
});

test('memory of the program is known before it runs', (t) => {
  const program = network({ width: 32, rows: 64 });
  const [step] = program.plans;
  t.is(program.memory.state, 2 * (2 * 32 * 32 * 4 + 8 + 4));
  t.is(program.memory.data, 64 * 32 * 4 + 64 * 4);
  t.is(program.memory.arenas['step'], step!.arenaBytes);
  t.true(step!.report.largest.length > 0 && step!.report.largest[0]!.bytes === 64 * 32 * 4);
  t.is(step!.report.kernels['matmul'], 5);
  using session = new Session(program);
  t.is(session.memory().arena >= step!.arenaBytes, true);
  t.true(session.memory().state >= program.memory.state);
});
