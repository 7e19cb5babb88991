/**
 * Single kernels through compiled plans against numpy (its BLAS on its own threads) and eager PyTorch, in turn and in fresh processes: the
 * products of the steps of bench/step, elementwise chains, row programs, reductions, cross-entropy.
 * Usage: npm run bench -- kernels [--match TEXT] [--rounds 3] [--seconds 0.2] [--peers torch,numpy | none] [--threads 2] [--json] [--no-record]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ask } from './child.js';
import { KERNELS, type KernelCase } from './kernels/cases.js';
import { disturbance, LoadWatch } from './load.js';
import { append, root } from './record.js';
import { summarize } from './statistics.js';
import { digits, table } from './table.js';

const FRAMEWORKS = ['torch', 'numpy'] as const;
type Who = 'ours' | (typeof FRAMEWORKS)[number];

const { values: given } = parseArgs({
  options: {
    match: { type: 'string', default: '' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '0.2' },
    peers: { type: 'string', default: FRAMEWORKS.join(',') },
    threads: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
    'no-record': { type: 'boolean', default: false },
  },
});
const { match, seconds, threads } = given;
const rounds = Number(given.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError(`bench: expected --rounds to be an integer >= 1, got '${given.rounds}'`);
const asked = given.peers === 'none' ? [] : given.peers.split(',');
const unknown = asked.find((name) => !FRAMEWORKS.some((known) => known === name));
if (unknown !== undefined) throw new TypeError(`bench: expected --peers of ${FRAMEWORKS.join(', ')}, or none, got '${unknown}'`);
const kernels = KERNELS.filter(({ name }) => name.includes(match));
if (kernels.length === 0) throw new RangeError(`bench: expected --match to be part of a kernel's name, got '${match}'`);

const absent = new Map<string, string>();
const samples = new Map<string, number[][]>();
const key = (who: Who, kernel: string) => `${who} ${kernel}`;

function take(who: Who, answer: Readonly<Record<string, unknown>>): void {
  if (answer['missing'] !== undefined) {
    absent.set(who, String(answer['missing']));
    return;
  }
  for (const [kernel, times] of Object.entries(answer['samples'] as Record<string, number[]>)) {
    samples.set(key(who, kernel), [...(samples.get(key(who, kernel)) ?? []), times]);
  }
}

function askPeer(who: string) {
  const described = kernels.map(({ name, op, inputs }) => ({ name, op, inputs }));
  const script = join(root, 'bench', 'peers', 'peer_kernels.py');
  return ask('python3', [script, who, '--kernels', JSON.stringify(described), '--threads', threads, '--seconds', seconds]);
}

const watch = new LoadWatch();
for (let round = 0; round < rounds; round++) {
  console.error(`kernels: round ${round + 1} of ${rounds}`);
  const worker = join(root, 'dist-test', 'bench', 'kernels', 'worker.js');
  take('ours', await ask(process.execPath, [worker, JSON.stringify(kernels.map(({ name }) => name)), threads, seconds]));
  watch.mark();
  for (const who of FRAMEWORKS.filter((name) => asked.includes(name) && !absent.has(name))) {
    try {
      take(who, await askPeer(who));
    } catch (error) {
      absent.set(who, (error as Error).message);
    }
    watch.mark();
  }
}
const load = watch.load();
const disturbed = disturbance(load);

/** Medians of a kernel, and what ours comes to. */
function figuresOf(c: KernelCase) {
  const of = (who: Who) => {
    const found = samples.get(key(who, c.name));
    return found === undefined ? null : summarize(found);
  };
  const { median, p10, p90, spread } = of('ours')!;
  const [torchUs, numpyUs] = [of('torch')?.median ?? null, of('numpy')?.median ?? null];
  const gflops = c.operations === 0 ? null : c.operations / median / 1e3;
  return { kernel: c.name, medianUs: median, p10Us: p10, p90Us: p90, spread, torchUs, numpyUs, gflops, gigabytes: c.bytes / median / 1e3 };
}

const results = kernels.map(figuresOf);
const ratio = (theirs: number | null, ours: number) => (theirs === null ? '-' : `${(theirs / ours).toFixed(2)} x`);
const rows = results.map((r) => [
  r.kernel,
  ...[r.medianUs, r.p10Us, r.p90Us].map(digits),
  `+-${(50 * r.spread).toFixed(0)} %`,
  r.gflops === null ? '' : digits(r.gflops),
  digits(r.gigabytes),
  ratio(r.torchUs, r.medianUs),
  ratio(r.numpyUs, r.medianUs),
]);
if (given.json) for (const result of results) console.log(JSON.stringify(result));
const print = given.json ? console.error : console.log;
print(table(['kernel', 'us', 'p10', 'p90', 'rounds', 'GFLOP/s', 'GB/s', 'torch / ours', 'numpy / ours'], rows));
for (const [who, why] of absent) print(`not measured: ${who}: ${why}`);
print(disturbed === null ? '\nthe machine was quiet' : `\nDISTURBED: ${disturbed}`);
if (!given['no-record'])
  append('kernels', { threads: Number(threads), rounds, load, disturbed, absent: Object.fromEntries(absent), kernels: results });
