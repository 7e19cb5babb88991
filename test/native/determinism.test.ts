import test from 'ava';
import { Session } from '../../lib/runtime/session.js';
import { fillNetwork, network } from './programs.js';

const STEPS = 56;

/** Every bit of the state and of the stats after some steps. */
function bits(threads: number, perCall: number): string {
  using session = new Session(network(), { threads });
  fillNetwork(session);
  const stats: number[] = [];
  for (let done = 0; done < STEPS; done += perCall) {
    session.runSync([{ plan: 'step', steps: Math.min(perCall, STEPS - done), sizes: { n: 251 } }], {
      onStats: (_plan, rows) => stats.push(...rows),
    });
  }
  const arrays = [session.read('w'), session.read('v'), Float64Array.from(stats)];
  return arrays.map((a) => Buffer.from(a.buffer, a.byteOffset, a.byteLength).toString('base64')).join(' ');
}

test.serial('the same bits for 1, 2 and 4 threads', (t) => {
  const one = bits(1, STEPS);
  t.true(one === bits(2, STEPS), '2 threads differ');
  t.true(one === bits(4, STEPS), '4 threads differ');
});

test.serial('the same bits for 1, 7 and 64 steps per call', (t) => {
  const all = bits(2, 64);
  t.true(all === bits(2, 1), '1 step per call differs');
  t.true(all === bits(2, 7), '7 steps per call differ');
});
