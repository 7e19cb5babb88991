import { createHash } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expected } from '../../base/errors.js';
import { diskError } from './disk-error.js';
import { PartialFile } from './partial-file.js';

/** A file that anyone may fetch, and how it can be told that it is the right one. */
export type PublicFile = {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256, 64 hexadecimal digits. */
  readonly sha256: string;
};

/** How far a download is. */
export type DownloadProgress = { readonly url: string; readonly received: number; readonly size: number };

/** What a download may be given. */
export type DownloadControl = {
  /** Stops the download; what has arrived is kept and continued next time. */
  readonly signal?: AbortSignal;
  /** Called as bytes arrive. */
  readonly onProgress?: (progress: DownloadProgress) => void;
};

/** How patient a download is. */
export type Patience = {
  /** Requests for one file before giving up. */
  readonly tries: number;
  /** Milliseconds before the second request, doubled before each further one. */
  readonly wait: number;
  /** Milliseconds without a byte after which a connection counts as dead. */
  readonly stall: number;
};

const PATIENCE: Patience = { tries: 5, wait: 500, stall: 30_000 };

/** Answers that may be better next time: timeout, too many requests, trouble of the server. */
const passing = (status: number) => status === 408 || status === 429 || status >= 500;

const RANGE_NOT_SATISFIABLE = 416;

/** Wrong in a way that another request may mend; `error` is what the user sees if none does. */
class Retry {
  readonly error: Error;

  constructor(error: Error) {
    this.error = error;
  }
}

/** Aborts when nothing has happened for some time, or with the user's signal. */
class Watch {
  readonly #stalled = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly signal: AbortSignal;

  constructor(milliseconds: number, signal: AbortSignal | undefined) {
    this.#timer = setTimeout(() => this.#stalled.abort(), milliseconds);
    this.signal = signal === undefined ? this.#stalled.signal : AbortSignal.any([signal, this.#stalled.signal]);
  }

  get stalled(): boolean {
    return this.#stalled.signal.aborted;
  }

  alive(): void {
    this.#timer.refresh();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** Where the bytes of an answer belong: after what there is, or at the beginning. Throws for answers without the file. */
async function place(url: string, response: Response, partial: PartialFile): Promise<void> {
  const { status } = response;
  const range = response.headers.get('content-range') ?? 'none';
  if (status === 206 && range.startsWith(`bytes ${partial.size}-`)) return;
  if (status === 200) return partial.clear(); // the server does not continue files
  await response.body?.cancel();
  if (status === 206) {
    await partial.clear();
    throw new Retry(expected(url, `the file from byte ${partial.size} on`, `content-range ${range}`));
  }
  const error = expected(url, 'the file', `HTTP status ${status}`, 'is the address right? Another one can be set as ADAMQLR_MIRROR');
  if (status === RANGE_NOT_SATISFIABLE) await partial.clear();
  throw status === RANGE_NOT_SATISFIABLE || passing(status) ? new Retry(error) : error;
}

/** One request: appends what arrives. */
async function request(url: string, file: PublicFile, partial: PartialFile, folder: string, stall: number, control: DownloadControl) {
  const watch = new Watch(stall, control.signal);
  const range = partial.size > 0 ? { range: `bytes=${partial.size}-` } : {};
  let writing = false;
  try {
    // Without 'identity' a server may compress what is compressed, and byte positions would be those of something else.
    const response = await fetch(url, { headers: { 'accept-encoding': 'identity', ...range }, signal: watch.signal });
    await place(url, response, partial);
    for await (const chunk of response.body ?? []) {
      watch.alive();
      if (partial.size + chunk.length > file.size) throw expected(url, `a file of ${file.size} bytes`, 'more');
      writing = true;
      await partial.append(chunk);
      writing = false;
      control.onProgress?.({ url, received: partial.size, size: file.size });
    }
  } catch (error) {
    control.signal?.throwIfAborted();
    if (writing) throw diskError(folder, error as NodeJS.ErrnoException, file.size);
    if (watch.stalled)
      throw new Retry(expected(url, 'data', `none for ${stall / 1000} seconds`, 'try again; the download will go on where it stopped'));
    const { cause } = error as { cause?: NodeJS.ErrnoException };
    // What fetch throws for connections has a cause; everything else is ours.
    if (cause === undefined) throw error;
    throw new Retry(
      expected(
        url,
        'a connection',
        cause.code ?? cause.message,
        'is there a network? Files can also be put in a folder and named as dataDir',
      ),
    );
  } finally {
    watch.end();
  }
  if (partial.size < file.size) throw new Retry(expected(url, `${file.size} bytes`, partial.size));
}

async function checksum(partial: PartialFile): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of partial.chunks()) hash.update(chunk);
  return hash.digest('hex');
}

/** Requests until all bytes are there and are the right ones. A wrong checksum is tried once more from the beginning. */
async function complete(url: string, file: PublicFile, partial: PartialFile, folder: string, patience: Patience, control: DownloadControl) {
  let wrong = 0;
  for (let attempt = 1; ; attempt++) {
    try {
      if (partial.size > file.size) await partial.clear();
      if (partial.size < file.size) await request(url, file, partial, folder, patience.stall, control);
      const sum = await checksum(partial);
      if (sum === file.sha256) return;
      await partial.clear();
      const error = expected(url, `SHA-256 ${file.sha256}`, sum, 'the file was changed or damaged on its way, and has been removed');
      throw ++wrong > 1 ? error : new Retry(error);
    } catch (error) {
      if (!(error instanceof Retry)) throw error;
      if (attempt >= patience.tries) throw error.error;
      await pause(patience.wait * 2 ** (attempt - 1), undefined, control.signal === undefined ? {} : { signal: control.signal }).catch(() =>
        control.signal?.throwIfAborted(),
      );
    }
  }
}

/**
 * Makes sure that a public file lies in a folder, and returns its path. What an earlier download left is continued (HTTP Range, RFC 9110
 * section 14); the file appears under its name only when its SHA-256 is right. Downloads of the same file at the same time, also by
 * several processes, do not disturb each other.
 * @throws TypeError, one sentence, where there is no network, the server refuses, the connection stalls, the checksum is wrong or the disk
 * is full; the signal's reason after an abort.
 */
export async function download(
  url: string,
  file: PublicFile,
  folder: string,
  control: DownloadControl = {},
  patience: Patience = PATIENCE,
): Promise<string> {
  const path = join(folder, file.name);
  if ((await stat(path).catch(() => null))?.size === file.size) return path;
  control.signal?.throwIfAborted();
  const partial = await mkdir(folder, { recursive: true })
    .then(() => PartialFile.open(folder, file.name))
    .catch((error: NodeJS.ErrnoException) => {
      throw diskError(folder, error, file.size);
    });
  try {
    await complete(url, file, partial, folder, patience, control);
  } catch (error) {
    await partial.release().catch(() => {}); // what went wrong first is what counts
    throw error;
  }
  await partial.finish().catch((error: NodeJS.ErrnoException) => {
    throw diskError(folder, error, file.size);
  });
  return path;
}
