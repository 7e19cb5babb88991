import { readFileSync } from 'node:fs';

/** Processor seconds since the machine began, and how many of them this process and its ended children took. */
export type ProcessorTime = { readonly wall: number; readonly busy: number; readonly own: number };

/** Ticks per second of the times under /proc: USER_HZ, which is 100 on every Linux. */
const TICKS = 100;

/** Busy seconds of all processors from the text of /proc/stat: user, nice, system, irq, softirq, and steal, which other machines took. */
export function busySeconds(stat: string): number {
  const [user, nice, system, , , irq, softirq, steal] = stat.split('\n')[0]!.trim().split(/\s+/).slice(1).map(Number);
  return (user! + nice! + system! + irq! + softirq! + (steal ?? 0)) / TICKS;
}

/** Seconds of a process and of its children that have ended, from the text of its /proc/PID/stat. */
export function ownSeconds(stat: string): number {
  // The name of the program, in parentheses, may hold spaces and parentheses of its own.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return [11, 12, 13, 14].reduce((total, at) => total + Number(fields[at]), 0) / TICKS;
}

/** The times now, or null on a system without /proc. */
export function processorTime(): ProcessorTime | null {
  try {
    const busy = busySeconds(readFileSync('/proc/stat', 'utf8'));
    return { wall: performance.now() / 1e3, busy, own: ownSeconds(readFileSync('/proc/self/stat', 'utf8')) };
  } catch {
    return null;
  }
}

/** What others took between two times, as a part of one core: 1 is a core kept busy all the while. */
export function otherLoad(from: ProcessorTime, to: ProcessorTime): number {
  return Math.max(0, to.busy - from.busy - (to.own - from.own)) / (to.wall - from.wall);
}

/** The machine's own housekeeping stays below this; a verdict needs a quieter machine than one with more. */
export const QUIET = 0.04;

/** A disturbance of one measurement, which takes some seconds, shows here although the whole run hides it. */
export const QUIET_MOMENT = 0.15;

/** The load by others over a run and in its worst window. Both null where the system does not tell. */
export type Load = { readonly mean: number | null; readonly worst: number | null };

/** Watches what other processes take while measurements run. */
export class LoadWatch {
  readonly #start = processorTime();
  #last = this.#start;
  #worst = 0;

  /** Ends a window and begins the next one. Windows under half a second are too coarse for the ticks and are joined to the next. */
  mark(): void {
    const now = processorTime();
    if (now === null || this.#last === null || now.wall - this.#last.wall < 0.5) return;
    this.#worst = Math.max(this.#worst, otherLoad(this.#last, now));
    this.#last = now;
  }

  load(): Load {
    this.mark();
    const now = processorTime();
    if (this.#start === null || now === null) return { mean: null, worst: null };
    return { mean: otherLoad(this.#start, now), worst: this.#worst };
  }
}

/** Why a load forbids a verdict, or null where it does not. */
export function disturbance({ mean, worst }: Load): string | null {
  if (mean === null || worst === null) return 'this system does not tell what other processes take';
  if (mean > QUIET) return `other processes took ${(100 * mean).toFixed(0)} % of a core during the run`;
  if (worst > QUIET_MOMENT) return `other processes took ${(100 * worst).toFixed(0)} % of a core during one measurement`;
  return null;
}
