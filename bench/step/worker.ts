/**
 * One of our steps in a process of its own: checked against float64, then timed. Prints one line of JSON.
 * Usage: node dist-test/bench/step/worker.js CASE OPTIMIZER SOURCE THREADS SECONDS [CHECK]
 */
import { sample } from '../timing.js';
import { agreement, checkAgreement } from './agreement.js';
import { caseNamed, OPTIMIZERS, SOURCES } from './cases.js';
import { COURSE, ourStep } from './our-step.js';

const [caseName = '', optimizerName = '', sourceName = '', threads = '2', seconds = '1', check = 'check'] = process.argv.slice(2);
const c = caseNamed(caseName);
const optimizer = OPTIMIZERS.find((name) => name === optimizerName);
const source = SOURCES.find((name) => name === sourceName);
if (optimizer === undefined || source === undefined)
  throw new Error(`bench: expected OPTIMIZER and SOURCE, got '${optimizerName}', '${sourceName}'`);

const agrees = check === 'check' ? agreement(c, optimizer, source, Number(threads)) : null;
if (agrees !== null) checkAgreement(agrees, `${c.name} ${optimizer}`);

const step = ourStep(c, optimizer, source, 'float32', Number(threads));
let taken = 0;
const run = (steps: number) => {
  step.run(steps);
  taken += steps;
};
const samples = sample(run, { seconds: Number(seconds), samples: 5 }, step.most, () => {
  step.rewind();
  if (taken < COURSE) return;
  step.reset();
  step.run(Math.min(4, step.most)); // brings state that JavaScript wrote back into the caches of the threads
  step.rewind();
  taken = 0;
});
step.dispose();
console.log(JSON.stringify({ ourUs: samples, agreement: agrees, residentMegabytes: Math.round(process.resourceUsage().maxRSS / 1024) }));
