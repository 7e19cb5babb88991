import type { Graph } from '../graph/node.js';
import { cse } from './cse.js';
import { distribute } from './distribute.js';
import { fold } from './fold.js';
import { legalize } from './legalize.js';
import { simplify } from './simplify.js';

/** Switches for tests and for comparing a plan with its plainer self. */
export type PassOptions = {
  /** Bilinear distribution. @default true */
  readonly distribute?: boolean;
};

/**
 * The graph passes in order. Every pass takes and gives a graph with the same inputs and, up to rounding, the same outputs; what
 * nothing depends on any more is dropped by the next walk.
 */
export function optimize(graph: Graph, options: PassOptions = {}): Graph {
  // Equal values become one value first, so that distribution finds its products and taps are still apart.
  const shared = cse(fold(simplify(cse(graph))));
  const distributed = options.distribute === false ? shared : distribute(shared);
  return cse(simplify(fold(legalize(distributed))));
}
