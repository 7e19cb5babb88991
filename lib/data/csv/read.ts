import { isAscii } from 'node:buffer';
import { expected } from '../../base/errors.js';
import { fileChunks, inspectFile } from '../file-chunks.js';
import { CsvTokenizer, LONGEST_RECORD, type OnRecord } from './tokenizer.js';

const SEPARATORS = [',', ';', '\t'];
const LF = 0x0a,
  CR = 0x0d;

/** The separator that the first line has most of outside quotes; a comma where it has none. */
export function separatorOf(text: string): string {
  const line = /^(?:"(?:[^"]|"")*"|[^"\r\n])*/.exec(text)![0].replaceAll(/"(?:[^"]|"")*"/g, '');
  const count = (separator: string) => line.split(separator).length;
  return SEPARATORS.reduce((best, separator) => (count(separator) > count(best) ? separator : best));
}

/**
 * Bytes in pieces that end with a line, but for the last: no character is cut in two, and the tokenizer mostly gets whole records, in texts
 * that are not put together from two, whose characters would be slower to reach.
 */
async function* wholeLines(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  let held: Uint8Array[] = [],
    bytes = 0;
  for await (const chunk of fileChunks(path, 'CSV file')) {
    const end = Math.max(chunk.lastIndexOf(LF), chunk.lastIndexOf(CR)) + 1;
    held.push(chunk.subarray(0, end || chunk.length));
    bytes += chunk.length;
    if (bytes > LONGEST_RECORD && end === 0) throw expected(path, `lines of at most ${LONGEST_RECORD} bytes`, 'a longer one');
    if (end === 0) continue;
    yield held.length === 1 ? held[0]! : Buffer.concat(held);
    held = end === chunk.length ? [] : [chunk.subarray(end)];
    bytes = chunk.length - end;
  }
  if (held.length > 0) yield Buffer.concat(held);
}

/** Decodes UTF-8; texts of ASCII, the usual case, take one byte per character. */
function decoded(decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array): string {
  if (!isAscii(bytes)) return decoder.decode(bytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

/** The error for bytes that are not UTF-8; the first of them begin in line `first`. */
async function otherBytes(path: string, bytes: Uint8Array, first: number): Promise<TypeError> {
  if (/\.gz$/i.test(path) && !(await inspectFile(path, 'CSV file')).gzipped) {
    return expected(path, 'gzip data, as the name of the file says', 'other bytes', 'is it damaged, or of another format?');
  }
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = first,
    start = 0;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== LF && (bytes[at] !== CR || bytes[at + 1] === LF)) continue;
    try {
      decoder.decode(bytes.subarray(start, at + 1));
    } catch {
      break;
    }
    start = at + 1;
    line++;
  }
  return expected(path, 'text in UTF-8', `other bytes in line ${line}`, 'save the file as UTF-8');
}

/**
 * Streams the records of a CSV file in UTF-8, with or without a byte order mark, gzipped or not; fields are separated by commas, semicolons
 * or tabs, whichever the first line has most of. Yields after every piece of the file, when `onRecord` has seen its records. Memory holds
 * one piece and one record.
 * @throws one sentence with file and line for a file that cannot be read, other encodings and malformed quotes; `onRecord` may throw too.
 */
export async function* readCsv(path: string, onRecord: OnRecord): AsyncGenerator<void, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let tokenizer: CsvTokenizer | null = null;
  for await (const bytes of wholeLines(path)) {
    let text: string;
    try {
      text = decoded(decoder, bytes);
    } catch {
      throw await otherBytes(path, bytes, tokenizer?.line ?? 1);
    }
    if (tokenizer === null) {
      if (text.startsWith('\ufeff')) text = text.slice(1);
      tokenizer = new CsvTokenizer(path, separatorOf(text), onRecord);
    }
    tokenizer.push(text);
    yield;
  }
  tokenizer?.finish();
  yield;
}
