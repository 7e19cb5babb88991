import type { Tree } from '../../lib/base/tree.js';
import * as tree from '../../lib/base/tree.js';
import type { Objective } from '../../lib/curvature/objective.js';
import type { Spec, Value } from '../../lib/graph/node.js';
import type { StateDefinition } from '../../lib/graph/state.js';
import type { Optimizer, OptimizerState } from '../../lib/optim/optimizer.js';
import { type Data, type Engine, filled } from '../engine.js';

/** A problem an optimizer can be run on: first parameters, a batch, and the objective on it. */
export type Problem = {
  readonly params: Tree<Data>;
  readonly paramSpecs: Tree<Spec>;
  readonly batch: Tree<Data>;
  readonly batchSpecs: Tree<Spec>;
  readonly sizes: Readonly<Record<string, number>>;
  readonly objective: (batch: Tree<Value>) => Objective;
  /** A second batch, for optimizers that judge their steps by it; absent: the first one again. */
  readonly nextBatch?: Tree<Data>;
};

/** What came out of one step. */
export type Step = { readonly stats: Readonly<Record<string, number>>; readonly params: Tree<Data>; readonly committed: boolean };

/** Parameters and state between steps. */
export type Position = { readonly params: Tree<Data>; readonly state: Tree<Data> };

/** A run, and whether the step was traced again after its first call. */
export type Run = { readonly steps: readonly Step[]; readonly end: Position; readonly retraced: boolean };

/** The position before the first step. */
export function start(optimizer: Optimizer, problem: Problem): Position {
  const definitions = optimizer.init(problem.paramSpecs);
  return {
    params: problem.params,
    state: tree.map(
      ({ spec, value }: StateDefinition) => filled(spec, value, problem.sizes),
      definitions as unknown as Tree<StateDefinition>,
    ),
  };
}

/** Runs steps of an optimizer from a position, all on the one batch of the problem (and judged by its second one, if asked for). The step is traced and compiled once. */
export function run(engine: Engine, optimizer: Optimizer, problem: Problem, steps: number, from = start(optimizer, problem)): Run {
  let traces = 0;
  const stateSpecs = tree.map(({ spec }: StateDefinition) => spec, optimizer.init(problem.paramSpecs) as unknown as Tree<StateDefinition>);
  const step = engine(
    (params: Tree<Value>, state: Tree<Value>, batch: Tree<Value>, nextBatch: Tree<Value>) => {
      traces++;
      const next = problem.objective(nextBatch);
      const result = optimizer.step(problem.objective(batch), params, state as unknown as OptimizerState<Value>, next);
      return { params: result.params, state: result.state as unknown as Tree<Value>, stats: result.stats, commit: result.commit };
    },
    [problem.paramSpecs, stateSpecs, problem.batchSpecs, problem.batchSpecs],
    problem.sizes,
  );
  const taken: Step[] = [];
  let { params, state } = from;
  let tracesAtFirst = 0;
  for (let i = 0; i < steps; i++) {
    const result = step(params, state, problem.batch, problem.nextBatch ?? problem.batch) as {
      params: Tree<Data>;
      state: Tree<Data>;
      stats: Record<string, Data>;
      commit: Data;
    };
    ({ params, state } = result);
    if (i === 0) tracesAtFirst = traces;
    const stats = tree.map((value: Data) => Number(value[0]), result.stats);
    taken.push({ stats, params, committed: result.commit[0] === 1 });
  }
  return { steps: taken, end: { params, state }, retraced: traces > tracesAtFirst };
}

/** A tree of numbers as one flat array, in key order. */
export function flat(values: Tree<Data>): number[] {
  return tree.leaves(values).flatMap((leaf) => Array.from(leaf));
}
