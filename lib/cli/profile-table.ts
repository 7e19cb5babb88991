import { costsOf, type StepProfile } from '../compile/profile.js';
import { percent } from '../report/number-format.js';
import { aligned } from './text-table.js';

const DEAREST = 10;

/** Longest name of an instruction in the table; the trace has all of it. */
const NAME = 60;

function shortened(name: string): string {
  return name.length <= NAME ? name : `${name.slice(0, NAME - 1)}…`;
}

/** Three digits that mean something, and no exponent. */
function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function rate(amount: number, seconds: number): string {
  return amount === 0 || seconds === 0 ? '-' : digits(amount / seconds / 1e9);
}

/** The dearest instructions of a step, with what they take of it and how fast they are. */
export function profileTable(profile: StepProfile): string {
  const { plan, sizes, seconds, timings } = profile;
  const costs = costsOf(profile);
  const rows = costs
    .slice(0, DEAREST)
    .map(({ place, instruction: { name, operations, bytes }, executions, seconds, share }) => [
      shortened(`${place} ${executions > 1 ? `${executions} x ` : ''}${name}`),
      digits(seconds * 1e6),
      percent(share),
      rate(operations * executions, seconds),
      rate(bytes * executions, seconds),
    ]);
  const at = Object.entries(sizes).map(([name, size]) => `${name} = ${size}`);
  return [
    `one ${plan}${at.length === 0 ? '' : ` at ${at.join(', ')}`}: ${digits(seconds * 1e6)} us, ${timings.length} instructions, the dearest:`,
    aligned([['', 'us', 'share', 'GFLOP/s', 'GB/s'], ...rows]),
  ].join('\n');
}
