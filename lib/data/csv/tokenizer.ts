import { expected } from '../../base/errors.js';

const QUOTE = 0x22,
  LF = 0x0a,
  CR = 0x0d;

/** Most characters of one record; more are almost certainly a quote that nobody closed. */
export const LONGEST_RECORD = 2 ** 24;

/** One record: where its fields lie in a text. The tokenizer uses it again for the next one. */
export class CsvRecord {
  text = '';
  /** The line it starts in; the first line of a file is 1. */
  line = 1;
  /** What separates the fields. */
  separator = ',';
  /** Number of fields. */
  count = 0;
  starts = new Int32Array(64);
  ends = new Int32Array(64);
  /** 1 for fields in which quotes are written twice. */
  escaped = new Uint8Array(64);

  add(start: number, end: number, escaped: boolean): void {
    if (this.count === this.starts.length) this.#grow();
    this.starts[this.count] = start;
    this.ends[this.count] = end;
    this.escaped[this.count++] = Number(escaped);
  }

  /** A field as a text, as it is, spaces included. */
  field(at: number): string {
    const text = this.text.slice(this.starts[at], this.ends[at]);
    return this.escaped[at] ? text.replaceAll('""', '"') : text;
  }

  /** All fields as texts. */
  fields(): string[] {
    return Array.from({ length: this.count }, (_, at) => this.field(at));
  }

  #grow(): void {
    const { starts, ends, escaped } = this;
    this.starts = new Int32Array(2 * starts.length);
    this.ends = new Int32Array(2 * ends.length);
    this.escaped = new Uint8Array(2 * escaped.length);
    this.starts.set(starts);
    this.ends.set(ends);
    this.escaped.set(escaped);
  }
}

/** Receives a record, which is valid during the call. */
export type OnRecord = (record: CsvRecord) => void;

/**
 * Records of comma-separated text as RFC 4180 has them, from pieces of any size: fields in double quotes may hold separators, line breaks
 * and quotes written twice. Lines end with LF, CRLF or CR; blank lines are skipped. Fields are told by their places, so that only those
 * that are wanted become texts. Memory holds a piece and one record.
 */
export class CsvTokenizer {
  readonly #file: string;
  readonly #separator: number;
  readonly #onRecord: OnRecord;
  readonly #record = new CsvRecord();
  /** The beginning of a record whose end has not come yet. */
  #rest = '';
  #afterReturn = false;
  #line = 1;
  /** Line breaks inside the record that is being read. */
  #breaks = 0;
  #escaped = false;

  /** `separator`: one character; `file` is named in errors. */
  constructor(file: string, separator: string, onRecord: OnRecord) {
    this.#file = file;
    this.#separator = separator.charCodeAt(0);
    this.#record.separator = separator;
    this.#onRecord = onRecord;
  }

  /** The line that the text to come next begins in. */
  get line(): number {
    return this.#line + (this.#rest.match(/\r\n|\r|\n/g)?.length ?? 0);
  }

  /** Reads on. Throws for text that is not of the format. */
  push(text: string): void {
    this.#read(this.#rest === '' ? text : this.#rest + text, false);
    if (this.#rest.length > LONGEST_RECORD) {
      throw expected(
        `${this.#file} line ${this.#line}`,
        `a record of at most ${LONGEST_RECORD} characters`,
        'more',
        'is a quote left open?',
      );
    }
  }

  /** The end of the text. Throws inside a quoted field. */
  finish(): void {
    this.#read(this.#rest, true);
  }

  #read(text: string, final: boolean): void {
    let at = 0;
    while (at < text.length) {
      const code = text.charCodeAt(at);
      const next = code === LF || code === CR ? this.#endLine(code, at) : this.#readRecord(text, at, final);
      if (next < 0) break;
      at = next;
    }
    this.#rest = at === 0 ? text : text.slice(at);
  }

  /** Counts the line that ends at `at`; the LF of a CRLF ends none. */
  #endLine(code: number, at: number): number {
    if (code === CR || !this.#afterReturn) this.#line++;
    this.#afterReturn = code === CR;
    return at + 1;
  }

  /** Reads the record that starts at `start` and returns where it ends, or -1 if its end has not come yet. */
  #readRecord(text: string, start: number, final: boolean): number {
    const record = this.#record,
      separator = this.#separator,
      { length } = text;
    record.count = 0;
    this.#breaks = 0;
    let at = start;
    for (;;) {
      if (at < length && text.charCodeAt(at) === QUOTE) {
        const end = this.#closing(text, at + 1, final);
        if (end < 0) return -1;
        record.add(at + 1, end, this.#escaped);
        at = end + 1;
      } else {
        const from = at;
        at = this.#bareEnd(text, at, separator);
        record.add(from, at, false);
      }
      if (at === length) {
        if (!final) return -1;
        this.#emit(text);
        return at;
      }
      const code = text.charCodeAt(at);
      if (code === LF || code === CR) {
        this.#emit(text);
        this.#afterReturn = false;
        return this.#endLine(code, at);
      }
      if (code !== separator) {
        throw expected(this.#here(), 'a separator or the end of the line after a closing quote', `'${text[at]}'`);
      }
      at++;
    }
  }

  #emit(text: string): void {
    const record = this.#record;
    record.text = text;
    record.line = this.#line;
    this.#onRecord(record);
    this.#line += this.#breaks;
  }

  /** Where a field without quotes ends. */
  #bareEnd(text: string, from: number, separator: number): number {
    const { length } = text;
    const last = Math.max(separator, QUOTE);
    for (let at = from; at < length; at++) {
      const code = text.charCodeAt(at);
      if (code > last) continue; // letters, and digits too where commas separate: one comparison for most characters
      if (code === separator || code === LF || code === CR) return at;
      if (code === QUOTE) {
        const hint = 'put the whole field in quotes and write quotes inside it twice';
        throw expected(this.#here(), 'quotes only around a whole field', `one after '${text.slice(from, at)}'`, hint);
      }
    }
    return length;
  }

  /** Where the quote is that closes the field which starts at `from`, or -1 if it has not come yet; counts the lines on the way. */
  #closing(text: string, from: number, final: boolean): number {
    const { length } = text;
    const line = this.#line + this.#breaks;
    this.#escaped = false;
    for (let at = from; at < length; at++) {
      const code = text.charCodeAt(at);
      if (code === CR || (code === LF && text.charCodeAt(at - 1) !== CR)) this.#breaks++;
      else if (code === QUOTE) {
        if (at + 1 === length) return final ? at : -1;
        if (text.charCodeAt(at + 1) !== QUOTE) return at;
        this.#escaped = true;
        at++;
      }
    }
    if (final) throw expected(`${this.#file} line ${line}`, 'a closing quote for the field that opens here', 'the end of the file');
    return -1;
  }

  #here(): string {
    return `${this.#file} line ${this.#line + this.#breaks}`;
  }
}
