import type { DownloadProgress } from '../data/download/download.js';
import type { ProgressStream } from './progress.js';

const MEGABYTE = 1e6;

const megabytes = (bytes: number) => (bytes / MEGABYTE).toFixed(1);

/** Shows downloads while they go: on a terminal a line that counts, elsewhere one line when a file begins and one when it is there. */
export function downloadProgress(stream: ProgressStream): (progress: DownloadProgress) => void {
  let current = '';
  let shown = '';
  return ({ url, received, size }) => {
    const begins = url !== current;
    current = url;
    const done = received === size;
    if (stream.isTTY === true) {
      const line = `downloading ${url}: ${megabytes(received)} of ${megabytes(size)} MB`;
      if (line !== shown || done) stream.write(`\r${line}${done ? '\n' : ''}`);
      shown = line;
      return;
    }
    if (begins) stream.write(`downloading ${url}, ${megabytes(size)} MB\n`);
    if (done) stream.write(`downloaded ${url}\n`);
  };
}
