import { expected } from '../base/errors.js';
import { isRecord, PlainReader, showUnknown } from '../base/plain-data.js';
import { allocate, BYTES, type DType, type TypedArray } from '../graph/dtype.js';
import { sizeOf } from '../graph/shape.js';
import { duplicateName } from './duplicate-name.js';

/** A named array as a file holds it: row by row, bools as 0/1 bytes. */
export type Tensor = { readonly dtype: DType; readonly shape: readonly number[]; readonly data: TypedArray };

/** Where a tensor lies, in bytes from the end of the header. */
export type Place = {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
};

/** What a header says. */
export type Header = { readonly places: readonly Place[]; readonly metadata: Readonly<Record<string, string>> };

/** Bytes of the header's length, which the file begins with. */
export const PREFIX = 8;

/** Most bytes of a header, as in the format's own implementation. */
export const MOST_HEADER = 100_000_000;

/** The format's names of our dtypes. */
const NAMES = { float32: 'F32', float64: 'F64', int32: 'I32', uint8: 'U8', bool: 'BOOL' } as const satisfies Record<DType, string>;

const METADATA = '__metadata__';

/** Tensors one after the other, the widest elements first, so that every element is aligned; then by name. */
function placesOf(tensors: ReadonlyMap<string, Tensor>): Place[] {
  const order = [...tensors].sort(([a, { dtype: da }], [b, { dtype: db }]) => BYTES[db] - BYTES[da] || (a < b ? -1 : 1));
  let begin = 0;
  return order.map(([name, { dtype, shape }]) => {
    const end = begin + sizeOf(shape) * BYTES[dtype];
    const place = { name, dtype, shape, begin, end };
    begin = end;
    return place;
  });
}

function checkTensors(who: string, tensors: ReadonlyMap<string, Tensor>): void {
  for (const [name, { dtype, shape, data }] of tensors) {
    if (data.constructor !== allocate(dtype, 0).constructor)
      throw expected(who, `'${name}' in the typed array of ${dtype}`, data.constructor.name);
    if (name === METADATA) throw expected(who, `tensors not named '${METADATA}'`, `'${name}'`);
    if (sizeOf(shape) !== data.length) throw expected(who, `${sizeOf(shape)} values of '${name}' for its shape [${shape}]`, data.length);
  }
}

/** The bytes before the data, padded with spaces to a multiple of 8, and the tensors in the order of their data. */
export function writeHeader(
  who: string,
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>>,
): { readonly bytes: Uint8Array; readonly places: readonly Place[] } {
  checkTensors(who, tensors);
  const places = placesOf(tensors);
  const entries = places.map(({ name, dtype, shape, begin, end }) => [name, { dtype: NAMES[dtype], shape, data_offsets: [begin, end] }]);
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries([[METADATA, metadata], ...entries])));
  const length = Math.ceil(json.length / 8) * 8;
  if (length > MOST_HEADER) throw expected(who, `a header of at most ${MOST_HEADER} bytes`, length);
  const bytes = new Uint8Array(PREFIX + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, PREFIX);
  return { bytes, places };
}

/** The length of the header from the first 8 bytes, checked against the size of the file. */
export function headerLength(file: string, prefix: Uint8Array, fileSize: number): number {
  const where = `${file} byte 0`;
  if (prefix.length < PREFIX) throw expected(where, `${PREFIX} bytes with the length of the header`, `a file of ${fileSize}`);
  const length = new DataView(prefix.buffer, prefix.byteOffset, PREFIX).getBigUint64(0, true);
  const hint = 'is it a safetensors file?';
  if (length > MOST_HEADER) throw expected(where, `a header of at most ${MOST_HEADER} bytes`, length, hint);
  if (PREFIX + Number(length) > fileSize) throw expected(where, `a header inside the file of ${fileSize} bytes`, `one of ${length}`, hint);
  return Number(length);
}

function parseJson(where: string, bytes: Uint8Array): unknown {
  if (bytes[0] !== 0x7b) throw expected(where, 'a header that begins with {', bytes.length === 0 ? 'an empty one' : `byte ${bytes[0]}`);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw expected(where, 'a header in UTF-8', 'other bytes');
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw expected(where, 'a header in JSON', showUnknown(text));
  }
  const twice = duplicateName(text);
  if (twice !== null) throw expected(where, 'every name of the header once', `'${twice}' twice`);
  return json;
}

function placeOf(where: string, name: string, entry: unknown): Place {
  const reader = new PlainReader(where, entry, `'${name}'`);
  const { dtype: code, shape: dims, data_offsets: offsets } = reader.fields(['dtype', 'shape', 'data_offsets']);
  const known = code.oneOf(Object.values(NAMES));
  const dtype = (Object.keys(NAMES) as DType[]).find((own) => NAMES[own] === known)!;
  const shape = dims.list().map((d) => d.integer(0));
  const ends = offsets.list().map((offset) => offset.integer(0));
  const [begin, end] = ends;
  if (begin === undefined || end === undefined || ends.length !== 2) throw offsets.error('a begin and an end');
  const wanted = sizeOf(shape) * BYTES[dtype];
  if (end - begin !== wanted) throw offsets.error(`${wanted} bytes apart for ${known}[${shape}]`, `${begin} and ${end}`);
  return { name, dtype, shape, begin, end };
}

function metadataOf(where: string, value: unknown): Record<string, string> {
  if (value === undefined) return {};
  if (!isRecord(value)) throw expected(where, `${METADATA} to be an object`, showUnknown(value));
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw expected(where, `${METADATA} '${name}' to be a text`, showUnknown(text));
  }
  return { ...value } as Record<string, string>;
}

/** Data must be covered by tensors without holes and without overlaps, from the end of the header to the end of the file. */
function checkCover(file: string, places: readonly Place[], dataStart: number, dataLength: number): void {
  let at = 0;
  for (const { name, begin, end } of places) {
    const where = `${file} byte ${dataStart + at}`;
    if (begin > at) throw expected(where, 'a tensor', `a hole of ${begin - at} bytes before '${name}'`);
    if (begin < at) throw expected(where, `'${name}' after the tensor before it`, `${at - begin} bytes of both`);
    if (end > dataLength)
      throw expected(
        `${file} byte ${dataStart + dataLength}`,
        `${end - dataLength} more bytes of '${name}'`,
        'the end of the file',
        'is it whole?',
      );
    at = end;
  }
  if (at < dataLength) throw expected(`${file} byte ${dataStart + at}`, 'the end of the file', `${dataLength - at} more bytes`);
}

/** Reads a header: `bytes` are those after the length, `fileSize` is that of the whole file. Throws TypeError that names file and byte. */
export function readHeader(file: string, bytes: Uint8Array, fileSize: number): Header {
  const where = `${file} byte ${PREFIX}`;
  const json = parseJson(where, bytes) as Readonly<Record<string, unknown>>;
  const places = Object.entries(json)
    .filter(([name]) => name !== METADATA)
    .map(([name, entry]) => placeOf(where, name, entry))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  const dataStart = PREFIX + bytes.length;
  checkCover(file, places, dataStart, fileSize - dataStart);
  return { places, metadata: metadataOf(where, Object.hasOwn(json, METADATA) ? json[METADATA] : undefined) };
}
