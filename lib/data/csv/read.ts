import { createReadStream } from 'node:fs';
import { expected } from '../../base/errors.js';
import { CsvTokenizer, type OnRecord } from './tokenizer.js';

const SEPARATORS = [',', ';', '\t'];

/** The separator that the first line has most of outside quotes; a comma where it has none. */
export function separatorOf(text: string): string {
  const line = /^(?:"(?:[^"]|"")*"|[^"\r\n])*/.exec(text)![0].replaceAll(/"(?:[^"]|"")*"/g, '');
  const count = (separator: string) => line.split(separator).length;
  return SEPARATORS.reduce((best, separator) => (count(separator) > count(best) ? separator : best));
}

/**
 * Streams the records of a CSV file in UTF-8, with or without a byte order mark; fields are separated by commas, semicolons or tabs,
 * whichever the first line has most of. Memory holds one chunk and one record.
 * @throws one sentence with file and line for a file that cannot be read, other encodings and malformed quotes; `onRecord` may throw too.
 */
export async function readCsv(path: string, onRecord: OnRecord): Promise<void> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let tokenizer: CsvTokenizer | null = null;
  const decode = (chunk?: Uint8Array) => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch {
      throw expected(path, 'text in UTF-8', `other bytes after line ${tokenizer?.line ?? 1}`, 'save the file as UTF-8');
    }
  };
  const take = (text: string) => {
    tokenizer ??= new CsvTokenizer(path, separatorOf(text), onRecord);
    tokenizer.push(text);
  };
  try {
    for await (const chunk of createReadStream(path)) take(decode(chunk as Uint8Array));
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    throw expected(path, 'a readable CSV file', code);
  }
  take(decode());
  (tokenizer as CsvTokenizer | null)?.finish();
}
