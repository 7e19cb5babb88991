import type { TypedArray } from '../../lib/graph/dtype.js';
import type { FitOptions } from '../../lib/train/fit-options.js';
import type { Report } from '../../lib/train/report.js';
import type { Snapshot } from '../../lib/train/snapshot.js';
import type { Trainer } from '../../lib/train/trainer.js';

/** A signal that aborts when it is asked for the n-th time: fit asks once, then before and after every native call. */
export class CountedAbort extends EventTarget implements AbortSignal {
  readonly reason = new Error('counted out');
  onabort = null;
  #left: number;

  constructor(asks: number) {
    super();
    this.#left = asks;
  }

  get aborted(): boolean {
    return this.#left <= 0;
  }

  throwIfAborted(): void {
    this.#left--;
    if (this.aborted) throw this.reason;
  }
}

/** Reports until the end or an error, which is kept. */
export async function reports(
  of: Trainer,
  data: Parameters<Trainer['fit']>[0],
  options: FitOptions,
): Promise<{ list: Report[]; error: unknown }> {
  const list: Report[] = [];
  try {
    for await (const report of of.fit(data, options)) list.push(report);
  } catch (error) {
    return { list, error };
  }
  return { list, error: null };
}

/** A report without its times. */
export function timeless({ seconds: _, ...rest }: Report): Omit<Report, 'seconds'> {
  return rest;
}

function hex({ buffer, byteOffset, byteLength }: TypedArray): string {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString('hex');
}

/** The bits of everything that a trainer holds. */
export function stateBits(trainer: Trainer): string {
  const lines = [...trainer.snapshot().slots].map(([name, data]) => `${name} ${data.constructor.name} ${hex(data)}`);
  return lines.sort().join('\n');
}

/** A snapshot as a file would bring it back. */
export function stored({ slots, history, progress }: Snapshot): Snapshot {
  return {
    slots: new Map([...slots].map(([name, data]) => [name, data.slice()])),
    history: structuredClone(history),
    progress: JSON.parse(JSON.stringify(progress)),
  };
}
