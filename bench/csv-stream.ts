/**
 * How fast a CSV file larger than memory streams, and how much memory that takes: the two passes that learn about the columns, one pass over
 * the training examples, and training for one epoch with validation and a test at its end (each reads its part of the file). The file is written to the temporary folder first and removed afterwards.
 * Usage: node dist-test/bench/csv-stream.js [MEGABYTES]
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { csv } from '../lib/data/csv/csv.js';
import { adamqlr, loss, nn, Trainer } from '../lib/index.js';
import { record } from './record.js';

const megabytes = Number(process.argv[2] ?? 1000);
const MEASURE = '--measure';
const CITIES = ['Bergen', 'Bodø', 'Oslo', 'Tromsø', 'Trondheim'];

/** Six numbers of different lengths, a category, a key that is not used and the target: about 100 characters a row. */
function row(i: number): string {
  const x = (k: number) => Math.sin(i * 12.9898 + k * 78.233);
  const numbers = [x(1).toFixed(6), (x(2) * 1e4).toFixed(2), Math.round(x(3) * 1e6), x(4).toFixed(12), x(5).toFixed(3), i % 1000];
  return `row-${i},${numbers.join(',')},${CITIES[i % CITIES.length]},${(x(1) * x(2) + x(6) / 10).toFixed(8)}\n`;
}

async function write(path: string, bytes: number): Promise<void> {
  const file = createWriteStream(path);
  file.write('key,a,b,c,d,e,f,city,y\n');
  for (let i = 0, written = 0; written < bytes; ) {
    let text = '';
    while (text.length < 2 ** 20) text += row(i++);
    written += text.length;
    if (!file.write(text)) await once(file, 'drain');
  }
  file.end();
  await finished(file);
}

/** Runs in a process of its own, so that its memory is that of reading alone. */
async function measure(path: string): Promise<void> {
  const { size } = await stat(path);
  const cpu = () => (process.cpuUsage().user + process.cpuUsage().system) / 1e6;
  const cpuStart = cpu();
  const start = performance.now();
  const { train, validation, test, preprocessing, layers } = await csv(path, { target: 'y', exclude: ['key'], stream: true });
  const learned = performance.now();
  const cpuLearned = cpu();
  let examples = 0;
  for await (const piece of train.open()) examples += piece.count;
  const end = performance.now();
  const cpuEnd = cpu();
  using trainer = new Trainer({ model: nn.mlp(layers), loss: loss.squaredError(), optimizer: adamqlr() });
  const [report] = await trainer.train(train, { epochs: 1, validation });
  const scores = await trainer.evaluate(test);
  const trained = performance.now();
  const perSecond = (milliseconds: number) => Math.round(size / 1e3 / milliseconds);
  const figures = {
    bytes: size,
    examples,
    features: preprocessing.width,
    learnSeconds: (learned - start) / 1e3,
    passSeconds: (end - learned) / 1e3,
    learnCpuSeconds: cpuLearned - cpuStart,
    passCpuSeconds: cpuEnd - cpuLearned,
    trainingSeconds: (trained - end) / 1e3,
    steps: report!.step,
    nativeSeconds: report!.seconds,
    validationLoss: report!.validationLoss,
    testLoss: scores.loss,
    learnMegabytesPerSecond: perSecond((learned - start) / 2), // the file is read twice
    passMegabytesPerSecond: perSecond(end - learned),
    peakResidentMegabytes: Math.round(process.resourceUsage().maxRSS / 1e3),
  };
  console.log(JSON.stringify(figures));
}

if (process.argv[2] === MEASURE) await measure(process.argv[3]!);
else {
  const folder = await mkdtemp(join(tmpdir(), 'adamqlr-bench-'));
  try {
    const path = join(folder, 'table.csv');
    await write(path, megabytes * 1e6);
    const output = execFileSync(process.execPath, [fileURLToPath(import.meta.url), MEASURE, path], { encoding: 'utf8' });
    record('csv-stream', JSON.parse(output));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
