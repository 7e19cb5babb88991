import { allocate, BYTES, type DType, type TypedArray } from '../graph/dtype.js';
import type { Shape } from '../graph/shape.js';
import { Buffer, Tensor } from './tensor.js';

/** The constant blob of a plan. Equal scalars are stored once. */
export class Constants {
  readonly #parts: Uint8Array[] = [];
  readonly #known = new Map<string, Buffer>();
  #bytes = 0;

  #add(data: TypedArray): Buffer {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const padded = new Uint8Array(Math.ceil(bytes.length / 64) * 64); // 64 keeps literals aligned for vector loads
    padded.set(bytes);
    const buffer = new Buffer('constant', this.#bytes);
    this.#parts.push(padded);
    this.#bytes += padded.length;
    return buffer;
  }

  scalar(value: number, dtype: DType): Tensor {
    const key = `${dtype} ${Object.is(value, -0) ? '-0' : value}`;
    let buffer = this.#known.get(key);
    if (buffer === undefined) this.#known.set(key, (buffer = this.#add(allocate(dtype, 1).fill(value))));
    return new Tensor(buffer, dtype, []);
  }

  literal(data: TypedArray, dtype: DType, shape: Shape): Tensor {
    if (data.BYTES_PER_ELEMENT !== BYTES[dtype]) throw new Error(`internal: literal data of ${data.BYTES_PER_ELEMENT} bytes for ${dtype}`);
    return new Tensor(this.#add(data), dtype, shape);
  }

  bytes(): Uint8Array {
    const blob = new Uint8Array(this.#bytes);
    let at = 0;
    for (const part of this.#parts) {
      blob.set(part, at);
      at += part.length;
    }
    return blob;
  }
}
