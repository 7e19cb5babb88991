import { readFileSync } from 'node:fs';
import { adam } from '../../lib/optim/adam.js';
import { adamw } from '../../lib/optim/adamw.js';
import { noDamping } from '../../lib/optim/damping/fixed.js';
import { adamDirection } from '../../lib/optim/directions/adam.js';
import { coupledDecay } from '../../lib/optim/directions/weight-decay.js';
import { type Optimizer, optimizer } from '../../lib/optim/optimizer.js';
import { sgd } from '../../lib/optim/sgd.js';
import { constantStep } from '../../lib/optim/steps/constant.js';
import { engines } from '../engine.js';
import { sharedTest } from '../shared.js';
import { mlpRun } from './mlp-problem.js';
import { flat, run } from './run.js';

type Config = {
  readonly lr: number;
  readonly momentum?: number;
  readonly nesterov?: boolean;
  readonly dampening?: number;
  readonly weight_decay?: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly eps?: number;
};
type Nested = number | readonly Nested[];
type Recorded = {
  readonly step: number;
  readonly loss: number;
  readonly sum_theta: number;
  readonly params?: Readonly<Record<string, Nested>>;
};
type Case = { readonly name: string; readonly config: Config; readonly steps: readonly Recorded[] };

const FILE = 'oracles/first-order.json';
const TOLERANCE = 1e-9;
const NAMES = ['w1', 'b1', 'w2', 'b2'];

const numbers = (nested: Nested): number[] => (typeof nested === 'number' ? [nested] : nested.flatMap(numbers));

function sgdOf({ lr, momentum = 0, nesterov = false, dampening = 0, weight_decay = 0 }: Config): Optimizer {
  return sgd({ learningRate: lr, momentum, nesterov, dampening, weightDecay: weight_decay });
}

const moments = ({ beta1 = 0, beta2 = 0, eps = 0 }: Config) => ({ beta1, beta2, epsilon: eps });
const adamOf = (c: Config): Optimizer => adam({ learningRate: c.lr, ...moments(c) });
const adamwOf = (c: Config): Optimizer => adamw({ learningRate: c.lr, ...moments(c), weightDecay: c.weight_decay! });

/** Adam with coupled decay, assembled from its parts. */
function adamL2Of(c: Config): Optimizer {
  return optimizer({
    name: 'adam with coupled decay',
    batchSize: 50,
    direction: coupledDecay(c.weight_decay!, adamDirection(moments(c))),
    stepSize: constantStep(c.lr),
    damping: noDamping(),
  });
}

const CASES: Readonly<Record<string, (config: Config) => Optimizer>> = {
  sgd_ce: sgdOf,
  sgd_l2_ce: sgdOf,
  sgd_mse: sgdOf,
  heavy_ball_ce: sgdOf,
  heavy_ball_dampening_ce: sgdOf,
  heavy_ball_mse: sgdOf,
  nesterov_ce: sgdOf,
  nesterov_l2_ce: sgdOf,
  nesterov_mse: sgdOf,
  adam_ce: adamOf,
  adam_large_eps_ce: adamOf,
  adam_mse: adamOf,
  adam_l2_ce: adamL2Of,
  adamw_ce: adamwOf,
  adamw_mse: adamwOf,
};

for (const { name: engineName, engine } of engines) {
  for (const [name, make] of Object.entries(CASES)) {
    sharedTest(`${name}, ${engineName}: reproduces the recorded run`, [FILE], (t, file) => {
      const recorded = (JSON.parse(readFileSync(file, 'utf8')).cases as Case[]).find((c) => c.name === name)!;
      const { steps } = run(engine, make(recorded.config), mlpRun(name.endsWith('_mse') ? 'mse' : 'ce'), recorded.steps.length);
      for (const { step, loss, sum_theta, params } of recorded.steps) {
        const got = steps[step - 1]!;
        t.true(Math.abs(got.stats.loss! - loss) <= TOLERANCE * Math.abs(loss), `step ${step}: loss ${got.stats.loss}, expected ${loss}`);
        const theta = flat(got.params);
        const scale = Math.max(...theta.map(Math.abs));
        const total = theta.reduce((a, b) => a + b, 0);
        t.true(Math.abs(total - sum_theta) <= TOLERANCE * scale * theta.length, `step ${step}: sum ${total}, expected ${sum_theta}`);
        if (params === undefined) continue;
        const expected = NAMES.flatMap((key) => numbers(params[key]!));
        const worst = Math.max(...expected.map((value, i) => Math.abs(value - theta[i]!))) / scale;
        t.true(worst <= TOLERANCE, `step ${step}: parameters off by ${worst} of the largest`);
      }
    });
  }
}
