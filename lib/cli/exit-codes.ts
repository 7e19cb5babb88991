/** Exit status of a command line that cannot be understood. */
export const MISUSED = 2;

/** Exit status of what was interrupted: 128 + SIGINT, as shells have it. */
export const INTERRUPTED = 130;
