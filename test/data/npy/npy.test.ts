import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { npy } from '../../../lib/data/npy/npy.js';
import { temporaryFile, temporaryFolder } from '../idx-file.js';
import { fixture, float32Header, npyBytes } from './npy-file.js';

const LOWEST = -(2 ** 31),
  HIGHEST = 2 ** 31 - 1;

const types: [code: string, dtype: string, values: number[]][] = [
  ['b1', 'bool', [0, 1, 1, 0]],
  ['u1', 'uint8', [0, 1, 200, 255]],
  ['i1', 'int32', [0, 1, -128, 127]],
  ['u2', 'int32', [0, 1, 40000, 65535]],
  ['i2', 'int32', [0, 1, -32768, 32767]],
  ['u4', 'int32', [0, 1, 70000, HIGHEST]],
  ['i4', 'int32', [0, 1, LOWEST, HIGHEST]],
  ['u8', 'int32', [0, 1, 70000, HIGHEST]],
  ['i8', 'int32', [0, 1, LOWEST, HIGHEST]],
  ['f2', 'float32', [0, -1.5, 65504, 2 ** -24]],
  ['f4', 'float32', [0, -1.5, Math.fround(3e38), 2 ** -149]],
  ['f8', 'float64', [0, -1.5, 1e308, 0.1]],
];
for (const [code, dtype, values] of types) {
  for (const order of code.endsWith('1') ? ['single'] : ['little', 'big']) {
    test(`numpy's ${code}, ${order}, is ${dtype}`, async (t) => {
      const array = await npy(fixture(`${code}-${order}.npy`));
      t.is(array.dtype as string, dtype);
      t.deepEqual(array.shape, [4]);
      t.deepEqual([...array.data], values);
    });
  }
}

test('C order and Fortran order are the same array', async (t) => {
  const values = Array.from({ length: 24 }, (_, at) => 100 * Math.floor(at / 12) + 10 * (Math.floor(at / 4) % 3) + (at % 4));
  for (const order of ['c', 'fortran']) {
    const { shape, data } = await npy(fixture(`cube-${order}.npy`));
    t.deepEqual(shape, [2, 3, 4]);
    t.deepEqual([...data], values, order);
  }
});

test('a single number has shape [], no rows are no elements', async (t) => {
  t.deepEqual(await npy(fixture('scalar.npy')), { shape: [], dtype: 'float64', data: Float64Array.of(0.25) });
  t.deepEqual(await npy(fixture('empty.npy')), { shape: [0, 3], dtype: 'float32', data: new Float32Array(0) });
});

for (const version of [1, 2, 3]) {
  test(`version ${version}.0 of the format, plain and gzipped`, async (t) => {
    const path = fixture(`version-${version}.npy`);
    const wanted = { shape: [2, 3], dtype: 'int32', data: Int32Array.of(0, 1, 2, 3, 4, 5) } as const;
    t.deepEqual(await npy(path), wanted);
    t.deepEqual(await npy(temporaryFile(t, 'a.npy', gzipSync(readFileSync(path)))), wanted);
  });
}

test('elements that do not begin at a multiple of their size', async (t) => {
  const bytes = npyBytes(`${float32Header('(2,)')} `, new Uint8Array(Float32Array.of(1.5, -2).buffer));
  t.not((bytes.length - 8) % 4, 0);
  t.deepEqual([...(await npy(temporaryFile(t, 'a.npy', bytes))).data], [1.5, -2]);
});

test('keys in another order, quotes of the other kind, a long number of Python 2', async (t) => {
  const header = '{"shape": (2L, 1L), "fortran_order": False, "descr": "|u1"}';
  t.deepEqual(await npy(temporaryFile(t, 'a.npy', npyBytes(header, Uint8Array.of(7, 8)))), {
    shape: [2, 1],
    dtype: 'uint8',
    data: Uint8Array.of(7, 8),
  });
});

const refused: [name: string, message: RegExp][] = [
  ['objects', /got objects \('\|O'\); objects are stored as a pickle, which could run programs: save numbers/],
  ['texts', /expected elements of type bool, .* float64, got '<U2'; convert it/],
  ['complex', /got '<c16'; convert it: array\.astype\('float32'\)$/],
  ['dates', /got '<M8\[D\]'; convert it/],
  ['records', /byte 10: expected one element type, got records with named fields; save each field/],
  ['large-integers', /byte 144: expected an integer that fits in int32, .*, got 2147483648; save it as 'float64'/],
];
for (const [name, message] of refused) {
  test(`${name} are refused in one sentence`, async (t) => {
    const path = fixture(`${name}.npy`);
    const error = await t.throwsAsync(npy(path), { instanceOf: TypeError, message });
    t.true(error.message.startsWith(path));
    t.false(error.message.includes('\n'));
  });
}

const eight = new Uint8Array(8);
const good = npyBytes(float32Header('(2,)'), eight);
const version = (major: number, minor: number) => {
  const bytes = Buffer.from(good);
  bytes[6] = major;
  bytes[7] = minor;
  return bytes;
};
const damaged: [name: string, bytes: Uint8Array, message: RegExp][] = [
  ['no bytes', new Uint8Array(0), / byte 0: expected the magic string 0x934e554d5059 of an npy file, got nothing; the file is empty$/],
  ['text', Buffer.from('1,2\n3,4\n'), / byte 0: expected the magic string .*, got 0x312c320a332c; is it an npy file\?$/],
  ['half a magic string', good.subarray(0, 3), / byte 0: expected the magic string .*, got 0x934e55; is it an npy file\?$/],
  ['no version', good.subarray(0, 7), / byte 6: expected the version of the format, got the end; it is cut off$/],
  ['version 4.0', version(4, 0), / byte 6: expected version 1\.0, 2\.0 or 3\.0 of the npy format, got 4\.0$/],
  ['version 1.1', version(1, 1), / byte 6: expected version .*, got 1\.1$/],
  ['no length', good.subarray(0, 9), / byte 8: expected the length of the header in 2 bytes, got the end; it is cut off$/],
  ['half a header', good.subarray(0, 30), / byte 10: expected a header of \d+ bytes, got 20; it is cut off$/],
  ['a header that is no dictionary', npyBytes('hello', eight), / byte 10: expected a header with 'descr', .*, got 'hello'; it is damaged$/],
  [
    'a header without shape',
    npyBytes("{'descr': '<f4', 'fortran_order': False}", eight),
    / byte 10: expected a header with .* and 'shape'/,
  ],
  ['a negative length', npyBytes(float32Header('(-2,)'), eight), / byte 10: expected a header with .*; it is damaged$/],
  [
    'missing elements',
    good.subarray(0, good.length - 1),
    / expected 8 bytes from byte \d+ on for shape \[2\] of '<f4', got 7 bytes; it is cut off$/,
  ],
  ['a second array', Buffer.concat([good, good]), / expected 8 bytes .*, got \d+ bytes; only one array in a file is read$/],
  [
    'a huge shape',
    npyBytes(float32Header('(4000000000, 4000000000)'), eight),
    / expected 64000000000000000000 bytes .*, got 8 bytes; it is cut off$/,
  ],
  [
    'a bool of 2',
    npyBytes(float32Header('(8,)').replace('<f4', '|b1'), Uint8Array.of(0, 1, 2, 0, 0, 0, 0, 0)),
    / byte \d+: expected a bool, 0 or 1, got 2$/,
  ],
  [
    'no byte order',
    npyBytes(float32Header('(2,)').replace('<', '|'), eight),
    /expected a byte order, '<' or '>', .*, got '\|f4'; it is damaged$/,
  ],
];
for (const [name, bytes, message] of damaged) {
  test(`${name}: one sentence that names the file`, async (t) => {
    const path = temporaryFile(t, 'bad.npy', bytes);
    const error = await t.throwsAsync(npy(path), { instanceOf: TypeError, message });
    t.true(error.message.startsWith(path));
    t.false(error.message.includes('\n'));
  });
}

test('gzip data that are cut off, and a file that is not there', async (t) => {
  const whole = gzipSync(
    npyBytes(
      float32Header('(1000,)'),
      Uint8Array.from({ length: 4000 }, (_, i) => (i * 2_654_435_761) >>> 24),
    ),
  );
  const path = temporaryFile(t, 'cut.npy', whole.subarray(0, whole.length >> 1));
  await t.throwsAsync(npy(path), { message: /cut\.npy: expected valid gzip data after byte \d+ .*; it is cut off$/ });
  await t.throwsAsync(npy(join(temporaryFolder(t), 'none')), { message: /none: expected a readable npy file, got ENOENT$/ });
});
