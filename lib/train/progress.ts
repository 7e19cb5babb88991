import { expected } from '../base/errors.js';
import { isRecord, type PlainData } from '../base/plain-data.js';
import type { Stopping } from './early-stopping.js';
import type { Recorded } from './recorder.js';
import { NUMBERS_OF_REPORTS } from './report.js';

/** Where the last call of fit stands: what it takes, besides the slots, to go on with it. */
export type Position = {
  /** Training examples and batch size, by which epochs are cut. */
  readonly examples: number;
  readonly batchSize: number;
  /** Examples that are in memory at a time: all of them, or fewer of a stream. */
  readonly resident: number;
  /** Orders of examples that earlier calls of fit drew, one for every epoch or, of a stream, for every chunk. */
  readonly firstOrder: number;
  /** Steps of this call that reports have told of. */
  readonly reported: number;
  /** Seconds of training steps in this call. */
  readonly seconds: number;
  /** Steps of this call and what they recorded since the last report. */
  readonly recorded: Recorded;
  /** How far early stopping is; null without it. */
  readonly stopping: Stopping | null;
  /** Whether the call has ended and the best parameters, in the slots under 'best.', stand for the last ones. */
  readonly putBack: boolean;
};

/** How far a trainer has come, besides its slots and its history. */
export type Progress = {
  /** Shape of one example. */
  readonly input: readonly number[];
  /** Null where there is no call of fit to go on with. */
  readonly position: Position | null;
};

/** JSON has no such numbers; as all data here are numbers but for a few words, their names are free. */
const UNWRITABLE = ['NaN', 'Infinity', '-Infinity', '-0'];

function mapped(value: unknown, leaf: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => mapped(item, leaf));
  if (value === null || typeof value !== 'object') return leaf(value);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mapped(item, leaf)]));
}

/** Progress as JSON data; numbers that JSON lacks are written by name: 'NaN', 'Infinity', '-Infinity', '-0'. */
export function writeProgress(progress: Progress): PlainData {
  const name = (x: number) => (Object.is(x, -0) ? '-0' : String(x));
  return mapped(progress, (x) => (typeof x === 'number' && UNWRITABLE.includes(name(x)) ? name(x) : x)) as PlainData;
}

/** Throws TypeError unless `value` has these fields, all numbers. */
function checkNumbers(who: string, what: string, value: unknown, names: readonly string[]): void {
  if (!isRecord(value)) throw expected(who, `${what} as an object`, String(value));
  const wrong = names.find((name) => typeof value[name] !== 'number');
  if (wrong !== undefined) throw expected(who, `a number '${wrong}' in ${what}`, String(value[wrong]));
}

/** The inverse of writeProgress; `who` begins the sentence that is thrown for anything else. */
export function readProgress(who: string, json: unknown): Progress {
  const progress = mapped(json, (x) => (typeof x === 'string' && UNWRITABLE.includes(x) ? Number(x) : x));
  if (!isRecord(progress)) throw expected(who, 'progress { input, position }', String(json));
  const { input, position } = progress;
  if (!Array.isArray(input) || !input.every(Number.isSafeInteger))
    throw expected(who, 'input to be the shape of an example', String(input));
  if (position !== null) checkPosition(who, position);
  return progress as Progress;
}

function checkReport(who: string, what: string, report: unknown): void {
  checkNumbers(who, what, report, NUMBERS_OF_REPORTS);
  checkNumbers(who, `stats of ${what}`, (report as Record<string, unknown>)['stats'], []);
}

/** Throws TypeError unless `history` is a list of reports. */
export function checkHistory(who: string, history: unknown): void {
  if (!Array.isArray(history)) throw expected(who, 'history to be a list of reports', String(history));
  for (const [at, report] of history.entries()) checkReport(who, `report ${at + 1} of history`, report);
}

function checkPosition(who: string, position: unknown): void {
  checkNumbers(who, 'position', position, ['examples', 'batchSize', 'resident', 'firstOrder', 'reported', 'seconds']);
  const { examples, batchSize, resident } = position as Position;
  if (resident !== examples && !(resident < examples && resident % batchSize === 0))
    throw expected(who, `position.resident to be the ${examples} examples or whole batches of ${batchSize}`, resident);
  const { recorded, stopping, putBack } = position as Record<string, unknown>;
  checkNumbers(who, 'position.recorded', recorded, ['steps', 'lossSum', 'weight']);
  const { last } = recorded as Record<string, unknown>;
  if (!Array.isArray(last)) throw expected(who, 'position.recorded.last to be a list of numbers', String(last));
  if (typeof putBack !== 'boolean') throw expected(who, 'position.putBack to be true or false', String(putBack));
  if (stopping === null) return;
  checkNumbers(who, 'position.stopping', stopping, ['waited']);
  const { best } = stopping as Record<string, unknown>;
  if (best !== null) checkReport(who, 'position.stopping.best', best);
}
