import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { cacheFolder } from '../../../lib/data/download/cache-folder.js';
import { CIFAR_10, type DownloadOptions, FASHION_MNIST, publicData } from '../../../lib/data/download/public-data.js';
import { temporaryFolder } from '../idx-file.js';
import { described, noise, send, serve } from './file-server.js';

const contents = { 'a.bin': noise(2000, 1), 'b.bin': noise(3000, 2) };
const data = {
  name: 'made-up',
  home: 'http://127.0.0.1:9',
  files: Object.entries(contents).map(([name, bytes]) => described(name, bytes)),
};

test.serial(
  'files go to a folder of the cache; the mirror has a folder for each data set, an address given by hand is used as it is',
  async (t) => {
    const { base, seen } = await serve(t, (request, response) => {
      const name = request.url!.split('/').at(-1) as keyof typeof contents;
      send(contents[name], request, response);
    });
    const cacheDir = temporaryFolder(t);
    t.teardown(() => {
      delete process.env['ADAMQLR_MIRROR'];
      delete process.env['ADAMQLR_CACHE'];
    });
    t.is(await publicData(data, { cacheDir, baseUrl: `${base}/here/` }), join(cacheDir, 'made-up'));
    t.deepEqual(readdirSync(join(cacheDir, 'made-up')), ['a.bin', 'b.bin']);
    process.env['ADAMQLR_MIRROR'] = `${base}/mirror`;
    process.env['ADAMQLR_CACHE'] = temporaryFolder(t);
    t.is(await publicData(data), join(process.env['ADAMQLR_CACHE'], 'made-up'));
    t.deepEqual(seen, ['/here/a.bin whole', '/here/b.bin whole', '/mirror/made-up/a.bin whole', '/mirror/made-up/b.bin whole']);
    process.env['ADAMQLR_MIRROR'] = 'here';
    await t.throwsAsync(publicData(data, { cacheDir: temporaryFolder(t) }), {
      message: "download: expected ADAMQLR_MIRROR to be an address such as 'https://mirror.example/data', got 'here'",
    });
  },
);

test('wrong options are one sentence', async (t) => {
  const wrong = (options: object) => publicData(data, options as DownloadOptions);
  await t.throwsAsync(wrong({ baseURL: 'http://127.0.0.1' }), {
    message: /expected a known option, got 'baseURL'; did you mean 'baseUrl'\?$/,
  });
  await t.throwsAsync(wrong({ baseUrl: 'file:///tmp' }), {
    message: /expected baseUrl to be an address such as .*, got 'file:\/\/\/tmp'$/,
  });
});

test('without a mirror the home of the data set is asked', async (t) => {
  const patience = { tries: 1, wait: 1, stall: 1000 };
  await t.throwsAsync(publicData(data, { cacheDir: temporaryFolder(t) }, patience), {
    message: /^http:\/\/127\.0\.0\.1:9\/a\.bin: expected a connection/,
  });
});

test('every public file has a size and a checksum of the right form', (t) => {
  for (const { files, home } of [FASHION_MNIST, CIFAR_10]) {
    t.true(URL.canParse(home));
    t.true(files.length > 0);
    for (const { size, sha256 } of files) {
      t.true(Number.isSafeInteger(size) && size > 0);
      t.regex(sha256, /^[0-9a-f]{64}$/);
    }
  }
});

const folders: [platform: string, env: Record<string, string>, wanted: string][] = [
  ['linux', {}, '/home/u/.cache/adamqlr'],
  ['linux', { XDG_CACHE_HOME: '' }, '/home/u/.cache/adamqlr'],
  ['linux', { XDG_CACHE_HOME: '/big' }, '/big/adamqlr'],
  ['linux', { XDG_CACHE_HOME: '/big', ADAMQLR_CACHE: '/mine' }, '/mine'],
  ['darwin', {}, '/home/u/Library/Caches/adamqlr'],
  ['win32', { LOCALAPPDATA: '/local' }, '/local/adamqlr/cache'],
];
for (const [platform, env, wanted] of folders) {
  test(`the cache on ${platform} with ${JSON.stringify(env)}`, (t) => {
    t.is(cacheFolder({ env, platform, home: '/home/u' }), wanted);
  });
}
