import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from 'ava';
import type { PublicFile } from '../../../lib/data/download/download.js';

/** Bytes that do not repeat, by seed. */
export function noise(length: number, seed = 1): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => Math.imul(i + 7 * seed, 2_654_435_761) >>> 24));
}

/** The description of a file with these bytes. */
export function described(name: string, bytes: Uint8Array): PublicFile {
  return { name, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** Answers one request; `count` is 1 for the first one. */
export type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** A server on this machine that answers like `answer`, its address, and the requests it has seen as 'PATH RANGE'. */
export async function serve(t: ExecutionContext, answer: Answer): Promise<{ readonly base: string; readonly seen: string[] }> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.url} ${request.headers.range ?? 'whole'}`);
    answer(request, response, seen.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

/** Sends a file the way servers do that can continue it. */
export function send(bytes: Uint8Array, request: IncomingMessage, response: ServerResponse): void {
  const from = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
  if (from === undefined) {
    response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
  } else if (Number(from) >= bytes.length) {
    response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
  } else {
    const rest = bytes.subarray(Number(from));
    response
      .writeHead(206, { 'content-length': rest.length, 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` })
      .end(rest);
  }
}

/** Sends the first bytes of a file and then breaks the connection. */
export function cut(bytes: Uint8Array, length: number, response: ServerResponse): void {
  response.writeHead(200, { 'content-length': bytes.length });
  response.write(bytes.subarray(0, length), () => setTimeout(() => response.destroy(), 50));
}
