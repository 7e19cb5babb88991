import { expected } from '../../base/errors.js';

/** What the header of an npy file tells about the bytes after it. */
export type NpyHeader = {
  /** Element type as numpy writes it, such as '<f4'. */
  readonly descr: string;
  readonly shape: readonly number[];
  /** Whether the first axis is the fast one. */
  readonly fortranOrder: boolean;
  /** Where the elements begin. */
  readonly start: number;
};

const MAGIC = Buffer.from('\x93NUMPY', 'latin1');

/** Bytes of the length field, by major version. */
const LENGTH_BYTES: Readonly<Record<number, number>> = { 1: 2, 2: 4, 3: 4 };

const LITERAL = {
  text: `'([^']*)'|"([^"]*)"`,
  flag: 'True|False',
  /** A tuple of whole numbers; numpy under Python 2 wrote long ones as '3L'. */
  tuple: String.raw`\(((?:\s*\d+L?\s*,)*\s*(?:\d+L?)?\s*)\)`,
};

const KEYS = `'descr', 'fortran_order' and 'shape'`;

/** The value of one key of a Python dictionary literal, with the groups of its pattern; null where the key or such a value is missing. */
function entryOf(text: string, key: string, pattern: string): RegExpExecArray | null {
  return new RegExp(`[{,]\\s*['"]${key}['"]\\s*:\\s*(?:${pattern})\\s*[,}]`).exec(text);
}

function hex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString('hex')}`;
}

/** Where the text of the header lies. */
function textBounds(who: string, bytes: Uint8Array): readonly [from: number, to: number] {
  const magic = bytes.subarray(0, MAGIC.length);
  const cut = bytes.length === 0 ? 'the file is empty' : 'it is cut off';
  if (MAGIC.compare(magic) !== 0) {
    const gotten = `${magic.length === 0 ? 'nothing' : hex(magic)}`;
    throw expected(
      `${who} byte 0`,
      `the magic string ${hex(MAGIC)} of an npy file`,
      gotten,
      bytes.length === 0 ? cut : 'is it an npy file?',
    );
  }
  if (bytes.length < 8) throw expected(`${who} byte 6`, 'the version of the format', 'the end', cut);
  const [major, minor] = [bytes[6]!, bytes[7]!];
  const lengthBytes = LENGTH_BYTES[major];
  if (lengthBytes === undefined || minor !== 0)
    throw expected(`${who} byte 6`, 'version 1.0, 2.0 or 3.0 of the npy format', `${major}.${minor}`);
  const from = 8 + lengthBytes;
  if (bytes.length < from) throw expected(`${who} byte 8`, `the length of the header in ${lengthBytes} bytes`, 'the end', cut);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = lengthBytes === 2 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (bytes.length < from + length) throw expected(`${who} byte ${from}`, `a header of ${length} bytes`, `${bytes.length - from}`, cut);
  return [from, from + length];
}

/** Reads the header of an npy file: magic string, version, length, and a Python dictionary as text. */
export function parseHeader(who: string, bytes: Uint8Array): NpyHeader {
  const [from, start] = textBounds(who, bytes);
  const text = Buffer.from(bytes.subarray(from, start))
    .toString(bytes[6] === 3 ? 'utf8' : 'latin1')
    .trim();
  const at = `${who} byte ${from}`;
  const wanted = `a header with ${KEYS}`;
  if (!/^\{.*\}$/s.test(text)) throw expected(at, wanted, `'${text.slice(0, 60)}'`, 'it is damaged');
  if (/[{,]\s*['"]descr['"]\s*:\s*\[/.test(text)) {
    throw expected(at, 'one element type', 'records with named fields', "save each field by itself: np.save(file, array['field'])");
  }
  const descr = entryOf(text, 'descr', LITERAL.text);
  const order = entryOf(text, 'fortran_order', `(${LITERAL.flag})`);
  const shape = entryOf(text, 'shape', LITERAL.tuple);
  if (descr === null || order === null || shape === null) throw expected(at, wanted, text, 'it is damaged');
  const lengths = shape[1]!.split(',').map((length) => length.trim());
  return {
    descr: (descr[1] ?? descr[2])!,
    shape: lengths.filter((length) => length !== '').map((length) => Number.parseInt(length, 10)),
    fortranOrder: order[1] === 'True',
    start,
  };
}
