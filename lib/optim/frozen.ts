import { outOfRange } from '../base/errors.js';
import type { Tree } from '../base/tree.js';
import * as tree from '../base/tree.js';
import type { Objective } from '../curvature/objective.js';
import type { Value } from '../graph/node.js';
import { zeros } from '../ops/sources.js';
import type { Optimizer } from './optimizer.js';

/** Leaves by path. */
type Leaves<T> = Readonly<Record<string, T>>;

/**
 * An optimizer that leaves some parameters as they are: those whose path (such as '0.weight') satisfies `isFrozen`. Gradient, direction,
 * moments, curvature, damping and the norms it reports are those of the others alone, as if the frozen ones were constants of the model.
 * Throws, when training is prepared, where no parameter is frozen or none is left.
 */
export function frozen(optimizer: Optimizer, isFrozen: (path: string) => boolean): Optimizer {
  const trained = <T>(params: Tree<T>): Leaves<T> => Object.fromEntries(tree.entries<T>(params).filter(([path]) => !isFrozen(path)));
  return {
    name: optimizer.name,
    defaultBatchSize: (n) => optimizer.defaultBatchSize(n),
    init(params) {
      const paths = tree.entries(params).map(([path]) => path);
      const left = paths.filter((path) => !isFrozen(path)).length;
      if (left === 0 || left === paths.length) {
        const got = `${left === 0 ? 'all' : 'none'} of ${paths.join(', ')}`;
        throw outOfRange('frozen', 'some parameters to be frozen and some not', got);
      }
      return optimizer.init(trained(params));
    },
    step(objective, params, state, next) {
      const part = trained(params);
      const inner = restricted(objective, params, part, trained);
      const second = next && restricted(next, params, part, trained).objective;
      const result = optimizer.step(inner.objective, part, state, second);
      return { ...result, params: inner.whole(result.params as Leaves<Value>) };
    },
  };
}

/** The objective as a function of some of its parameters; the others stay at the values of `params`. */
function restricted(
  objective: Objective,
  params: Tree<Value>,
  part: Leaves<Value>,
  trained: (whole: Tree<Value>) => Leaves<Value>,
): { readonly objective: Objective; whole(part: Leaves<Value>): Tree<Value> } {
  // Objectives remember evaluations by the tree they were asked for, hence one whole tree per part.
  const known = new WeakMap<object, Tree<Value>>([[part, params]]);
  const whole = (some: Leaves<Value>): Tree<Value> => {
    const found = known.get(some) ?? tree.mapWithPath((path: string, theta: Value) => some[path] ?? theta, params);
    known.set(some, found);
    return found;
  };
  return {
    whole,
    objective: {
      evaluate: (some) => objective.evaluate(whole(some as Leaves<Value>)),
      valueAndGrad(some) {
        const [evaluation, gradient] = objective.valueAndGrad(whole(some as Leaves<Value>));
        return [evaluation, trained(gradient)];
      },
      quadraticForm(curvature, some, d) {
        const along = d as Leaves<Value>;
        const direction = tree.mapWithPath((path: string, theta: Value) => along[path] ?? zeros(theta), params);
        return objective.quadraticForm(curvature, whole(some as Leaves<Value>), direction);
      },
      change: (before, after) => objective.change(before, after),
    },
  };
}
