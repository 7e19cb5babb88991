import type { FinalRecord, RunReport } from '../records.js';
import { scalarEvent, textEvent, versionEvent } from './events.js';

/** Tags of the numbers of a report; TensorBoard makes a group of the word before the slash. */
const REPORT_TAGS = {
  trainLoss: 'loss/train',
  valLoss: 'loss/validation',
  valAccuracy: 'accuracy/validation',
  learningRate: 'optimizer/learning_rate',
  damping: 'optimizer/damping',
  rho: 'optimizer/rho',
} as const;

const FINAL_TAGS = {
  trainLoss: 'final/loss_train',
  valLoss: 'final/loss_validation',
  testLoss: 'final/loss_test',
  trainAccuracy: 'final/accuracy_train',
  valAccuracy: 'final/accuracy_validation',
  testAccuracy: 'final/accuracy_test',
} as const;

function tagged(tags: Readonly<Record<string, string>>, record: Readonly<Record<string, unknown>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(tags).flatMap(([name, tag]) => (typeof record[name] === 'number' ? [[tag, record[name]] as const] : [])),
  );
}

/** The beginning of an event file: its version, and the configuration as a text. `wallTime`: seconds since 1970. */
export function openingEvents(wallTime: number, config: Readonly<Record<string, unknown>>): Uint8Array {
  const text = `\`\`\`\n${JSON.stringify(config, null, 2)}\n\`\`\``;
  return Buffer.concat([versionEvent(wallTime), textEvent({ wallTime, step: 0 }, 'config', text)]);
}

/** The numbers of a report, or of how the run ended, at its step. */
export function recordEvent(wallTime: number, record: RunReport | FinalRecord): Uint8Array {
  return 'final' in record
    ? scalarEvent({ wallTime, step: record.steps }, tagged(FINAL_TAGS, record))
    : scalarEvent({ wallTime, step: record.step }, tagged(REPORT_TAGS, record));
}
