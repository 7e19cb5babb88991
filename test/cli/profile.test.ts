import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { temporaryFolder } from '../data/idx-file.js';
import { adamqlr, records } from './run-cli.js';

type Event = { ph: string; name: string; ts: number; dur: number; tid: number; args: Record<string, unknown> };

/** The timed events of the trace in a folder, the step first. */
function eventsIn(folder: string): Event[] {
  const { traceEvents } = JSON.parse(readFileSync(join(folder, 'profile.json'), 'utf8')) as { traceEvents: Event[] };
  return traceEvents.filter(({ ph }) => ph === 'X');
}

test('train --profile: a trace in the folder of the run, a table of at most ten, and the same model as without', async (t) => {
  const cwd = temporaryFolder(t);
  const { code, stdout, stderr } = await adamqlr(['train', '--epochs', '1', '--profile', '--out', 'a'], { cwd });
  t.is(code, 0, stderr);
  const lines = stdout.split('\n');
  t.regex(lines[0]!, /^one step at n = 3200: [\d.]+ us, \d+ instructions, the dearest:$/);
  t.regex(lines[1]!, /^ +us +share +GFLOP\/s +GB\/s$/);
  const end = lines.findIndex((line) => line.startsWith('trace for chrome://tracing'));
  t.is(end, 12);
  const shares = lines.slice(2, end).map((line) => Number(/ ([\d.]+) %/.exec(line)![1]));
  t.true(shares.every((share, i) => share > 0 && share <= (shares[i - 1] ?? Number.POSITIVE_INFINITY)));
  t.regex(stdout, /^trace for .*: a\/profile\.json$/m);
  t.regex(stdout, /^saved in a: .*profile\.json$/m);

  const [step, ...events] = eventsIn(join(cwd, 'a'));
  t.is(step!.name, 'step');
  t.deepEqual(step!.args, { n: 3200 });
  const instructions = new Set(events.map(({ args }) => Number(args['instruction'])));
  t.is(Math.max(...instructions), instructions.size - 1);
  const blocks = events.filter(({ args }) => args['kernel'] === 'blocks');
  for (const { ts, dur, tid, args } of events) {
    t.true(ts >= 0 && dur >= 0 && ts + dur <= step!.dur + 1e-6);
    t.true(tid === 0 || blocks.some((around) => ts >= around.ts && ts + dur <= around.ts + around.dur + 1e-6));
    t.deepEqual(Object.keys(args), ['kernel', 'outputs', 'gflop', 'bytes', 'instruction', 'text']);
  }
  const products = events.filter(({ args }) => args['kernel'] === 'matmul' && String(args['outputs']) === 'float32[784,50]');
  const operations = products.reduce((total, { args }) => total + Math.round(1e9 * Number(args['gflop'])), 0);
  t.is(operations, 2 * 784 * 3200 * 50);

  await adamqlr(['train', '--epochs', '1', '--out', 'b'], { cwd });
  t.deepEqual(readFileSync(join(cwd, 'a', 'model.safetensors')), readFileSync(join(cwd, 'b', 'model.safetensors')));
});

test('train --profile --json: lines stay JSON, the table goes to standard error; a run that goes on has it too', async (t) => {
  const cwd = temporaryFolder(t);
  const first = await adamqlr(['train', '--epochs', '1', '--json', '--profile', '--out', 'a'], { cwd });
  t.is(records(first.stdout).length, 2);
  t.regex(first.stderr, /^one step at n = 3200/);
  const second = await adamqlr(['train', '--resume', 'a', '--epochs', '2', '--profile'], { cwd });
  t.is(second.code, 0, second.stderr);
  t.regex(second.stdout, /^one step at n = 3200/);
});

test('train rosenbrock --profile leaves the run as it is', async (t) => {
  const [a, b] = await Promise.all([adamqlr(['train', 'rosenbrock', '--json', '--profile']), adamqlr(['train', 'rosenbrock', '--json'])]);
  const timeless = (stdout: string) => records(stdout).map(({ seconds: _, ...rest }) => rest);
  t.deepEqual(timeless(a.stdout), timeless(b.stdout));
  t.regex(a.stderr, /^one step: [\d.]+ us, \d+ instructions/);
});
