import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { zipSync } from 'fflate';
import { npz } from '../../../lib/data/npy/npz.js';
import { temporaryFile, temporaryFolder } from '../idx-file.js';
import { fixture, float32Header, npyBytes } from './npy-file.js';

for (const [name, rows] of [
  ['stored', 4],
  ['deflated', 200],
] as const) {
  test(`numpy's archive, ${name}`, async (t) => {
    const { x, y, ...others } = await npz(fixture(`${name}.npz`));
    t.deepEqual(others, {});
    t.deepEqual([x!.shape, x!.dtype], [[rows, 3], 'float32']);
    t.true(x!.data.every((value, at) => value === at));
    t.deepEqual([y!.shape, y!.dtype], [[rows], 'int32']);
    t.true(y!.data.every((value, at) => value === at % 3));
  });
}

const array = npyBytes(float32Header('(2,)'), new Uint8Array(Float32Array.of(3, 4).buffer));
const archive = Buffer.from(zipSync({ 'a.npy': [array, { level: 0 }], 'größe.npy': [array, { level: 9 }] }));

test('an archive of another writer, with a comment and names beyond ASCII', async (t) => {
  const bytes = Buffer.concat([archive, Buffer.from('hello')]);
  bytes.writeUInt16LE(5, bytes.length - 7);
  const found = await npz(temporaryFile(t, 'a.npz', bytes));
  t.deepEqual(Object.keys(found), ['a', 'größe']);
  t.deepEqual([...found['größe']!.data], [3, 4]);
});

/** The archive with some bytes of its central directory (or of its data) changed. */
function changed(change: (bytes: Buffer, directory: number) => void): Buffer {
  const bytes = Buffer.from(archive);
  change(bytes, bytes.indexOf(Buffer.of(0x50, 0x4b, 1, 2)));
  return bytes;
}

const bad: [name: string, bytes: Uint8Array, message: RegExp][] = [
  ['no bytes', new Uint8Array(0), /: expected a zip archive with its directory at the end, got none; the file is empty$/],
  ['text', Buffer.from('x,y\n'.repeat(20)), / got none; is it an npz file\?$/],
  ['an npy file', array, / got none; is it an npz file\?$/],
  ['half an archive', archive.subarray(0, archive.length >> 1), / got none; it is cut off$/],
  ['an empty archive', Buffer.from(zipSync({})), /: expected at least one array, got an empty archive$/],
  [
    'another file in it',
    zipSync({ 'readme.txt': Buffer.from('hello') }),
    /: expected entries NAME\.npy, got 'readme\.txt'; is it an npz file\?$/,
  ],
  [
    'zip64',
    changed((b) => b.writeUInt16LE(0xffff, b.length - 12)),
    /: expected a zip archive without zip64 records, got one with them; save large/,
  ],
  [
    'zip64 for an entry',
    changed((b, at) => b.writeUInt32LE(0xffffffff, at + 24)),
    /\(a\.npy\): expected a zip archive without zip64 records/,
  ],
  ['a password', changed((b, at) => b.writeUInt16LE(1, at + 8)), /\(a\.npy\): expected an entry without a password, got an encrypted one$/],
  ['another method', changed((b, at) => b.writeUInt16LE(12, at + 10)), /\(a\.npy\): expected .* \(method 0 or 8\), got method 12$/],
  [
    'a damaged directory',
    changed((b, at) => b.writeUInt8(0, at)),
    / byte \d+: expected entry 1 of 2 of the directory, got other bytes; it is damaged/,
  ],
  ['a directory elsewhere', changed((b) => b.writeUInt32LE(1e6, b.length - 6)), / byte \d+: expected a directory before its end record, /],
  [
    'a damaged header',
    changed((b) => b.writeUInt8(0, 0)),
    /\(a\.npy\) byte 0: expected the header of the entry, got other bytes; it is damaged/,
  ],
  [
    'a changed element',
    changed((b) => b.writeUInt8(9, 30 + 5 + array.length - 1)),
    /\(a\.npy\): expected CRC-32 [0-9a-f]+, got [0-9a-f]+; it is damaged; fetch it again$/,
  ],
  [
    'another length',
    changed((b, at) => b.writeUInt32LE(array.length + 1, at + 24)),
    /\(a\.npy\): expected \d+ bytes, got \d+; it is damaged/,
  ],
  [
    'damaged deflate data',
    changed((b) => b.fill(0xff, b.indexOf('npy', 100) + 3, b.indexOf('npy', 100) + 8)),
    /\(größe\.npy\) byte \d+: expected deflated data of \d+ bytes, got .*; it is damaged/,
  ],
  [
    'objects inside',
    zipSync({ 'o.npy': readFileSync(fixture('objects.npy')) }),
    /\(o\.npy\): expected elements .* got objects \('\|O'\); objects are stored as a pickle/,
  ],
];
for (const [name, bytes, message] of bad) {
  test(`${name}: one sentence that names the file`, async (t) => {
    const path = temporaryFile(t, 'bad.npz', bytes);
    const error = await t.throwsAsync(npz(path), { instanceOf: TypeError, message });
    t.true(error.message.startsWith(path));
    t.false(error.message.includes('\n'));
  });
}

test('the same name twice', async (t) => {
  const bytes = Buffer.from(zipSync({ 'a.npy': array, 'b.npy': array }));
  for (let at = bytes.indexOf('b.npy'); at >= 0; at = bytes.indexOf('b.npy', at)) bytes.write('a', at);
  await t.throwsAsync(npz(temporaryFile(t, 'a.npz', bytes)), { message: /: expected every name once, got 'a\.npy' twice$/ });
});

test('a file that is not there, and a folder', async (t) => {
  const folder = temporaryFolder(t);
  await t.throwsAsync(npz(join(folder, 'none')), { message: /none: expected a readable zip archive, got ENOENT$/ });
  await t.throwsAsync(npz(folder), { message: /expected a readable zip archive, got (something that is not a file|EISDIR)$/ });
});
