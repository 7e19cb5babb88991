/**
 * What training does to the event loop: delays of a 1 ms timer and of fs.readFile while fit runs at full speed, and while nothing runs.
 * Usage: node dist-test/bench/event-loop.js [SECONDS]
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { adamqlr, data, loss, nn, Trainer } from '../lib/index.js';
import { quantile, record, root } from './record.js';

const seconds = Number(process.argv[2] ?? 10);
const task = data.glyphs({ seed: 0 });

async function timerDelays(milliseconds: number): Promise<number[]> {
  const delays: number[] = [];
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    const start = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 1));
    delays.push(Math.max(0, performance.now() - start - 1));
  }
  return delays;
}

async function readDelays(milliseconds: number): Promise<number[]> {
  const delays: number[] = [];
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    const start = performance.now();
    await readFile(join(root, 'package.json'));
    delays.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return delays;
}

const summary = (delays: readonly number[]) => ({
  count: delays.length,
  median: quantile(delays, 0.5),
  p99: quantile(delays, 0.99),
  max: Math.max(...delays),
});

async function measure() {
  return { timerMs: summary(await timerDelays(500 * seconds)), readFileMs: summary(await readDelays(500 * seconds)) };
}

const idle = await measure();
using trainer = new Trainer({ model: nn.mlp([784, 50, 10]), loss: loss.crossEntropy(), optimizer: adamqlr() });
const controller = new AbortController();
const training = (async () => {
  for await (const _ of trainer.fit(task.train, { epochs: 1e9, report: { every: 1e9 }, signal: controller.signal }));
})().catch(() => {});
await timerDelays(500);
const busy = await measure();
controller.abort();
await training;
record('event-loop', { idle, training: busy });
