import test from 'ava';
import { crc32c } from '../../lib/report/tensorboard/crc32c.js';
import { framed } from '../../lib/report/tensorboard/events.js';
import { openingEvents, recordEvent } from '../../lib/report/tensorboard/run-events.js';
import { finalOf, reportAt } from './run-rows.js';

/** CRC-32C bit by bit, as RFC 3720 describes it, without a table. */
function slowCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const carry = (crc ^ (byte >> bit)) & 1;
      crc = (crc >>> 1) ^ (carry ? 0x82f63b78 : 0);
    }
  }
  return ~crc >>> 0;
}

// RFC 3720, B.4, with the bytes of the CRC in the order of the wire; and the check value of the CRC catalogs.
const vectors: [name: string, bytes: Uint8Array, crc: number][] = [
  ['32 bytes of zeroes', new Uint8Array(32), 0x8a9136aa],
  ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['32 bytes that rise', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ['32 bytes that fall', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ['123456789', Buffer.from('123456789'), 0xe3069283],
  ['nothing', new Uint8Array(), 0],
];
for (const [name, bytes, crc] of vectors) {
  test(`CRC-32C of ${name}`, (t) => {
    t.is(crc32c(bytes), crc);
    t.is(slowCrc32c(bytes), crc);
  });
}

test('a frame, byte by byte', (t) => {
  const mask = (crc: number) => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
  const frame = Buffer.from(framed(Buffer.from('abc')));
  t.is(frame.length, 19);
  t.deepEqual([...frame.subarray(0, 8)], [3, 0, 0, 0, 0, 0, 0, 0]);
  t.is(frame.readUInt32LE(8), mask(slowCrc32c(frame.subarray(0, 8))));
  t.is(frame.toString('latin1', 12, 15), 'abc');
  t.is(frame.readUInt32LE(15), mask(slowCrc32c(Buffer.from('abc'))));
});

type Field = { readonly field: number; readonly value: number | bigint | Buffer };

/** The fields of a protobuf message, in order. */
function fields(bytes: Buffer): Field[] {
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const found: Field[] = [];
  while (at < bytes.length) {
    const key = Number(varint());
    const read = [
      varint,
      () => bytes.readDoubleLE((at += 8) - 8),
      () => {
        const length = Number(varint());
        return bytes.subarray(at, (at += length));
      },
      null,
      null,
      () => bytes.readFloatLE((at += 4) - 4),
    ][key & 7]!;
    found.push({ field: key >> 3, value: read() });
  }
  return found;
}

const one = (message: readonly Field[], field: number) => message.filter((found) => found.field === field).map(({ value }) => value)[0];
const sub = (message: readonly Field[], field: number) => fields(one(message, field) as Buffer);

/** The events of a file, its checksums checked. */
function events(file: Uint8Array): Field[][] {
  const bytes = Buffer.from(file);
  const found: Field[][] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    const record = bytes.subarray(at + 12, at + 12 + length);
    if (!Buffer.from(framed(record)).equals(bytes.subarray(at, at + 16 + length))) throw new Error(`frame at ${at}`);
    found.push(fields(record));
    at += 16 + length;
  }
  return found;
}

const scalars = (event: readonly Field[]) =>
  Object.fromEntries(
    sub(event, 5).map(({ value }) => {
      const summary = fields(value as Buffer);
      return [String(one(summary, 1)), one(summary, 2)];
    }),
  );

test('the file opens with its version and the configuration as a text', (t) => {
  const config = { task: 'glyphs', name: 'é'.repeat(200) };
  const [version, text, ...rest] = events(openingEvents(1234.5, config));
  t.deepEqual(rest, []);
  t.is(one(version!, 1), 1234.5);
  t.is(String(one(version!, 3)), 'brain.Event:2');
  const value = fields(one(sub(text!, 5), 1) as Buffer);
  t.is(String(one(value, 1)), 'config');
  t.is(String(one(sub(sub(value, 9), 1), 1)), 'text');
  const tensor = sub(value, 8);
  t.is(one(tensor, 1), 7n); // DT_STRING
  t.is(one(sub(sub(tensor, 2), 2), 1), 1n); // shape [1]
  t.deepEqual(JSON.parse(String(one(tensor, 8)).replaceAll('```', '')), config);
});

test('numbers of a report stand at its step, in float32; what is missing or not a number is left out', (t) => {
  const report = reportAt(300_000_000_000, { trainLoss: 0.1, valLoss: 2, damping: 1e-8, rho: -3 });
  const [event] = events(recordEvent(99.25, report));
  t.is(one(event!, 1), 99.25);
  t.is(one(event!, 2), 300_000_000_000n);
  t.deepEqual(scalars(event!), {
    'loss/train': Math.fround(0.1),
    'loss/validation': 2,
    'optimizer/learning_rate': Math.fround(0.01),
    'optimizer/damping': Math.fround(1e-8),
    'optimizer/rho': -3,
  });
  const [last] = events(recordEvent(1, finalOf({ testLoss: 0.5, testAccuracy: 1 })));
  t.is(one(last!, 2), 10n);
  t.deepEqual(scalars(last!), { 'final/loss_train': Math.fround(0.1), 'final/loss_test': 0.5, 'final/accuracy_test': 1 });
});
