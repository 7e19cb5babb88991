/** Settles as the promise does, unless one of the signals aborts before that: then rejects with its reason, and what the promise brings is dropped. */
export function unlessAborted<T>(promise: Promise<T>, signals: readonly AbortSignal[]): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      for (const signal of signals) signal.removeEventListener('abort', abort);
    };
    const abort = () => {
      leave();
      reject(signals.find(({ aborted }) => aborted)?.reason);
    };
    for (const signal of signals) signal.addEventListener('abort', abort);
    promise.then(resolve, reject).finally(leave);
    if (signals.some(({ aborted }) => aborted)) abort();
  });
}
