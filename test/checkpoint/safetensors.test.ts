import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { readSafetensors, type Tensor, writeSafetensors } from '../../lib/checkpoint/safetensors.js';
import { temporaryFile, temporaryFolder } from '../data/idx-file.js';
import { root } from '../root.js';

/** A file written out by hand: the length of the header, the header, the data. */
function fileBytes(header: string | object, data: readonly number[] = [], length?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  return Uint8Array.of(...prefix, ...json, ...data);
}

const fileOf = (t: ExecutionContext, bytes: Uint8Array) => temporaryFile(t, 'x.safetensors', bytes);

test('bytes written out by hand', async (t) => {
  const header = {
    b: { dtype: 'I32', shape: [], data_offsets: [8, 12] },
    __metadata__: { note: 'by hand' },
    a: { dtype: 'F32', shape: [1, 2], data_offsets: [0, 8] },
    none: { dtype: 'F64', shape: [0, 4], data_offsets: [8, 8] },
  };
  const data = [0x00, 0x00, 0x80, 0x3f, 0x00, 0x00, 0x20, 0xc1, 0xfe, 0xff, 0xff, 0xff]; // 1, -10 and -2, little-endian
  const { tensors, metadata } = await readSafetensors(fileOf(t, fileBytes(`${JSON.stringify(header)}   `, data)));
  t.deepEqual(metadata, { note: 'by hand' });
  t.deepEqual(Object.fromEntries(tensors), {
    a: { dtype: 'float32', shape: [1, 2], data: Float32Array.of(1, -10) },
    b: { dtype: 'int32', shape: [], data: Int32Array.of(-2) },
    none: { dtype: 'float64', shape: [0, 4], data: new Float64Array(0) },
  });
});

test('what is written is the format, byte by byte', async (t) => {
  const path = join(temporaryFolder(t), 'x.safetensors');
  const tensors = new Map<string, Tensor>([
    ['m', { dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) }],
    ['w', { dtype: 'float32', shape: [1, 1], data: Float32Array.of(1) }],
  ]);
  await writeSafetensors(path, { tensors, metadata: { k: 'v' } });
  const json =
    '{"__metadata__":{"k":"v"},"w":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"m":{"dtype":"BOOL","shape":[2],"data_offsets":[4,6]}}';
  const padded = json.padEnd(Math.ceil(json.length / 8) * 8);
  t.deepEqual([...readFileSync(path)], [...fileBytes(padded, [0x00, 0x00, 0x80, 0x3f, 1, 0])]);
  t.deepEqual(readdirSync(dirname(path)), ['x.safetensors']);
});

test('the length of the header is a multiple of 8 for every length of a name', async (t) => {
  const path = join(temporaryFolder(t), 'x.safetensors');
  for (let length = 1; length <= 9; length++) {
    const tensors = new Map<string, Tensor>([['x'.repeat(length), { dtype: 'float64', shape: [1], data: Float64Array.of(length) }]]);
    await writeSafetensors(path, { tensors, metadata: {} });
    t.is(readFileSync(path).readBigUInt64LE() % 8n, 0n);
    t.deepEqual((await readSafetensors(path)).tensors, tensors);
  }
});

test('round trips keep every bit, name and text', async (t) => {
  const path = join(temporaryFolder(t), 'x.safetensors');
  const tensors = new Map<string, Tensor>([
    ['floats', { dtype: 'float32', shape: [5], data: Float32Array.of(-0, Number.NaN, Infinity, 1e-45, 0.1) }],
    ['doubles', { dtype: 'float64', shape: [2, 1, 2], data: Float64Array.of(0.1, -0, 5e-324, -Infinity) }],
    ['whole', { dtype: 'int32', shape: [2], data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1) }],
    ['part', { dtype: 'uint8', shape: [3], data: Uint8Array.of(9, 0, 127, 255).subarray(1) }],
    ['mask', { dtype: 'bool', shape: [1, 2], data: Uint8Array.of(1, 0) }],
    ['none', { dtype: 'int32', shape: [3, 0], data: new Int32Array(0) }],
    ['"\\ü\n', { dtype: 'int32', shape: [], data: Int32Array.of(3) }],
    ['__proto__', { dtype: 'int32', shape: [], data: Int32Array.of(4) }],
  ]);
  const metadata = { json: JSON.stringify({ a: ['"', '\\'] }), empty: '' };
  await writeSafetensors(path, { tensors, metadata });
  const read = await readSafetensors(path);
  t.deepEqual(read.metadata, metadata);
  t.deepEqual([...read.tensors.keys()].sort(), [...tensors.keys()].sort());
  for (const [name, { dtype, shape, data }] of tensors) {
    const other = read.tensors.get(name)!;
    t.deepEqual([other.dtype, other.shape], [dtype, shape]);
    t.true(Buffer.from(other.data.buffer).equals(Buffer.from(data.buffer, data.byteOffset, data.byteLength)), name);
  }
  const first = readFileSync(path);
  await writeSafetensors(path, read);
  t.true(readFileSync(path).equals(first));
  await writeSafetensors(path, { tensors: new Map(), metadata: {} });
  t.deepEqual(await readSafetensors(path), { tensors: new Map(), metadata: {} });
});

test('a file written by Python (test/checkpoint/fixture.py)', async (t) => {
  const { tensors, metadata } = await readSafetensors(join(root, 'test/checkpoint/written-by-python.safetensors'));
  t.deepEqual(metadata, { 'made by': 'safetensors 0.8.0', text: 'a "quote" and ß' });
  t.deepEqual(Object.fromEntries(tensors), {
    '0.weight': { dtype: 'float32', shape: [2, 3], data: Float32Array.of(0.5, -1.25, 3, 1e-30, 2, -0) },
    'moments/ü': { dtype: 'float64', shape: [2], data: Float64Array.of(0.1, 1e300) },
    count: { dtype: 'int32', shape: [], data: Int32Array.of(-7) },
    pixels: { dtype: 'uint8', shape: [5], data: Uint8Array.of(0, 1, 2, 3, 4) },
    mask: { dtype: 'bool', shape: [2, 1], data: Uint8Array.of(1, 0) },
    nothing: { dtype: 'float32', shape: [0, 3], data: new Float32Array(0) },
  });
});

const entry = (begin: number, end: number, shape = [(end - begin) / 4], dtype = 'F32') => ({ dtype, shape, data_offsets: [begin, end] });
const eight = [0, 0, 0, 0, 0, 0, 0, 0];
const bad: [name: string, bytes: Uint8Array, message: RegExp][] = [
  ['an empty file', new Uint8Array(0), /x\.safetensors byte 0: expected 8 bytes with the length of the header, got a file of 0$/],
  ['7 bytes', new Uint8Array(7), /byte 0: expected 8 bytes .* got a file of 7$/],
  ['a text', new TextEncoder().encode('x,y\n1,2\n3,4\n'), /byte 0: expected a header of at most 100000000 bytes, got \d+; is it a safet/],
  ['a header of 100 MB', fileBytes('{}', [], 100_000_001n), /byte 0: expected a header of at most 100000000 bytes, got 100000001; is it/],
  ['a header beyond the file', fileBytes('{}', [], 3n), /byte 0: expected a header inside the file of 10 bytes, got one of 3; is it/],
  ['no header', fileBytes(''), /byte 8: expected a header that begins with \{, got an empty one$/],
  ['a header with a space in front', fileBytes(' {}'), /byte 8: expected a header that begins with \{, got byte 32$/],
  ['half a header', fileBytes('{"a":'), /byte 8: expected a header in JSON, got '\{"a":'$/],
  ['Latin-1', Uint8Array.of(...fileBytes('{"a'), 0xfc).with(0, 4), /byte 8: expected a header in UTF-8, got other bytes$/],
  [
    'a name twice',
    fileBytes(`{"a":${JSON.stringify(entry(0, 4))},"\\u0061":${JSON.stringify(entry(0, 4))}}`, [0, 0, 0, 0]),
    /every name of the header once, got 'a' twice$/,
  ],
  ['a shape twice', fileBytes('{"a":{"dtype":"F32","shape":[1],"shape":[2],"data_offsets":[0,8]}}', eight), /got 'shape' twice$/],
  ['metadata that is no object', fileBytes({ __metadata__: 'x' }), /byte 8: expected __metadata__ to be an object, got 'x'$/],
  ['metadata that is no text', fileBytes({ __metadata__: { n: 1 } }), /byte 8: expected __metadata__ 'n' to be a text, got 1$/],
  ['a tensor that is no object', fileBytes({ a: [] }), /byte 8: expected 'a' to be an object, got a list of 0$/],
  [
    'a tensor without a dtype',
    fileBytes({ a: { shape: [1], data_offsets: [0, 4] } }),
    /expected 'a' to be an object .* got one without 'dtype'$/,
  ],
  ['an unknown dtype', fileBytes({ a: entry(0, 4, [1], 'BF16') }, eight), /expected 'a'\.dtype to be 'F32' or .* got 'BF16'/],
  ['a shape below 0', fileBytes({ a: entry(0, 4, [-1]) }, eight), /expected 'a'\.shape\[0\] to be an integer >= 0, got -1$/],
  ['a fraction in a shape', fileBytes({ a: entry(0, 6) }, eight), /expected 'a'\.shape\[0\] to be an integer >= 0, got 1\.5$/],
  ['a wrong size', fileBytes({ a: entry(0, 8, [3]) }, eight), /expected 'a'\.data_offsets to be 12 bytes apart for F32\[3\], got 0 and 8$/],
  ['a huge shape', fileBytes({ a: entry(0, 8, [2 ** 50, 2 ** 50]) }, eight), /expected 'a'\.data_offsets to be \d.*e\+30 bytes apart/],
  ['offsets backwards', fileBytes({ a: entry(8, 4, [1]) }, eight), /expected 'a'\.data_offsets to be 4 bytes apart .* got 8 and 4$/],
  [
    'one offset',
    fileBytes({ a: { dtype: 'F32', shape: [1], data_offsets: [4] } }, eight),
    /data_offsets to be a begin and an end, got a list of 1$/,
  ],
  [
    'an overlap',
    fileBytes({ a: entry(0, 8), b: entry(4, 8) }, eight),
    /byte \d+: expected 'b' after the tensor before it, got 4 bytes of both$/,
  ],
  [
    'a hole',
    fileBytes({ a: entry(0, 4), b: entry(8, 12) }, [...eight, 0, 0, 0, 0]),
    /expected a tensor, got a hole of 4 bytes before 'b'$/,
  ],
  ['a hole in front', fileBytes({ a: entry(4, 8) }, eight), /expected a tensor, got a hole of 4 bytes before 'a'$/],
  ['bytes left over', fileBytes({ a: entry(0, 4) }, eight), /expected the end of the file, got 4 more bytes$/],
  ['a truncated file', fileBytes({ a: entry(0, 12) }, eight), /expected 4 more bytes of 'a', got the end of the file; is it whole\?$/],
  ['a bool of 2', fileBytes({ a: entry(0, 8, [8], 'BOOL') }, eight.with(5, 2)), /expected 'a' to hold 0 and 1 alone, got 2$/],
];
for (const [name, bytes, message] of bad) {
  test(`one sentence for ${name}`, async (t) => {
    const error = await t.throwsAsync(readSafetensors(fileOf(t, bytes)), { instanceOf: TypeError, message });
    t.regex(error!.message, /x\.safetensors byte \d+: expected [^\n]*$/);
  });
}

test('the byte in an error is where it is', async (t) => {
  const bytes = fileBytes({ a: entry(0, 4), b: entry(8, 12) }, [...eight, 0, 0, 0, 0]);
  await t.throwsAsync(readSafetensors(fileOf(t, bytes)), { message: new RegExp(`byte ${bytes.length - 12 + 4}: expected a tensor`) });
});

test('every truncation of a good file is rejected', async (t) => {
  const bytes = fileBytes({ a: entry(0, 8) }, eight);
  const path = fileOf(t, bytes);
  await t.notThrowsAsync(readSafetensors(path));
  for (let length = 0; length < bytes.length; length++) {
    writeFileSync(path, bytes.subarray(0, length));
    await t.throwsAsync(readSafetensors(path), { instanceOf: TypeError, message: /x\.safetensors byte \d+: expected / });
  }
});

test('files that are missing and folders', async (t) => {
  const folder = temporaryFolder(t);
  await t.throwsAsync(readSafetensors(join(folder, 'none')), { message: /none: expected a readable file, got ENOENT$/ });
  await t.throwsAsync(readSafetensors(folder), { message: /expected a readable file, got EISDIR$/ });
});

test('a write that fails leaves what was there, and nothing else', async (t) => {
  const folder = temporaryFolder(t);
  const contents = { tensors: new Map<string, Tensor>(), metadata: {} };
  await t.throwsAsync(writeSafetensors(join(folder, 'no/such/folder'), contents), {
    message: /expected a file that can be written, got ENOENT$/,
  });
  const taken = join(folder, 'taken');
  mkdirSync(taken);
  writeFileSync(join(taken, 'inside'), '');
  await t.throwsAsync(writeSafetensors(taken, contents), {
    message: /taken: expected a file that can be written, got (EISDIR|ENOTEMPTY|EEXIST|EPERM)$/,
  });
  t.deepEqual(readdirSync(folder), ['taken']);
  const path = join(folder, 'x');
  const wrong: [Tensor, RegExp][] = [
    [{ dtype: 'float32', shape: [2], data: Float32Array.of(1) }, /x: expected 2 values of 'w' for its shape \[2\], got 1$/],
    [{ dtype: 'float32', shape: [1], data: Float64Array.of(1) }, /x: expected 'w' in the typed array of float32, got Float64Array$/],
  ];
  for (const [tensor, message] of wrong)
    await t.throwsAsync(writeSafetensors(path, { tensors: new Map([['w', tensor]]), metadata: {} }), { message });
  t.false(existsSync(path));
});

test('writers of one file at once: the last rename wins, whole', async (t) => {
  const path = join(temporaryFolder(t), 'x.safetensors');
  const of = (value: number) => ({
    tensors: new Map<string, Tensor>([['w', { dtype: 'int32', shape: [1000], data: new Int32Array(1000).fill(value) }]]),
    metadata: {},
  });
  await Promise.all([1, 2, 3].map((value) => writeSafetensors(path, of(value))));
  const { data } = (await readSafetensors(path)).tensors.get('w')!;
  t.true([1, 2, 3].includes(data[0]!) && data.every((value) => value === data[0]));
  t.deepEqual(readdirSync(dirname(path)), ['x.safetensors']);
});
