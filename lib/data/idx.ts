import { expected } from '../base/errors.js';
import { sizeOf } from '../graph/shape.js';
import { fileChunks, inspectFile } from './file-chunks.js';

/** An array of unsigned bytes with its dimensions. */
export type Idx = { readonly data: Uint8Array; readonly shape: readonly number[] };

/** Element types of the format, third byte of the magic number. */
const TYPES: Readonly<Record<number, string>> = { 8: 'uint8', 9: 'int8', 11: 'int16', 12: 'int32', 13: 'float32', 14: 'float64' };
const UINT8 = 8;

const hex = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString('hex')}`;

/** Fills in `data` from chunks of a stream: first the header, which tells how much must follow. */
class IdxReader {
  private readonly file: string;
  private readonly rank: number;
  private readonly limit: number;
  private header = new Uint8Array(0);
  private data: Uint8Array | null = null;
  private shape: readonly number[] = [];
  private filled = 0;

  /** `limit`: the most bytes the file can hold. */
  constructor(file: string, rank: number, limit: number) {
    this.file = file;
    this.rank = rank;
    this.limit = limit;
  }

  private get headerBytes(): number {
    return 4 + 4 * this.rank;
  }

  push(chunk: Uint8Array): void {
    let rest = chunk;
    if (this.data === null) {
      const joined = Buffer.concat([this.header, chunk]);
      this.header = joined.subarray(0, this.headerBytes);
      this.checkMagic();
      if (joined.length < this.headerBytes) return;
      this.data = this.allocate();
      rest = joined.subarray(this.headerBytes);
    }
    if (this.filled + rest.length > this.data.length) {
      const end = this.headerBytes + this.data.length;
      throw expected(this.file, `the end after byte ${end}, as [${this.shape}] unsigned bytes need`, 'more data');
    }
    this.data.set(rest, this.filled);
    this.filled += rest.length;
  }

  private checkMagic(): void {
    const { header } = this;
    if (header.length < 4) return;
    const wanted = `bytes 0-3 to be the IDX magic number 0x00000${UINT8}0${this.rank} (unsigned bytes, ${this.rank} dimensions)`;
    const type = TYPES[header[2]!];
    if (header[0] !== 0 || header[1] !== 0 || type === undefined) {
      throw expected(this.file, wanted, hex(header.subarray(0, 4)), 'is it an IDX file?');
    }
    if (header[2] !== UINT8) throw expected(this.file, wanted, `${hex(header.subarray(0, 4))} (${type})`, 'only unsigned bytes are read');
    if (header[3] !== this.rank) throw expected(this.file, wanted, `${hex(header.subarray(0, 4))} (${header[3]} dimensions)`);
  }

  private allocate(): Uint8Array {
    const view = new DataView(this.header.buffer, this.header.byteOffset, this.header.length);
    this.shape = Array.from({ length: this.rank }, (_, axis) => view.getUint32(4 + 4 * axis));
    const size = sizeOf(this.shape);
    if (size === 0) {
      const axis = this.shape.indexOf(0);
      throw expected(
        this.file,
        `a length above 0 in bytes ${4 + 4 * axis}-${7 + 4 * axis}`,
        `0 (dimensions [${this.shape}])`,
        'the file is empty',
      );
    }
    if (this.headerBytes + size > this.limit) {
      throw expected(
        this.file,
        `${size} bytes from byte ${this.headerBytes} on for dimensions [${this.shape}]`,
        'a shorter file',
        'it is cut off or its header is wrong',
      );
    }
    return new Uint8Array(size);
  }

  finish(): Idx {
    if (this.data === null) {
      throw expected(
        this.file,
        `an IDX header of ${this.headerBytes} bytes`,
        `${this.header.length} bytes`,
        this.header.length === 0 ? 'the file is empty' : 'it is cut off',
      );
    }
    if (this.filled < this.data.length) {
      const got = `the end at byte ${this.headerBytes + this.filled}`;
      throw expected(
        this.file,
        `${this.data.length} bytes from byte ${this.headerBytes} on for dimensions [${this.shape}]`,
        got,
        'it is cut off',
      );
    }
    return { data: this.data, shape: this.shape };
  }
}

/**
 * Reads an IDX file of unsigned bytes with `rank` dimensions, gzipped or not (told by its first two bytes, not by its name).
 * Streams, so that memory holds the array and one chunk.
 * @throws one sentence that names the file, the byte and what was expected there, for a file that is missing, empty, cut off, too long,
 * corrupt, of another element type or of another rank. Bytes of a gzipped file are counted after decompression.
 */
export async function readIdx(path: string, rank: number): Promise<Idx> {
  const { limit } = await inspectFile(path, 'IDX file');
  const reader = new IdxReader(path, rank, limit);
  for await (const chunk of fileChunks(path, 'IDX file')) reader.push(chunk);
  return reader.finish();
}
