import test from 'ava';
import { costsOf, profileStep, type StepProfile } from '../../lib/compile/profile.js';
import { compileProgram } from '../../lib/compile/program.js';
import { cond, gt, matmul, scan, sum, tanh } from '../../lib/ops/index.js';
import { chromeTrace } from '../../lib/report/chrome-trace.js';
import { Session } from '../../lib/runtime/session.js';
import { counter, data, fillNetwork, network, state } from './programs.js';

/** h' after three products in a loop, squashed only where a branch is taken. */
function looping() {
  return compileProgram({
    capacity: { n: 4 },
    slots: { h: state('float32', ['n', 8]), w: data('float32', [8, 8]) },
    plans: {
      step: ({ h, w }) => {
        const [last] = scan((carry) => [matmul(carry, w!), []], { carry: h!, length: 3 });
        const [squashed] = cond(
          gt(sum(last), 0),
          ([x]) => [tanh(x!)],
          ([x]) => [x!],
          [last],
        );
        return { state: { h: squashed! } };
      },
    },
  });
}

function filled(program: ReturnType<typeof looping>): Session {
  const session = new Session(program);
  session.write(
    'h',
    Float32Array.from({ length: 32 }, (_, i) => 0.5 + Math.cos(i)),
  );
  session.write(
    'w',
    Float32Array.from({ length: 64 }, (_, i) => Math.sin(i)),
  );
  return session;
}

test('a profiled step computes what an ordinary one does, bit for bit', (t) => {
  const program = network();
  using a = new Session(program);
  using b = new Session(program);
  for (const session of [a, b]) fillNetwork(session);
  for (const steps of [1, 2, 3]) {
    t.is(a.profile('step', {}, steps).steps, steps);
    b.runSync([{ plan: 'step', steps, record: 'none' }]);
  }
  for (const { name } of program.slots) t.deepEqual(a.read(name), b.read(name), name);
});

test('it tells every instruction in blocks of rows once for each block, inside the instruction that holds them', (t) => {
  const program = network({ blockRows: 100 });
  using session = new Session(program, { threads: 2 });
  fillNetwork(session);
  const { timings } = session.profile('step', { n: 230 });
  const { instructions } = program.plans[0]!.report;
  const at = instructions.findIndex(({ kernel }) => kernel === 'blocks');
  const outer = timings.find(({ place }) => place === at)!;
  const counts = new Map<number, number>();
  for (const { place, start, end } of timings) {
    counts.set(place, (counts.get(place) ?? 0) + 1);
    if (start > outer.start && end < outer.end) t.true(place > at);
  }
  t.is(counts.size, instructions.length);
  t.is(counts.get(at), 1);
  t.is(counts.get(at + 1), 3);
});

test('of several steps it tells every instruction of the last one once, one after the other', (t) => {
  const program = network({ blockRows: Number.POSITIVE_INFINITY });
  using session = new Session(program);
  fillNetwork(session);
  const begin = performance.now();
  const { timings } = session.profile('step', { n: 230 }, 100);
  const taken = performance.now() - begin;
  const count = program.plans[0]!.report.instructions.length;
  t.true(count > 5);
  t.deepEqual(
    timings.map(({ place }) => place),
    Array.from({ length: count }, (_, i) => i),
  );
  for (const [i, { thread, start, end }] of timings.entries()) {
    t.is(thread, 0);
    t.true(start >= (timings[i - 1]?.end ?? 0) && end >= start);
  }
  t.true(timings.at(-1)!.end < (1e6 * taken) / 2);
});

test('what a loop and a branch run lies inside them, and costs add up to the step', (t) => {
  const program = looping();
  using session = filled(program);
  const profile = profileStep(session, program, 'step', { n: 3 }, 1, () => {});
  const kernels = profile.timings.map(({ place }) => profile.instructions[place]!.kernel);
  t.is(kernels.filter((kernel) => kernel === 'matmul').length, 3);
  const around = (kernel: string) => profile.timings.find(({ place }) => profile.instructions[place]!.kernel === kernel)!;
  const loop = around('scan');
  for (const { place, start, end } of profile.timings) {
    t.true(start >= 0 && end <= 1e9 * profile.seconds + 1e-3);
    if (profile.instructions[place]!.kernel === 'matmul') t.true(start >= loop.start && end <= loop.end);
  }
  const costs = costsOf(profile);
  t.is(new Set(costs.map(({ place }) => place)).size, costs.length);
  t.is(costs.find(({ instruction }) => instruction.kernel === 'matmul')!.executions, 3);
  const total = costs.reduce((sum, { seconds }) => sum + seconds, 0);
  t.true(total > 0 && total <= profile.seconds * (1 + 1e-9));
  t.true(costs.every(({ seconds }, i) => i === 0 || costs[i - 1]!.seconds >= seconds));
});

test('operations and bytes follow from the sizes of the step', (t) => {
  const program = looping();
  using session = filled(program);
  const at = (n: number) =>
    profileStep(session, program, 'step', { n }, 1, () => {}).instructions.find(({ kernel }) => kernel === 'matmul')!;
  for (const n of [1, 3, 4]) {
    const { operations, bytes, outputs } = at(n);
    t.is(operations, 2 * n * 8 * 8);
    t.is(bytes, 4 * (n * 8 + 64 + n * 8));
    t.deepEqual(outputs, [`float32[${n},8]`]);
  }
  const { instructions } = profileStep(session, program, 'step', { n: 4 }, 2, () => {});
  const squash = instructions.find(({ name }) => name === 'row [1,32] tanh' || name === 'row [4,8] tanh')!;
  t.is(squash.operations, 32);
  t.is(squash.bytes, 2 * 4 * 32);
});

test('the costs of a profile made by hand: time inside others is theirs', (t) => {
  const instruction = (kernel: string) => ({ name: kernel, kernel, text: '', outputs: [], operations: 1, bytes: 1 });
  const profile: StepProfile = {
    plan: 'p',
    sizes: {},
    seconds: 100e-9,
    instructions: ['scan', 'a', 'b', 'c'].map(instruction),
    timings: [
      { place: 0, thread: 0, start: 0, end: 80 },
      { place: 1, thread: 0, start: 0, end: 30 },
      { place: 2, thread: 1, start: 10, end: 20 },
      { place: 1, thread: 0, start: 40, end: 70 },
      { place: 3, thread: 0, start: 80, end: 100 },
    ],
  };
  const costs = costsOf(profile).map(({ place, executions, share }) => [place, executions, Math.round(100 * share)]);
  t.deepEqual(costs, [
    [1, 2, 60],
    [0, 1, 20],
    [3, 1, 20],
    [2, 1, 10],
  ]);
  const { traceEvents } = chromeTrace(profile);
  t.deepEqual(
    traceEvents.filter(({ ph }) => ph === 'X').map(({ name, tid, ts, dur }) => [name, tid, ts, Number(dur!.toPrecision(6))]),
    [
      ['p', 0, 0, 0.1],
      ['scan', 0, 0, 0.08],
      ['a', 0, 0, 0.03],
      ['b', 1, 0.01, 0.01],
      ['a', 0, 0.04, 0.03],
      ['c', 0, 0.08, 0.02],
    ],
  );
});

test('misuse is one clear sentence', async (t) => {
  const session = new Session(counter());
  t.throws(() => session.profile('stop'), { message: /^session: expected a plan of the program, got 'stop'; did you mean 'step'\?$/ });
  t.throws(() => session.profile('look', { n: 9 }), { message: /an integer in \[1, 8\], got 9$/ });
  session.write('limit', 1e9);
  const running = session.run([{ plan: 'step', steps: 100_000, record: 'none' }]);
  t.throws(() => session.profile('step'), { message: /^session: expected an idle session, got one that is running/ });
  await running;
  session.dispose();
  t.throws(() => session.profile('step'), { message: /disposed/ });
});
