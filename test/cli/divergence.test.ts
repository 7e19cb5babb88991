import test from 'ava';
import { Divergence } from '../../lib/cli/divergence.js';

const courses: [name: string, losses: number[], diverged: boolean][] = [
  ['falls', [1, 0.5, 0.1], false],
  ['rises and comes back', [1, 80, 0.1], false],
  ['explodes', [1, 0.5, 6e10], true],
  ['ends where it began', [1, 0.5, 1], true],
  ['ends below its begin, far above its best', [1, 0.01, 0.2], true],
  ['is somewhat above its best', [1, 0.05, 0.2], false],
  ['swings far below its begin', [400, 1.2, 13.4], false],
  ['is noise near nothing', [1, 1e-9, 1e-5], false],
  ['has one report', [1], false],
  ['has none', [], false],
  ['is no number at last', [1, 0.5, Number.NaN], true],
];
for (const [name, losses, diverged] of courses) {
  test(`a loss that ${name}`, (t) => {
    const divergence = new Divergence();
    for (const trainLoss of losses) divergence.add({ trainLoss });
    t.is(divergence.diverged, diverged);
    t.is(divergence.sentence('adam', ['batchSize']) !== null, diverged);
  });
}

test('the sentence names only flags that the optimizer has', (t) => {
  const divergence = new Divergence();
  for (const trainLoss of [1, 0.5, 6e10]) divergence.add({ trainLoss });
  const numbers = 'training diverged (loss 1 at first, 0.5 at best, 6.00e+10 at last)';
  t.is(
    divergence.sentence('adamqlr', ['batchSize', 'learningRateRange', 'curvature']),
    `${numbers}; try --optimizer adam, a larger --batch-size or bounds such as --learning-rate-range 0,0.1`,
  );
  t.is(divergence.sentence('adam', ['batchSize', 'learningRate']), `${numbers}; try a larger --batch-size or a smaller --learning-rate`);
});
