/** Exit status of a command line that cannot be understood. */
export const MISUSED = 2;

/** Signals that ask a process to end, and the exit status of what was ended by them: 128 + number of the signal, as shells have it. */
export const ENDINGS = { SIGINT: 130, SIGTERM: 143 } as const;

/** A signal that asks a process to end. */
export type Ending = keyof typeof ENDINGS;
