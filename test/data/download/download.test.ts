import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { diskError } from '../../../lib/data/download/disk-error.js';
import { type DownloadProgress, download } from '../../../lib/data/download/download.js';
import { temporaryFolder } from '../idx-file.js';
import { cut, described, noise, send, serve } from './file-server.js';

const bytes = noise(300_000);
const file = described('data.bin', bytes);
const quick = { tries: 3, wait: 1, stall: 20_000 };

test('a file arrives whole, with progress, and is not fetched again', async (t) => {
  const folder = join(temporaryFolder(t), 'new', 'folder');
  const { base, seen } = await serve(t, (request, response) => send(bytes, request, response));
  const progress: DownloadProgress[] = [];
  const control = { onProgress: (report: DownloadProgress) => progress.push(report) };
  const path = await download(`${base}/data.bin`, file, folder, control, quick);
  t.true(readFileSync(path).equals(bytes));
  t.deepEqual(readdirSync(folder), ['data.bin']);
  t.deepEqual(progress.at(-1), { url: `${base}/data.bin`, received: bytes.length, size: bytes.length });
  t.true(progress.every(({ received }, at) => at === 0 || received > progress[at - 1]!.received));
  await download(`${base}/data.bin`, file, folder, {}, quick);
  t.deepEqual(seen, ['/data.bin whole']);
});

test('a cut connection is continued where it stopped', async (t) => {
  const folder = temporaryFolder(t);
  const { base, seen } = await serve(t, (request, response, count) =>
    count === 1 ? cut(bytes, 100_000, response) : send(bytes, request, response),
  );
  t.true(readFileSync(await download(`${base}/data.bin`, file, folder, {}, quick)).equals(bytes));
  t.deepEqual(seen, ['/data.bin whole', '/data.bin bytes=100000-']);
});

test('what a failed download left is continued by the next one', async (t) => {
  const folder = temporaryFolder(t);
  const { base, seen } = await serve(t, (request, response, count) =>
    count === 1 ? cut(bytes, 50_000, response) : send(bytes, request, response),
  );
  const url = `${base}/data.bin`;
  await t.throwsAsync(download(url, file, folder, {}, { ...quick, tries: 1 }), {
    message: /expected a connection, got .*; is there a network\?/,
  });
  t.deepEqual(readdirSync(folder), ['data.bin.part']);
  t.true(readFileSync(await download(url, file, folder, {}, quick)).equals(bytes));
  t.deepEqual(seen, ['/data.bin whole', '/data.bin bytes=50000-']);
  t.deepEqual(readdirSync(folder), ['data.bin']);
});

test('the part of a process that has ended is continued, that of one that runs is left alone', async (t) => {
  const folder = temporaryFolder(t);
  const ended = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => ended.on('close', resolve));
  writeFileSync(join(folder, `data.bin.${hostname()}-${ended.pid}-0-1.part`), bytes.subarray(0, 70_000));
  const running = `data.bin.${hostname()}-${process.ppid}-0-1.part`;
  writeFileSync(join(folder, running), bytes.subarray(0, 90_000));
  const elsewhere = 'data.bin.another-machine-1-0-1.part';
  writeFileSync(join(folder, elsewhere), bytes.subarray(0, 95_000));
  const { base, seen } = await serve(t, (request, response) => send(bytes, request, response));
  t.true(readFileSync(await download(`${base}/data.bin`, file, folder, {}, quick)).equals(bytes));
  t.deepEqual(seen, ['/data.bin bytes=70000-']);
  t.deepEqual(readdirSync(folder).sort(), ['data.bin', elsewhere, running].sort());
});

test('a server that cannot continue sends everything again', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'data.bin.part'), bytes.subarray(0, 1000));
  const { base } = await serve(t, (_, response) => response.writeHead(200).end(bytes));
  t.true(readFileSync(await download(`${base}/data.bin`, file, folder, {}, quick)).equals(bytes));
});

test('a server that continues elsewhere than asked is asked for everything', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'data.bin.part'), bytes.subarray(0, 1000));
  const { base, seen } = await serve(t, (request, response, count) =>
    count === 1 ? response.writeHead(206, { 'content-range': 'bytes 5-9/300000' }).end('12345') : send(bytes, request, response),
  );
  t.true(readFileSync(await download(`${base}/data.bin`, file, folder, {}, quick)).equals(bytes));
  t.deepEqual(seen, ['/data.bin bytes=1000-', '/data.bin whole']);
});

for (const [name, left] of [
  ['too long', noise(400_000)],
  ['of another file', noise(1000, 9)],
  ['of another file, complete', noise(300_000, 9)],
] as const) {
  test(`a part that is ${name} does no harm`, async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, 'data.bin.part'), left);
    const { base } = await serve(t, (request, response) => send(bytes, request, response));
    t.true(readFileSync(await download(`${base}/data.bin`, file, folder, {}, quick)).equals(bytes));
  });
}

test('a wrong checksum is tried once more; then the file is removed and both sums are told', async (t) => {
  const folder = temporaryFolder(t);
  const wrong = noise(300_000, 2);
  const once = await serve(t, (request, response, count) => send(count === 1 ? wrong : bytes, request, response));
  t.true(readFileSync(await download(`${once.base}/data.bin`, file, folder, {}, quick)).equals(bytes));
  const other = temporaryFolder(t);
  const always = await serve(t, (request, response) => send(wrong, request, response));
  const { sha256 } = described('', wrong);
  await t.throwsAsync(download(`${always.base}/data.bin`, file, other, {}, { ...quick, tries: 9 }), {
    message: `${always.base}/data.bin: expected SHA-256 ${file.sha256}, got ${sha256}; the file was changed or damaged on its way, and has been removed`,
  });
  t.deepEqual(always.seen, ['/data.bin whole', '/data.bin whole']);
  t.deepEqual(readdirSync(other), []);
});

for (const [status, requests] of [
  [404, 1],
  [403, 1],
  [503, 3],
  [429, 3],
] as const) {
  test(`HTTP status ${status}: ${requests} requests, then a sentence`, async (t) => {
    const folder = temporaryFolder(t);
    const { base, seen } = await serve(t, (_, response) => response.writeHead(status).end('no'));
    await t.throwsAsync(download(`${base}/data.bin`, file, folder, {}, quick), {
      instanceOf: TypeError,
      message: `${base}/data.bin: expected the file, got HTTP status ${status}; is the address right? Another one can be set as ADAMQLR_MIRROR`,
    });
    t.is(seen.length, requests);
    t.deepEqual(readdirSync(folder), []);
  });
}

test('a longer file than expected is refused', async (t) => {
  const folder = temporaryFolder(t);
  const { base } = await serve(t, (_, response) => response.writeHead(200).end(noise(300_001)));
  await t.throwsAsync(download(`${base}/data.bin`, file, folder, {}, quick), {
    message: /data\.bin: expected a file of 300000 bytes, got more$/,
  });
});

test('a shorter file than expected is continued, then refused', async (t) => {
  const folder = temporaryFolder(t);
  const short = bytes.subarray(0, 299_999);
  const { base, seen } = await serve(t, (request, response) => send(short, request, response));
  await t.throwsAsync(download(`${base}/data.bin`, file, folder, {}, quick), {
    message: /expected (300000 bytes, got 299999|the file, got HTTP status 416)/,
  });
  t.deepEqual(seen.slice(0, 2), ['/data.bin whole', '/data.bin bytes=299999-']);
});

test('a connection that falls silent is given up, and what came is kept', async (t) => {
  const folder = temporaryFolder(t);
  const { base, seen } = await serve(t, (_, response, count) => {
    if (count === 1) response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 500));
  });
  await t.throwsAsync(download(`${base}/data.bin`, file, folder, {}, { tries: 2, wait: 1, stall: 1500 }), {
    message: `${base}/data.bin: expected data, got none for 1.5 seconds; try again; the download will go on where it stopped`,
  });
  t.deepEqual(seen, ['/data.bin whole', '/data.bin bytes=500-']);
  t.is(readFileSync(join(folder, 'data.bin.part')).length, 500);
});

test('no server: a sentence after bounded tries', async (t) => {
  const url = 'http://127.0.0.1:9/data.bin'; // the discard port, where nothing listens
  await t.throwsAsync(download(url, file, temporaryFolder(t), {}, quick), {
    message: /^http:\/\/127\.0\.0\.1:9\/data\.bin: expected a connection, got .*; is there a network\?/,
  });
});

test('an abort rejects with its reason and keeps what came', async (t) => {
  const folder = temporaryFolder(t);
  const stop = new AbortController();
  const reason = new Error('enough');
  const { base } = await serve(t, (_, response) =>
    response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 500)),
  );
  const control = { signal: stop.signal, onProgress: () => stop.abort(reason) };
  t.is(await t.throwsAsync(download(`${base}/data.bin`, file, folder, control, quick)), reason);
  t.deepEqual(readdirSync(folder), ['data.bin.part']);
  t.is(await t.throwsAsync(download(`${base}/data.bin`, file, folder, { signal: stop.signal }, quick)), reason);
});

test('an abort ends the pause before the next request', async (t) => {
  const stop = new AbortController();
  const reason = new Error('enough');
  const { base } = await serve(t, (_, response) => {
    response.writeHead(503).end();
    setTimeout(() => stop.abort(reason), 100);
  });
  const patient = { ...quick, wait: 3_600_000 };
  t.is(await t.throwsAsync(download(`${base}/data.bin`, file, temporaryFolder(t), { signal: stop.signal }, patient)), reason);
});

test('a folder that cannot be made names it', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'file'), '');
  await t.throwsAsync(download('http://127.0.0.1:9/data.bin', file, join(folder, 'file', 'cache'), {}, quick), {
    message: /file.cache: expected a folder that can be written, got (ENOTDIR|EEXIST); set ADAMQLR_CACHE to another folder$/,
  });
  const closed = join(folder, 'closed');
  mkdirSync(closed);
  chmodSync(closed, 0o500);
  if (process.getuid?.() !== 0) {
    await t.throwsAsync(download('http://127.0.0.1:9/data.bin', file, closed, {}, quick), {
      message: /a folder that can be written, got EACCES/,
    });
  }
  t.false(existsSync(join(closed, 'data.bin')));
});

test('a full disk: how much is needed, and what to do', (t) => {
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  t.is(
    diskError('/cache/fashion-mnist', full, 1234).message,
    '/cache/fashion-mnist: expected room for 1234 bytes, got ENOSPC; free some space, or set ADAMQLR_CACHE to another folder',
  );
});

test('several downloads of one file at the same time do not disturb each other', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'data.bin.part'), bytes.subarray(0, 1000));
  const { base } = await serve(t, (request, response) => setTimeout(() => send(bytes, request, response), 20));
  const paths = await Promise.all(Array.from({ length: 5 }, () => download(`${base}/data.bin`, file, folder, {}, quick)));
  for (const path of paths) t.true(readFileSync(path).equals(bytes));
  t.deepEqual(readdirSync(folder), ['data.bin']);
});

test('several processes at the same time do not disturb each other', async (t) => {
  t.timeout(60_000);
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'data.bin.part'), bytes.subarray(0, 1000));
  const { base } = await serve(t, (request, response) => setTimeout(() => send(bytes, request, response), 100));
  const module = new URL('../../../lib/data/download/download.js', import.meta.url).href;
  const program = `import { download } from '${module}'; await download('${base}/data.bin', ${JSON.stringify(file)}, process.argv[1]);`;
  const run = () =>
    new Promise<number | null>((resolve) =>
      spawn(process.execPath, ['--input-type=module', '-e', program, folder], { stdio: 'inherit' }).on('close', resolve),
    );
  t.deepEqual(await Promise.all([run(), run(), run()]), [0, 0, 0]);
  t.true(readFileSync(join(folder, 'data.bin')).equals(bytes));
  t.deepEqual(readdirSync(folder), ['data.bin']);
});
