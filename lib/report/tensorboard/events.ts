import { maskedCrc32c } from './crc32c.js';
import { Message } from './message.js';

// Field numbers of tensorflow/core/util/event.proto and tensorflow/core/framework/{summary,tensor,tensor_shape,types}.proto.
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 } as const;
const SUMMARY = { value: 1 } as const;
const VALUE = { tag: 1, simpleValue: 2, tensor: 8, metadata: 9 } as const;
const METADATA = { pluginData: 1 } as const;
const PLUGIN_DATA = { pluginName: 1 } as const;
const TENSOR = { dtype: 1, shape: 2, strings: 8 } as const;
const SHAPE = { dimension: 2 } as const;
const DIMENSION = { size: 1 } as const;
const STRING = 7;

/** When something happened: seconds since 1970, and the optimizer step. */
export type Moment = { readonly wallTime: number; readonly step: number };

/**
 * The bytes around a record in a TFRecord file: its length as a little-endian uint64, the masked CRC-32C of the length, the record,
 * the masked CRC-32C of the record (tensorflow.org, "TFRecord and tf.train.Example").
 */
export function framed(record: Uint8Array): Uint8Array {
  const frame = Buffer.alloc(16 + record.length);
  frame.writeBigUInt64LE(BigInt(record.length), 0);
  frame.writeUInt32LE(maskedCrc32c(frame.subarray(0, 8)), 8);
  frame.set(record, 12);
  frame.writeUInt32LE(maskedCrc32c(record), 12 + record.length);
  return frame;
}

function event({ wallTime, step }: Moment): Message {
  return new Message().double(EVENT.wallTime, wallTime).integer(EVENT.step, step);
}

/** The first record of an event file. */
export function versionEvent(wallTime: number): Uint8Array {
  return framed(new Message().double(EVENT.wallTime, wallTime).text(EVENT.fileVersion, 'brain.Event:2').bytes());
}

/** One record with a number for each tag, such as 'loss/train'; float32 as TensorBoard has it. */
export function scalarEvent(moment: Moment, values: Readonly<Record<string, number>>): Uint8Array {
  const summary = new Message();
  for (const [tag, value] of Object.entries(values)) {
    summary.message(SUMMARY.value, new Message().text(VALUE.tag, tag).float(VALUE.simpleValue, value));
  }
  return framed(event(moment).message(EVENT.summary, summary).bytes());
}

/** One record with a text, which TensorBoard shows as Markdown. */
export function textEvent(moment: Moment, tag: string, text: string): Uint8Array {
  const shape = new Message().message(SHAPE.dimension, new Message().integer(DIMENSION.size, 1));
  const tensor = new Message().integer(TENSOR.dtype, STRING).message(TENSOR.shape, shape).text(TENSOR.strings, text);
  const plugin = new Message().text(PLUGIN_DATA.pluginName, 'text');
  const value = new Message()
    .text(VALUE.tag, tag)
    .message(VALUE.tensor, tensor)
    .message(VALUE.metadata, new Message().message(METADATA.pluginData, plugin));
  return framed(event(moment).message(EVENT.summary, new Message().message(SUMMARY.value, value)).bytes());
}
