import * as zlib from 'node:zlib';
import type { CompressionCodec, Compressors } from 'hyparquet';

type Zstd = (input: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;

/** Node has zstd from 22.15 on. */
const zstd = (zlib as { readonly zstdDecompressSync?: Zstd }).zstdDecompressSync;

/** Decompression of pages beside snappy, which the reader has itself. No page grows beyond the length that its header tells. */
export const DECOMPRESSORS: Compressors = {
  GZIP: (input, length) => zlib.gunzipSync(input, { maxOutputLength: Math.max(1, length) }),
  BROTLI: (input, length) => zlib.brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
  ...(zstd !== undefined && { ZSTD: (input: Uint8Array, length: number) => zstd(input, { maxOutputLength: Math.max(1, length) }) }),
};

/** The compressions that can be read. */
export const CODECS: readonly CompressionCodec[] = ['UNCOMPRESSED', 'SNAPPY', ...(Object.keys(DECOMPRESSORS) as CompressionCodec[])];
