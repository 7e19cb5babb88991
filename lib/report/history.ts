import { expected } from '../base/errors.js';
import { showValue } from '../base/options.js';
import { nonEmptyLines } from './lines.js';
import type { FinalRecord } from './records.js';

/** What every report of a history may hold. */
export const COLUMNS = ['epoch', 'step', 'seconds', 'trainLoss', 'valLoss', 'valAccuracy', 'learningRate', 'damping', 'rho'] as const;

/** A column of a history by name. */
export type Column = (typeof COLUMNS)[number];

/** Columns without which a line is no report; a loss or rate that is not finite is null there. */
const NEEDED = { epoch: 'finite', step: 'finite', seconds: 'finite', trainLoss: 'any', learningRate: 'any' } as const;

/** The reports of one run. */
export type History = {
  /** One number per report; NaN where a report has none. */
  readonly columns: Readonly<Record<Column, Float64Array>>;
  readonly reports: number;
  /** How the run ended, or null for one that was killed, failed or still goes on. */
  readonly final: FinalRecord | null;
};

/** Numbers that come one by one, 8 bytes each. */
class Growing {
  #data = new Float64Array(256);
  #length = 0;

  push(value: number): void {
    if (this.#length === this.#data.length) {
      const larger = new Float64Array(2 * this.#length);
      larger.set(this.#data);
      this.#data = larger;
    }
    this.#data[this.#length++] = value;
  }

  get last(): number | undefined {
    return this.#data[this.#length - 1];
  }

  get length(): number {
    return this.#length;
  }

  done(): Float64Array {
    return this.#data.slice(0, this.#length);
  }
}

function emptyColumns(): Record<Column, Growing> {
  return Object.fromEntries(COLUMNS.map((name) => [name, new Growing()])) as Record<Column, Growing>;
}

type Line = Readonly<Record<string, unknown>>;

function parsed(where: string, text: string): Line {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw expected(where, 'a JSON object', showValue(text.length > 40 ? `${text.slice(0, 40)}...` : text), 'is it a history.jsonl?');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw expected(where, 'a JSON object', showValue(text));
  return value as Line;
}

function add(where: string, line: Line, columns: Record<Column, Growing>): void {
  for (const name of COLUMNS) {
    const value = line[name];
    const need = NEEDED[name as keyof typeof NEEDED];
    const absent = value === null || (value === undefined && need === undefined);
    if (typeof value !== 'number' && (!absent || need === 'finite')) throw expected(where, `${name} to be a number`, showValue(value));
    const last = columns.step.last;
    if (name === 'step' && last !== undefined && (value as number) <= last) {
      throw expected(where, `a step above ${last}, that of the line before`, value, 'are these lines of several runs?');
    }
    columns[name].push(absent ? Number.NaN : (value as number));
  }
}

/** Numbers of a final record that may be null, and those that it may also lack. */
const NULLABLE: readonly string[] = ['trainLoss', 'valLoss', 'testLoss', 'testAccuracy', 'trainAccuracy', 'valAccuracy'];
const OPTIONAL: readonly string[] = [
  'trainRmse',
  'valRmse',
  'testRmse',
  'trainMeanAbsoluteError',
  'valMeanAbsoluteError',
  'testMeanAbsoluteError',
  'bestEpoch',
] satisfies (keyof FinalRecord)[];

function finalOf(where: string, line: Line): FinalRecord {
  for (const name of ['steps', 'seconds', ...NULLABLE, ...OPTIONAL]) {
    const value = line[name];
    const optional = OPTIONAL.includes(name);
    const absent = (value === null && (optional || NULLABLE.includes(name))) || (value === undefined && optional);
    if (typeof value !== 'number' && !absent) throw expected(where, `${name} to be a number`, showValue(value));
  }
  return line as FinalRecord;
}

/**
 * Reads a history: the JSON lines that a run leaves behind, reports with rising steps and at the end the final record. A last line without
 * its end, as a killed process leaves it, is ignored. Throws TypeError with file and line for anything else, system errors for a file that cannot be read.
 */
export function readHistory(path: string): History {
  const columns = emptyColumns();
  let final: FinalRecord | null = null;
  for (const { text, number, ended } of nonEmptyLines(path)) {
    const where = `${path} line ${number}`;
    if (!ended && !text.endsWith('}')) break;
    if (final !== null) throw expected(where, 'nothing after the final record', 'another line', 'are these lines of several runs?');
    const line = parsed(where, text);
    if (line['final'] === true) final = finalOf(where, line);
    else add(where, line, columns);
  }
  return {
    columns: Object.fromEntries(COLUMNS.map((name) => [name, columns[name].done()])) as Record<Column, Float64Array>,
    reports: columns.step.length,
    final,
  };
}
