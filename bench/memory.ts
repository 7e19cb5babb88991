/**
 * Memory of the steps of bench/step, each in a process of its own: the arena against what is alive at once, scratch, state and data, and the
 * resident memory of the process after its steps.
 * Usage: npm run bench -- memory [--no-record]
 */
import { fileURLToPath } from 'node:url';
import { ask } from './child.js';
import { append } from './record.js';
import { CASES, caseNamed, OPTIMIZERS } from './step/cases.js';
import { residentProgram, residentStep } from './step/our-step.js';
import { table } from './table.js';

const MEASURE = '--measure';
const STEPS = 200;

type Figures = Readonly<
  Record<'arenaBytes' | 'liveBytes' | 'scratchBytes' | 'stateBytes' | 'residentBytes' | 'beforeBytes', number> & {
    case: string;
    optimizer: string;
  }
>;

/** Runs in a process of its own. */
function measure(caseName: string, optimizerName: string): Figures {
  const c = caseNamed(caseName);
  const optimizer = OPTIMIZERS.find((name) => name === optimizerName)!;
  const { report } = residentProgram(c, optimizer, 'float32').program.plans[0]!;
  globalThis.gc?.();
  const beforeBytes = process.memoryUsage.rss();
  const step = residentStep(c, optimizer, 'float32', 2);
  step.run(Math.min(STEPS, step.most));
  globalThis.gc?.();
  const { state, scratch } = step.memory();
  const residentBytes = process.memoryUsage.rss();
  step.dispose();
  const { arenaBytes, liveBytes } = report;
  return { case: caseName, optimizer, arenaBytes, liveBytes, scratchBytes: scratch, stateBytes: state, beforeBytes, residentBytes };
}

async function main(): Promise<void> {
  const self = fileURLToPath(import.meta.url);
  const found: Figures[] = [];
  for (const c of CASES) {
    for (const optimizer of OPTIMIZERS) {
      found.push((await ask(process.execPath, ['--expose-gc', self, MEASURE, c.name, optimizer])) as unknown as Figures);
    }
  }
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(2);
  const rows = found.map((f) => [
    `${f.case} ${f.optimizer}`,
    ...[f.arenaBytes, f.liveBytes].map(megabytes),
    (f.arenaBytes / f.liveBytes).toFixed(3),
    ...[f.scratchBytes, f.stateBytes, f.residentBytes].map(megabytes),
  ]);
  console.log(table(['MB', 'arena', 'alive at once', 'ratio', 'scratch', 'state and data', 'resident'], rows));
  if (!process.argv.includes('--no-record')) append('memory', { steps: found });
}

const at = process.argv.indexOf(MEASURE);
if (at > 0) console.log(JSON.stringify(measure(process.argv[at + 1]!, process.argv[at + 2]!)));
else await main();
