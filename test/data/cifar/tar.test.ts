import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { cifar10 } from '../../../lib/data/cifar/cifar.js';
import { readTar } from '../../../lib/data/cifar/tar.js';
import { temporaryFile, temporaryFolder } from '../idx-file.js';
import { writeTinyCifar } from './cifar-file.js';

/** Packs files as the official archive does, with the machine's own tar. */
function packed(t: ExecutionContext, fill: (folder: string) => void): string {
  const folder = temporaryFolder(t);
  const inner = join(folder, 'cifar-10-batches-bin');
  mkdirSync(inner);
  fill(inner);
  const { status, stderr } = spawnSync('tar', [
    '-C',
    folder,
    '--format=ustar',
    '-czf',
    join(folder, 'cifar-10-binary.tar.gz'),
    'cifar-10-batches-bin',
  ]);
  t.is(status, 0, String(stderr));
  return folder;
}

const small = (folder: string) => {
  writeFileSync(join(folder, 'a.txt'), 'hello');
  writeFileSync(join(folder, 'b.bin'), Buffer.alloc(512, 7));
};

test('files come out of the archive as they went in', async (t) => {
  const path = join(packed(t, small), 'cifar-10-binary.tar.gz');
  const files = await readTar(path, ['b.bin', 'a.txt']);
  t.is(Buffer.from(files.get('a.txt')!).toString(), 'hello');
  t.true(Buffer.alloc(512, 7).equals(files.get('b.bin')!));
  await t.throwsAsync(readTar(path, ['c.bin']), { message: `${path}: expected c.bin in the archive, got none` });
});

test('an archive that is cut off or none at all', async (t) => {
  const bytes = gunzipSync(readFileSync(join(packed(t, small), 'cifar-10-binary.tar.gz')));
  const cut = temporaryFile(t, 'cut.tar', bytes.subarray(0, 700));
  await t.throwsAsync(readTar(cut, ['a.txt', 'b.bin']), {
    message: /cut\.tar byte 700: expected more of a tar archive, got the end; it is cut off$/,
  });
  const text = temporaryFile(t, 'text.tar', Buffer.from('x,y\n'.repeat(200)));
  await t.throwsAsync(readTar(text, ['a.txt']), {
    message: /text\.tar byte 0: expected a header of a tar archive .*; is it a tar archive\?$/,
  });
});

test('CIFAR-10 from its archive is CIFAR-10 from its files', async (t) => {
  const plain = temporaryFolder(t);
  writeTinyCifar(plain);
  const folder = packed(t, (inner) => {
    writeTinyCifar(inner);
    for (const batch of [2, 4]) {
      const name = join(inner, `data_batch_${batch}.bin`);
      writeFileSync(name, gunzipSync(readFileSync(`${name}.gz`)));
      renameSync(`${name}.gz`, join(inner, `old-${batch}`));
    }
  });
  const [fromFiles, fromArchive] = [await cifar10({ dataDir: plain }), await cifar10({ dataDir: folder })];
  for (const part of ['train', 'validation', 'test'] as const) {
    t.is(Buffer.compare(fromArchive[part]!.features.data as Uint8Array, fromFiles[part]!.features.data as Uint8Array), 0);
    t.deepEqual(fromArchive[part]!.targets, fromFiles[part]!.targets);
  }
});
