import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { fingerprint } from '../../lib/cli/fingerprint.js';
import { temporaryFolder } from '../data/idx-file.js';

test('a file is known by the SHA-256 of its bytes, a large one by its size and its ends', async (t) => {
  const path = join(temporaryFolder(t), 'file');
  writeFileSync(path, 'abc');
  // The example of FIPS 180-4.
  t.is(await fingerprint(path), 'sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  writeFileSync(path, '');
  t.is(await fingerprint(path), 'sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  t.is(await fingerprint(`${path}.none`), null);

  const bytes = Buffer.alloc(3 * 2 ** 20 + 7, 'rows of a table\n');
  const large = 2 * 2 ** 20;
  const of = (data: Buffer) => {
    writeFileSync(path, data);
    return fingerprint(path, large);
  };
  const ends = Buffer.concat([bytes.subarray(0, 2 ** 20), bytes.subarray(-(2 ** 20))]);
  const whole = await of(bytes);
  t.is(whole, `${bytes.length} bytes, sha256 of both ends ${createHash('sha256').update(ends).digest('hex')}`);
  for (const at of [0, 2 ** 20 - 1, bytes.length - 2 ** 20, bytes.length - 1]) {
    const changed = Buffer.from(bytes);
    changed[at]! ^= 1;
    t.not(await of(changed), whole, `byte ${at}`);
  }
  t.not(await of(bytes.subarray(1)), whole);
});
