import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { readIdx } from '../../lib/data/idx.js';
import { idxBytes, temporaryFile, temporaryFolder } from './idx-file.js';

const data = Uint8Array.from({ length: 24 }, (_, i) => i * 10);
const good = idxBytes([2, 3, 4], data);

/** More than one chunk of a file stream, incompressible enough that the gzip stream has several chunks as well. */
const large = Uint8Array.from({ length: 400_000 }, (_, i) => (i * 2_654_435_761) >>> 24);

for (const gzip of [false, true]) {
  const pack = (bytes: Uint8Array) => (gzip ? gzipSync(bytes) : bytes);
  const kind = gzip ? 'gzipped' : 'plain';

  test(`${kind}: dimensions and bytes`, async (t) => {
    const idx = await readIdx(temporaryFile(t, 'a', pack(good)), 3);
    t.deepEqual(idx.shape, [2, 3, 4]);
    t.deepEqual([...idx.data], [...data]);
  });

  test(`${kind}: several chunks`, async (t) => {
    const idx = await readIdx(temporaryFile(t, 'a', pack(idxBytes([4, 100_000], large))), 2);
    t.deepEqual(idx.shape, [4, 100_000]);
    t.is(Buffer.compare(idx.data, large), 0);
  });

  const bad: [name: string, bytes: Uint8Array, message: RegExp][] = [
    ['no data at all', new Uint8Array(0), /expected an IDX header of 16 bytes, got 0 bytes; the file is empty$/],
    ['half a header', good.subarray(0, 10), /expected an IDX header of 16 bytes, got 10 bytes; it is cut off$/],
    [
      'text',
      Buffer.from('label,pixel\n1,2\n'),
      /expected bytes 0-3 to be the IDX magic number 0x00000803 .*, got 0x6c616265; is it an IDX file\?$/,
    ],
    ['another type', idxBytes([2, 3, 4], data, 13), /bytes 0-3 .*, got 0x00000d03 \(float32\); only unsigned bytes are read$/],
    ['another rank', idxBytes([24], data), /bytes 0-3 .* 3 dimensions\), got 0x00000801 \(1 dimensions\)$/],
    [
      'an empty axis',
      idxBytes([2, 0, 4], new Uint8Array(0)),
      /expected a length above 0 in bytes 8-11, got 0 \(dimensions \[2,0,4\]\); the file is empty$/,
    ],
    ['missing data', good.subarray(0, 35), /expected 24 bytes from byte 16 on for dimensions \[2,3,4\], got .*; it is cut off/],
    ['trailing data', Buffer.concat([good, Buffer.of(1, 2)]), /expected the end after byte 40, .*, got more data$/],
    [
      'a huge header',
      idxBytes([4_000_000_000, 4_000_000_000, 4], data),
      /expected 64000000000000000000 bytes from byte 16 on .*, got a shorter file/,
    ],
  ];
  for (const [name, bytes, message] of bad) {
    test(`${kind}: ${name} is one sentence that names the file`, async (t) => {
      const path = temporaryFile(t, 'bad', pack(bytes));
      const error = await t.throwsAsync(readIdx(path, 3), { instanceOf: TypeError, message });
      t.true(error.message.startsWith(`${path}: expected `));
      t.false(error.message.includes('\n'));
    });
  }
}

test('a gzip file cut off in the middle', async (t) => {
  const whole = gzipSync(idxBytes([400_000], large));
  const path = temporaryFile(t, 'cut.gz', whole.subarray(0, whole.length >> 1));
  await t.throwsAsync(readIdx(path, 1), {
    message: /cut\.gz: expected valid gzip data after byte \d+ of the decompressed file, got .*; it is cut off$/,
  });
});

test('a gzip file with a damaged byte', async (t) => {
  const whole = gzipSync(idxBytes([400_000], large));
  whole[whole.length - 6]! ^= 0xff; // inside the checksum: all data come out, and only the end tells
  const path = temporaryFile(t, 'damaged.gz', whole);
  await t.throwsAsync(readIdx(path, 1), {
    message: /damaged\.gz: expected valid gzip data after byte \d+ .*; it is damaged; fetch it again$/,
  });
});

test('a file that does not exist, and a folder', async (t) => {
  const folder = temporaryFolder(t);
  await t.throwsAsync(readIdx(join(folder, 'none'), 1), { message: /none: expected a readable IDX file, got ENOENT$/ });
  await t.throwsAsync(readIdx(folder, 1), { message: /expected a readable IDX file, got (something that is not a file|EISDIR)$/ });
});
