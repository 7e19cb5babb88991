import { expected } from '../base/errors.js';
import { showUnknown } from '../base/plain-data.js';
import { fromRows, type SpecRow } from '../base/spec.js';
import { bernoulli } from './bernoulli.js';
import { crossEntropy } from './cross-entropy.js';
import { gaussian } from './gaussian.js';
import { huber } from './huber.js';
import type { Loss } from './loss.js';
import { poisson } from './poisson.js';
import { squaredError } from './squared-error.js';
import { classWeighted } from './weighted.js';

/** How every loss is made from its spec, by the name that the spec has. */
export const LOSSES: Readonly<Record<string, SpecRow<Loss>>> = {
  bernoulli: { options: [], make: bernoulli },
  classWeighted: {
    options: ['of', 'weights'],
    make({ of, weights }: { of: unknown; weights: unknown }) {
      if (!Array.isArray(weights)) throw expected('classWeighted', 'weights to be a list of numbers', showUnknown(weights));
      return classWeighted(fromSpec(of), weights);
    },
  },
  crossEntropy: { options: ['labelSmoothing'], make: crossEntropy },
  gaussian: { options: ['varianceFloor'], make: gaussian },
  huber: { options: ['delta'], make: huber },
  poisson: { options: [], make: poisson },
  squaredError: { options: [], make: squaredError },
};

/**
 * The loss that a spec such as { loss: 'huber', delta: 1 } describes: plain data, of any origin.
 * @throws TypeError for other data and unknown names, with the nearest known one; and what the loss throws for its options.
 */
export function fromSpec(spec: unknown): Loss {
  return fromRows('fromSpec', 'loss', LOSSES, spec);
}
