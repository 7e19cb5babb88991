import { expected } from '../../base/errors.js';

const QUOTE = 0x22,
  LF = 0x0a,
  CR = 0x0d;

/** Receives a record: its fields as texts, and the line it starts in (the first line of a file is 1). */
export type OnRecord = (fields: string[], line: number) => void;

/**
 * Records of comma-separated text as RFC 4180 has them, from pieces of any size: fields in double quotes may hold separators, line breaks
 * and quotes written twice. Lines end with LF, CRLF or CR; blank lines are skipped. Fields are handed out as they are, spaces included.
 */
export class CsvTokenizer {
  readonly #file: string;
  readonly #separator: number;
  readonly #onRecord: OnRecord;
  #fields: string[] = [];
  /** What earlier pieces had of the field that is being read. */
  #held = '';
  /** Where the reading is: before a field, in a bare one, in a quoted one, or behind a quote inside a quoted one. */
  #state: 'start' | 'bare' | 'quoted' | 'quote' = 'start';
  #afterReturn = false;
  #line = 1;
  #recordLine = 1;
  #quoteLine = 1;

  /** `separator`: one character; `file` is named in errors. */
  constructor(file: string, separator: string, onRecord: OnRecord) {
    this.#file = file;
    this.#separator = separator.charCodeAt(0);
    this.#onRecord = onRecord;
  }

  /** The line the reading has come to. */
  get line(): number {
    return this.#line;
  }

  /** Reads on. Throws for text that is not of the format. */
  push(text: string): void {
    let from = 0; // start of what belongs to the field and is not held yet
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (this.#state === 'quoted') {
        if (code === QUOTE) {
          this.#held += text.slice(from, at);
          this.#state = 'quote';
        } else this.#countLine(code);
      } else if (this.#state === 'quote' && code === QUOTE) {
        this.#state = 'quoted';
        from = at; // the second of two quotes stands for one
      } else if (code === this.#separator) {
        this.#endField(this.#state === 'bare' ? text.slice(from, at) : '');
      } else if (code === LF || code === CR) {
        if (!(code === LF && this.#afterReturn)) this.#endRecord(this.#state === 'bare' ? text.slice(from, at) : '');
        this.#countLine(code);
        this.#recordLine = this.#line;
        continue;
      } else if (this.#state !== 'bare') {
        from = this.#begin(code, text, at);
      } else if (code === QUOTE) throw this.#stray(text.slice(from, at));
      this.#afterReturn = this.#state === 'quoted' && code === CR;
    }
    if (this.#state === 'bare' || this.#state === 'quoted') this.#held += text.slice(from);
  }

  /** The end of the text. Throws inside a quoted field. */
  finish(): void {
    if (this.#state === 'quoted')
      throw expected(`${this.#file} line ${this.#quoteLine}`, 'a closing quote for the field that opens here', 'the end of the file');
    this.#endRecord('');
  }

  /** The first character of a field, or one behind a closing quote. Returns where the field's text begins. */
  #begin(code: number, text: string, at: number): number {
    if (this.#state === 'quote') {
      throw expected(`${this.#file} line ${this.#line}`, 'a separator or the end of the line after a closing quote', `'${text[at]}'`);
    }
    if (code !== QUOTE) {
      this.#state = 'bare';
      return at;
    }
    this.#state = 'quoted';
    this.#quoteLine = this.#line;
    return at + 1;
  }

  #stray(before: string): TypeError {
    const hint = 'put the whole field in quotes and write quotes inside it twice';
    return expected(`${this.#file} line ${this.#line}`, 'quotes only around a whole field', `one after '${this.#held}${before}'`, hint);
  }

  #countLine(code: number): void {
    if (code === CR || (code === LF && !this.#afterReturn)) this.#line++;
    this.#afterReturn = code === CR;
  }

  #endField(rest: string): void {
    this.#fields.push(this.#held + rest);
    this.#held = '';
    this.#state = 'start';
  }

  #endRecord(rest: string): void {
    const blank = this.#fields.length === 0 && this.#state === 'start';
    if (blank) return;
    this.#endField(rest);
    const fields = this.#fields;
    this.#fields = [];
    this.#onRecord(fields, this.#recordLine);
  }
}
