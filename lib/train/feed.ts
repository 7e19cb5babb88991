import { outOfRange } from '../base/errors.js';
import type { Dataset } from '../data/dataset.js';
import type { StreamedDataset } from '../data/stream.js';
import { allocate, BYTES, type DType } from '../graph/dtype.js';
import { sizeOf } from '../graph/shape.js';
import type { Session } from '../runtime/session.js';
import type { ExampleData, Examples } from './examples.js';
import { unlessAborted } from './unless-aborted.js';

/** Bytes of a chunk unless told otherwise: large enough to shuffle well and to hide the reading behind the training. */
const CHUNK_BYTES = 32 * 2 ** 20;

type Check = (piece: Dataset, first: number) => void;

/** Examples of a chunk of a stream, of about 32 MiB: a multiple of `multiple` unless the stream has fewer. @default multiple 1 */
export function chunkSize({ count, features, targets }: StreamedDataset, multiple = 1): number {
  const bytes = ({ shape, dtype }: { shape: readonly number[]; dtype: DType }) => sizeOf(shape) * BYTES[dtype];
  const fitting = Math.floor(CHUNK_BYTES / (bytes(features) + bytes(targets)) / multiple);
  return Math.min(count, multiple * Math.max(1, fitting));
}

/**
 * One pass over a stream in chunks of `size` examples, the last one smaller; `check` sees every piece first. Each chunk is valid until the
 * next one is asked for. The last chunk comes after the end of the stream, so that a stream with something wrong there does not pass.
 */
export async function* cut(source: StreamedDataset, size: number, check: Check): AsyncGenerator<ExampleData, void, undefined> {
  const { count, features, targets, weighted = false } = source;
  const widths = [sizeOf(features.shape), sizeOf(targets.shape), 1];
  const buffers = [
    allocate(features.dtype, size * widths[0]!),
    allocate(targets.dtype, size * widths[1]!),
    new Float64Array(weighted ? size : 0),
  ];
  const chunk = (examples: number): ExampleData => {
    const [features, targets, weights] = buffers.map((buffer, i) => buffer.subarray(0, examples * widths[i]!));
    return { features: features!, targets: targets!, weights: weighted ? (weights as Float64Array) : null };
  };
  let filled = 0,
    seen = 0;
  for await (const piece of source.open()) {
    check(piece, seen);
    seen += piece.count;
    const sources = [piece.features.data, piece.targets.data, ...(weighted ? [piece.weights!] : [])];
    for (let from = 0; from < piece.count; ) {
      const taken = Math.min(size - filled, piece.count - from);
      for (const [i, source] of sources.entries()) {
        const width = widths[i]!;
        buffers[i]!.set(source.subarray(from * width, (from + taken) * width), filled * width);
      }
      from += taken;
      filled += taken;
      if (filled === size && (seen < count || from < piece.count)) {
        yield chunk(size);
        filled = 0;
      }
    }
  }
  if (filled > 0) yield chunk(filled);
}

/**
 * Hands a stream to a session chunk by chunk. While native code works on a chunk in its slots, the next one is read into a buffer: the two
 * are a ring, and what takes longer decides the speed.
 */
export class Feed {
  readonly #open: () => AsyncGenerator<ExampleData, void, undefined>;
  readonly #examples: Examples;
  readonly #count: number;
  readonly #size: number;
  #pass: AsyncGenerator<ExampleData, void, undefined> | null = null;
  #ahead: Promise<IteratorResult<ExampleData, void>> | null = null;
  /** The chunk in the slots. */
  #loaded: number | null = null;
  /** The chunk of the pass that is read next. */
  #next = 0;
  readonly #closing = new AbortController();

  /** `size`: examples of a chunk. */
  constructor(source: StreamedDataset, size: number, examples: Examples, check: Check) {
    this.#open = () => cut(source, size, check);
    this.#size = size;
    this.#examples = examples;
    this.#count = source.count;
  }

  /** Chunks of a pass. */
  get chunks(): number {
    return Math.ceil(this.#count / this.#size);
  }

  /** Examples of a chunk. */
  countOf(chunk: number): number {
    return Math.min(this.#size, this.#count - chunk * this.#size);
  }

  /**
   * Has chunk `index` of a pass in the session's slots, and begins to read chunk `then` of this pass or the next. Nothing happens where it is
   * there already. Rejects with what the stream throws; with the signal's reason when it aborts, and when the feed is closed, without waiting
   * for the piece that is being read.
   */
  async load(session: Session, index: number, then: number | null, signal: AbortSignal | null = null): Promise<void> {
    if (index === this.#loaded) return;
    const signals = [this.#closing.signal, ...(signal === null ? [] : [signal])];
    if (this.#pass === null || index < this.#next) this.#begin();
    while (this.#next < index) await this.#take(signals);
    this.#examples.writeData(session, await this.#take(signals));
    this.#loaded = index;
    if (then === null) return this.#leave();
    if (then < this.#next) this.#begin();
    this.#ahead = this.#pass!.next();
    this.#ahead.catch(() => {}); // told when the chunk is wanted
  }

  /** Ends the use of the stream: its file is closed as soon as the piece that is being read has come. */
  close(): void {
    this.#closing.abort();
    this.#leave();
  }

  #leave(): void {
    void this.#pass?.return().catch(() => {});
    this.#pass = null;
    this.#ahead = null;
  }

  #begin(): void {
    this.#leave();
    this.#pass = this.#open();
    this.#next = 0;
  }

  async #take(signals: readonly AbortSignal[]): Promise<ExampleData> {
    const result = await unlessAborted(this.#ahead ?? this.#pass!.next(), signals);
    this.#ahead = null;
    if (result.done === true) throw outOfRange('stream', `a pass of ${this.#count} examples`, 'fewer');
    this.#next++;
    return result.value;
  }
}
