import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import test from 'ava';
import { downloadProgress } from '../../lib/cli/download-progress.js';
import { temporaryFolder } from '../data/idx-file.js';
import { adamqlr } from './run-cli.js';

test('train fashion-mnist without --data-dir asks the mirror, and says in one sentence what is wrong there', async (t) => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url!);
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = { ADAMQLR_MIRROR: mirror, ADAMQLR_CACHE: temporaryFolder(t) };
  const { code, stdout, stderr } = await adamqlr(['train', 'fashion-mnist'], { env });
  t.is(code, 1);
  t.is(stdout, '');
  t.regex(stderr, /^http:.*train-images-idx3-ubyte\.gz: expected the file, got HTTP status 404; is the address right\? .*\n$/);
  t.deepEqual(asked, ['/fashion-mnist/train-images-idx3-ubyte.gz']);
});

function shown(isTTY: boolean): string {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const report = downloadProgress(Object.assign(stream, { isTTY }));
  for (const received of [400_000, 410_000, 1_200_000, 2_000_000]) report({ url: 'http://a/b', received, size: 2_000_000 });
  report({ url: 'http://a/c', received: 5, size: 5 });
  return text;
}

test('progress of downloads: two lines a file, or on a terminal one that counts', (t) => {
  t.is(shown(false), 'downloading http://a/b, 2.0 MB\ndownloaded http://a/b\ndownloading http://a/c, 0.0 MB\ndownloaded http://a/c\n');
  const line = (received: string) => `\rdownloading http://a/b: ${received} of 2.0 MB`;
  t.is(shown(true), `${line('0.4')}${line('1.2')}${line('2.0')}\n\rdownloading http://a/c: 0.0 of 0.0 MB\n`);
});
