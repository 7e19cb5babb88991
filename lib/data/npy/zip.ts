import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import { expected } from '../../base/errors.js';

/** One file of an archive. */
export type ZipEntry = {
  readonly name: string;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Where its local header begins in the archive. */
  readonly offset: number;
};

const inflate = promisify(inflateRaw);

/** Records of the format (PKWARE APPNOTE 6.3), with the length of their fixed part. */
const END = { signature: 0x06054b50, length: 22 };
const CENTRAL = { signature: 0x02014b50, length: 46 };
const LOCAL = { signature: 0x04034b50, length: 30 };
const LONGEST_COMMENT = 0xffff;
const ENCRYPTED = 1;
const UTF8 = 0x800;
const METHODS: readonly number[] = [0, 8];

/** What 32-bit and 16-bit fields hold where the real number is in a zip64 record. */
const ELSEWHERE = { long: 0xffffffff, short: 0xffff };

const DAMAGED = 'it is damaged; fetch it again';

async function readAt(file: FileHandle, path: string, from: number, length: number): Promise<DataView<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  const { bytesRead } = await file.read(bytes, 0, length, from);
  if (bytesRead < length) throw expected(`${path} byte ${from}`, `${length} bytes of a zip archive`, `${bytesRead}`, 'it is cut off');
  return new DataView(bytes.buffer);
}

function refuseZip64(path: string): TypeError {
  return expected(path, 'a zip archive without zip64 records', 'one with them', 'save large arrays as npy files');
}

/** Number of entries, and where their directory lies. */
async function findDirectory(file: FileHandle, path: string) {
  const { size } = await file.stat();
  const from = Math.max(0, size - END.length - LONGEST_COMMENT);
  const tail = await readAt(file, path, from, size - from);
  let at = tail.byteLength - END.length;
  const fits = () => tail.getUint32(at, true) === END.signature && at + END.length + tail.getUint16(at + 20, true) === tail.byteLength;
  while (at >= 0 && !fits()) at--;
  if (at < 0) {
    const starts = size >= 4 && (await readAt(file, path, 0, 4)).getUint32(0, true) === LOCAL.signature;
    const hint = size === 0 ? 'the file is empty' : starts ? 'it is cut off' : 'is it an npz file?';
    throw expected(path, 'a zip archive with its directory at the end', 'none', hint);
  }
  const count = tail.getUint16(at + 10, true),
    length = tail.getUint32(at + 12, true),
    offset = tail.getUint32(at + 16, true);
  if (count === ELSEWHERE.short || length === ELSEWHERE.long || offset === ELSEWHERE.long) throw refuseZip64(path);
  if (offset + length > from + at)
    throw expected(`${path} byte ${from + at + 12}`, 'a directory before its end record', `${length} bytes at ${offset}`, DAMAGED);
  return { count, length, offset };
}

/** The files of an archive, in the order of its directory. */
async function listEntries(file: FileHandle, path: string): Promise<ZipEntry[]> {
  const { count, length, offset: start } = await findDirectory(file, path);
  const view = await readAt(file, path, start, length);
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let entry = 0; entry < count; entry++) {
    const whole = at + CENTRAL.length <= length && view.getUint32(at, true) === CENTRAL.signature;
    const end = whole
      ? at + CENTRAL.length + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
      : 0;
    if (!whole || end > length)
      throw expected(`${path} byte ${start + at}`, `entry ${entry + 1} of ${count} of the directory`, 'other bytes', DAMAGED);
    const flags = view.getUint16(at + 8, true);
    const nameBytes = Buffer.from(view.buffer, at + CENTRAL.length, view.getUint16(at + 28, true));
    const name = nameBytes.toString((flags & UTF8) === 0 ? 'latin1' : 'utf8');
    const [method, compressedSize, size] = [view.getUint16(at + 10, true), view.getUint32(at + 20, true), view.getUint32(at + 24, true)];
    const offset = view.getUint32(at + 42, true);
    const who = `${path} (${name})`;
    if ([compressedSize, size, offset].includes(ELSEWHERE.long)) throw refuseZip64(who);
    if ((flags & ENCRYPTED) !== 0) throw expected(who, 'an entry without a password', 'an encrypted one');
    if (!METHODS.includes(method)) throw expected(who, 'an entry that is stored or deflated (method 0 or 8)', `method ${method}`);
    entries.push({ name, method, crc: view.getUint32(at + 16, true), compressedSize, size, offset });
    at = end;
  }
  return entries;
}

/** The bytes of one file of an archive, checked against their length and CRC-32. */
async function readEntry(file: FileHandle, path: string, entry: ZipEntry): Promise<Uint8Array<ArrayBuffer>> {
  const { name, method, crc, compressedSize, size, offset } = entry;
  const who = `${path} (${name})`;
  const header = await readAt(file, who, offset, LOCAL.length);
  if (header.getUint32(0, true) !== LOCAL.signature)
    throw expected(`${who} byte ${offset}`, 'the header of the entry', 'other bytes', DAMAGED);
  // Name and extra field may differ in length from the directory's.
  const start = offset + LOCAL.length + header.getUint16(26, true) + header.getUint16(28, true);
  const stored = await readAt(file, who, start, compressedSize);
  let bytes = new Uint8Array(stored.buffer);
  if (method !== 0) {
    bytes = (await inflate(bytes, { maxOutputLength: size + 1 }).catch((error: Error) => {
      throw expected(`${who} byte ${start}`, `deflated data of ${size} bytes`, error.message, DAMAGED);
    })) as Uint8Array<ArrayBuffer>;
  }
  if (bytes.length !== size) throw expected(who, `${size} bytes`, bytes.length, DAMAGED);
  const sum = crc32(bytes);
  if (sum !== crc) throw expected(who, `CRC-32 ${crc.toString(16)}`, sum.toString(16), DAMAGED);
  return bytes;
}

/**
 * Reads every file of a zip archive, one after the other; checks lengths and CRC-32. Zip libraries for memory (fflate) neither check nor tell
 * the CRC-32 of the directory, which would have to be read here anyway, and want the whole archive at once.
 * @throws TypeError, one sentence, for a file that is missing, cut off, damaged, encrypted, zip64 or compressed in another way than deflate.
 */
export async function* readZip(path: string): AsyncGenerator<{ readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw expected(path, 'a readable zip archive', error.code ?? error.message);
  });
  try {
    if (!(await file.stat()).isFile()) throw expected(path, 'a readable zip archive', 'something that is not a file');
    for (const entry of await listEntries(file, path)) yield { name: entry.name, bytes: await readEntry(file, path, entry) };
  } finally {
    await file.close();
  }
}
