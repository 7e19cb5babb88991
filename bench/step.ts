/**
 * Training steps against PyTorch, JAX and TensorFlow.js: each in fresh processes, in turn, on the same number of threads.
 * Usage: npm run bench -- step [--case NAME]... [--rounds 3] [--seconds 1] [--peers torch,jax,tfjs | none] [--source resident|images|both]
 * [--threads 2] [--json] [--no-record]
 */
import { parseArgs } from 'node:util';
import { disturbance, LoadWatch } from './load.js';
import { buildMachineProgram, type Machine, measureMachine } from './machine.js';
import { append } from './record.js';
import { quantile } from './statistics.js';
import { CASES, caseNamed, IMAGE_CASES, SOURCES, type Source } from './step/cases.js';
import { type Outcome, outcomes, outcomeTable, peerTable, publish } from './step/outcome.js';
import { PEER_NAMES, type PeerName } from './step/peers.js';
import { race } from './step/race.js';
import { BARRIER_US } from './step/targets.js';

const { values: given } = parseArgs({
  options: {
    case: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '1' },
    peers: { type: 'string', default: PEER_NAMES.join(',') },
    source: { type: 'string', default: 'both' },
    threads: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
    'no-record': { type: 'boolean', default: false },
  },
});

/** A number of an option, at least `least`. */
function numberOf(name: 'rounds' | 'seconds' | 'threads', least: number, whole: boolean): number {
  const value = Number(given[name]);
  if (!(value >= least) || (whole && !Number.isInteger(value)) || !Number.isFinite(value))
    throw new RangeError(`bench: expected --${name} to be ${whole ? 'an integer' : 'a number'} >= ${least}, got '${given[name]}'`);
  return value;
}

function peersOf(text: string): PeerName[] {
  const names = text === 'none' ? [] : text.split(',');
  const unknown = names.find((name) => !PEER_NAMES.some((known) => known === name));
  if (unknown !== undefined) throw new TypeError(`bench: expected --peers of ${PEER_NAMES.join(', ')}, or none, got '${unknown}'`);
  return names as PeerName[];
}

function sourcesOf(text: string): readonly Source[] {
  if (text === 'both') return SOURCES;
  const source = SOURCES.find((name) => name === text);
  if (source === undefined) throw new TypeError(`bench: expected --source ${SOURCES.join(', ')} or both, got '${text}'`);
  return [source];
}

const rounds = numberOf('rounds', 1, true),
  seconds = numberOf('seconds', 0.05, false),
  threads = numberOf('threads', 1, true),
  peers = peersOf(given.peers),
  sources = sourcesOf(given.source),
  cases = given.case?.map(caseNamed) ?? CASES;

// Only results go to stdout, so that --json can be piped.
const say = (line: string) => console.error(line);
const program = buildMachineProgram();
const machines: Machine[] = [];
const beforeRound = () => {
  if (program !== null) machines.push(measureMachine(program, threads));
};
const watch = new LoadWatch();
const raced: {
  source: Source;
  outcomes: Outcome[];
  absent: Readonly<Record<string, string>>;
  versions: Readonly<Record<string, string>>;
}[] = [];
beforeRound();
for (const source of sources) {
  for (const c of cases.filter(({ name }) => source === 'resident' || IMAGE_CASES.includes(name))) {
    const result = await race(c, source, { rounds, threads, seconds, peers, watch, say, beforeRound });
    const peak = machines.length === 0 ? null : Math.max(...machines.map((m) => m.fmaGflops));
    const found = outcomes(c, result, peak);
    raced.push({ source, outcomes: found, absent: Object.fromEntries(result.absent), versions: result.versions });
    if (given.json && source === 'resident') for (const outcome of found) console.log(JSON.stringify(publish(outcome)));
  }
}
const load = watch.load();
/** Median over the rounds of something about the machine; null where it could not be measured. */
function median(of: (m: Machine) => number): number | null {
  return machines.length === 0 ? null : quantile(machines.map(of), 0.5);
}

const barrierUs = median((m) => m.barrierUs),
  poolUs = median((m) => m.poolUs);

/** Why this run may not judge, or null. */
function reservation(): string | null {
  const disturbed = disturbance(load);
  if (disturbed !== null) return disturbed;
  if (barrierUs === null) return 'the cost of a barrier is not known';
  return barrierUs > BARRIER_US
    ? `a bare barrier costs ${barrierUs.toFixed(3)} us, more than ${BARRIER_US}: the machine is in a slow state`
    : null;
}

const unfit = reservation();
const print = given.json ? say : (text: string) => console.log(text);
for (const source of sources) {
  const rows = raced.filter((r) => r.source === source).flatMap((r) => r.outcomes);
  if (rows.length === 0) continue;
  print(
    source === 'resident' ? '\nThe same float32 batch in memory, every step:\n' : '\nFrom uint8 images: gather, cast, standardize, step:\n',
  );
  print(outcomeTable(rows, source === 'images' ? 'none' : unfit === null ? 'judged' : 'shown'));
  if (peers.length > 0) print(`\n${peerTable(rows)}`);
}
for (const [peer, why] of new Map(raced.flatMap((r) => Object.entries(r.absent)))) print(`not measured: ${peer}: ${why}`);
const microseconds = (value: number | null) => (value === null ? 'unknown' : `${value.toFixed(3)} us`);
const part = (value: number | null) => (value === null ? 'unknown' : `${(100 * value).toFixed(1)} % of a core`);
print(
  `\n${threads} threads; ${rounds} rounds; barrier ${microseconds(barrierUs)}, empty call of the pool ${microseconds(poolUs)}; other processes: ${part(load.mean)}, at worst ${part(load.worst)}`,
);
print(unfit === null ? 'verdicts stand: the machine was quiet' : `NO VERDICT: ${unfit}`);

if (!given['no-record']) {
  for (const { source, outcomes: found, versions, absent } of raced) {
    for (const outcome of found) {
      const { ours, ratio, rival, cost, residentMegabytes } = outcome;
      append('step', {
        source,
        ...publish(outcome),
        spread: ours.spread,
        rounds,
        threads,
        bestPeer: rival?.figure ?? null,
        ratio,
        cost,
        residentMegabytes,
        barrierUs,
        poolUs,
        load,
        verdict: unfit ?? 'stands',
        versions,
        absent,
      });
    }
  }
}
