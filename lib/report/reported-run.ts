import type { History } from './history.js';

/** A run as a report shows it. */
export type ReportedRun = {
  readonly name: string;
  readonly history: History;
  /** What was trained with what, as config.json has it; empty where that is not known. */
  readonly config: Readonly<Record<string, unknown>>;
  /** What it ran on. */
  readonly environment: Readonly<Record<string, unknown>>;
};
