import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { temporaryFolder } from '../data/idx-file.js';
import { root } from '../root.js';

test('docs/api is what the doc comments say: npm run docs writes it', (t) => {
  t.timeout(180_000);
  const folder = temporaryFolder(t);
  const { status, stderr, stdout } = spawnSync(process.execPath, [join(root, 'scripts/docs.mjs'), folder], { encoding: 'utf8', cwd: root });
  t.is(status, 0, stdout + stderr);
  const committed = join(root, 'docs/api');
  t.deepEqual(readdirSync(folder).sort(), readdirSync(committed).sort());
  for (const name of readdirSync(folder)) {
    t.true(readFileSync(join(folder, name), 'utf8') === readFileSync(join(committed, name), 'utf8'), `docs/api/${name} is out of date`);
  }
});
