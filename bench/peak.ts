/**
 * What the machine can do: peak of float32 fused multiply-adds and bandwidth of the triad a = b + s c, on one thread and on all, and the
 * cost of a bare spinning barrier and of an empty call of the library's pool. Best of the repeats; medians of the last two. Needs a C++ compiler (g++, or what CXX names).
 * Usage: npm run bench -- peak [--threads 2] [--repeats 5] [--no-record]
 */
import { parseArgs } from 'node:util';
import { disturbance, LoadWatch } from './load.js';
import { buildMachineProgram, measureMachine } from './machine.js';
import { append } from './record.js';
import { quantile } from './statistics.js';
import { digits, table } from './table.js';

const { values: given } = parseArgs({
  options: {
    threads: { type: 'string', default: '2' },
    repeats: { type: 'string', default: '5' },
    'no-record': { type: 'boolean', default: false },
  },
});
const threads = Number(given.threads),
  repeats = Number(given.repeats);
if (![threads, repeats].every((n) => Number.isInteger(n) && n >= 1))
  throw new RangeError(`bench: expected --threads and --repeats to be integers >= 1, got '${given.threads}' and '${given.repeats}'`);
const program = buildMachineProgram();
if (program === null) throw new Error('bench: expected a C++ compiler, got none; name one in CXX');

const watch = new LoadWatch();
const machines = Array.from({ length: repeats }, () => {
  const machine = measureMachine(program, threads);
  watch.mark();
  return machine;
});
const load = watch.load();
const best = (of: (m: (typeof machines)[number]) => number) => Math.max(...machines.map(of));
const median = (of: (m: (typeof machines)[number]) => number) => quantile(machines.map(of), 0.5);
const figures = {
  vectorBytes: machines[0]!.vectorBytes,
  fmaGflops1: best((m) => m.fmaGflops1),
  fmaGflops: best((m) => m.fmaGflops),
  triadGigabytes1: best((m) => m.triadGigabytes1),
  triadGigabytes: best((m) => m.triadGigabytes),
  barrierUs: median((m) => m.barrierUs),
  poolUs: median((m) => m.poolUs),
};
console.log(
  table(
    ['', '1 thread', `${threads} threads`],
    [
      ['fused multiply-adds, GFLOP/s', digits(figures.fmaGflops1), digits(figures.fmaGflops)],
      ['triad, GB/s', digits(figures.triadGigabytes1), digits(figures.triadGigabytes)],
      ['spinning barrier, us', '', figures.barrierUs.toFixed(3)],
      ['empty call of the pool, us', '', figures.poolUs.toFixed(3)],
    ],
  ),
);
const disturbed = disturbance(load);
if (disturbed !== null) console.log(`\nDISTURBED: ${disturbed}`);
if (!given['no-record']) append('peak', { threads, repeats, ...figures, load, disturbed });
