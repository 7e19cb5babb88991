/** Wire types of the protobuf encoding (protobuf.dev, "Encoding"). */
const VARINT = 0;
const FIXED_64 = 1;
const BYTES = 2;
const FIXED_32 = 5;

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}

function key(field: number, wire: number): number[] {
  return varint(field * 8 + wire);
}

function numberBytes(size: number, write: (view: DataView) => void): Uint8Array {
  const view = new DataView(new ArrayBuffer(size));
  write(view);
  return new Uint8Array(view.buffer);
}

/** Writes the fields of one protobuf message. */
export class Message {
  readonly #parts: Uint8Array[] = [];

  /** An int32, int64 or enum field: an integer in [0, 2^53). */
  integer(field: number, value: number): this {
    return this.#add([...key(field, VARINT), ...varint(value)]);
  }

  double(field: number, value: number): this {
    return this.#add(
      key(field, FIXED_64),
      numberBytes(8, (view) => view.setFloat64(0, value, true)),
    );
  }

  float(field: number, value: number): this {
    return this.#add(
      key(field, FIXED_32),
      numberBytes(4, (view) => view.setFloat32(0, value, true)),
    );
  }

  text(field: number, value: string): this {
    return this.#delimited(field, new TextEncoder().encode(value));
  }

  message(field: number, value: Message): this {
    return this.#delimited(field, value.bytes());
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#parts);
  }

  #delimited(field: number, bytes: Uint8Array): this {
    return this.#add([...key(field, BYTES), ...varint(bytes.length)], bytes);
  }

  #add(head: readonly number[], bytes: Uint8Array = new Uint8Array()): this {
    this.#parts.push(Uint8Array.from(head), bytes);
    return this;
  }
}
