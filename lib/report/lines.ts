import { closeSync, openSync, readSync } from 'node:fs';

/** A line of a text file. */
export type TextLine = {
  readonly text: string;
  /** Counted from 1. */
  readonly number: number;
  /** Whether the line end was there. */
  readonly ended: boolean;
};

const PIECE = 1 << 16;
const LINE_FEED = 10;

/** Lines of bytes, read in pieces: a file may be larger than the longest string. */
function* rawLines(path: string): Generator<{ readonly bytes: Buffer; readonly ended: boolean }> {
  const file = openSync(path, 'r');
  try {
    let rest = Buffer.alloc(0);
    for (;;) {
      const piece = Buffer.alloc(PIECE);
      const size = readSync(file, piece);
      if (size === 0) break;
      const bytes = Buffer.concat([rest, piece.subarray(0, size)]);
      let start = 0;
      for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
        yield { bytes: bytes.subarray(start, end), ended: true };
        start = end + 1;
      }
      rest = bytes.subarray(start);
    }
    if (rest.length > 0) yield { bytes: rest, ended: false };
  } finally {
    closeSync(file);
  }
}

/** The lines of a UTF-8 file that hold more than white space, as they are read. */
export function* nonEmptyLines(path: string): Generator<TextLine> {
  let number = 0;
  for (const { bytes, ended } of rawLines(path)) {
    number++;
    const text = bytes.toString('utf8').trim();
    if (text !== '') yield { text, number, ended };
  }
}
