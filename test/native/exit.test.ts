import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import test from 'ava';
import { Session } from '../../lib/runtime/session.js';
import { fillNetwork, network } from './programs.js';

const child = fileURLToPath(new URL('./child.js', import.meta.url));

type Ended = {
  readonly code: number | null;
  readonly signal: string | null;
  readonly output: string;
  readonly errors: string;
  readonly at: number;
};

function runChild(mode: string): Promise<Ended> {
  return new Promise((resolve) => {
    const started = spawn(process.execPath, [child, mode], { timeout: 30_000 });
    let output = '',
      errors = '';
    started.stdout.on('data', (part) => (output += part));
    started.stderr.on('data', (part) => (errors += part));
    started.on('close', (code, signal) => resolve({ code, signal, output, errors, at: Date.now() }));
  });
}

test('process.exit() in the middle of a run ends at once, with its code', async (t) => {
  const { code, signal, output, at } = await runChild('exit');
  t.is(signal, null);
  t.is(code, 7);
  t.true(at - Number(output.split(' ')[1]) < 1000, output);
});

test('an uncaught exception in the middle of a run ends the process at once', async (t) => {
  const { code, signal, output, errors, at } = await runChild('throw');
  t.is(signal, null);
  t.is(code, 1);
  t.regex(errors, /uncaught on purpose/);
  t.true(at - Number(output.split(' ')[1]) < 1000, output);
});

test('a process ends by itself when its runs are over', async (t) => {
  const { code, signal, output } = await runChild('end');
  t.deepEqual([code, signal, output], [0, null, 'done\n']);
});

for (const mode of ['terminate', 'terminate sync']) {
  test(`worker.terminate() in the middle of a run ends the worker at once: ${mode}`, async (t) => {
    const { code, signal, output, errors } = await runChild(mode);
    t.deepEqual([code, signal], [0, null], errors);
    t.true(Number(output.split(' ')[1]) < 1000, output);
  });
}

test('runSync in a worker thread computes what it computes here', async (t) => {
  const found = await new Promise<Float32Array>((resolve, reject) => {
    const worker = new Worker(child, { workerData: 'worker result' });
    worker.on('message', resolve);
    worker.on('error', reject);
  });
  using session = new Session(network());
  fillNetwork(session);
  session.runSync([{ plan: 'step', steps: 20, record: 'none' }]);
  t.deepEqual(found, session.read('w'));
});
