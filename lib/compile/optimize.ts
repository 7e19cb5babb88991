import type { Graph } from '../graph/node.js';
import { mergeRegions } from '../transforms/merge-regions.js';
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
  // Regions are merged before anything rewrites their bodies: they are known by common nodes.
  const merged: Graph = { inputs: graph.inputs, outputs: mergeRegions(graph.outputs) };
  const shared = cse(fold(simplify(merged)));
  const distributed = options.distribute === false ? shared : distribute(shared);
  const legal = legalize(distributed);
  return legal === shared ? shared : cse(simplify(legal));
}
