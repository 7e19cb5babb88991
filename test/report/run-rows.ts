import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { readHistory } from '../../lib/report/history.js';
import type { FinalRecord, RunReport } from '../../lib/report/records.js';
import type { ReportedRun } from '../../lib/report/reported-run.js';
import { temporaryFolder } from '../data/idx-file.js';

/** A report with numbers that depend on its step. */
export const reportAt = (step: number, more: Partial<RunReport> = {}): RunReport => ({
  epoch: step / 10,
  step,
  steps: 1000,
  trainLoss: 1 / step,
  learningRate: 0.01,
  seconds: step / 100,
  ...more,
});

export const finalOf = (more: Partial<FinalRecord> = {}): FinalRecord => ({
  final: true,
  trainLoss: 0.1,
  valLoss: null,
  testLoss: null,
  testAccuracy: null,
  steps: 10,
  seconds: 0.1,
  trainAccuracy: null,
  valAccuracy: null,
  stopped: false,
  ...more,
});

/** Writes text to a history in a folder of the test, and returns its path. */
export function historyFile(t: ExecutionContext, text: string): string {
  const path = join(temporaryFolder(t), 'history.jsonl');
  writeFileSync(path, text);
  return path;
}

export const lines = (records: readonly object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('');

/** A run with these records. */
export function runOf(t: ExecutionContext, name: string, records: readonly object[], config: Record<string, unknown> = {}): ReportedRun {
  return { name, history: readHistory(historyFile(t, lines(records))), config, environment: {} };
}
