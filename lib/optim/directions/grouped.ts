import type { Tree } from '../../base/tree.js';
import * as tree from '../../base/tree.js';
import type { Spec, Value } from '../../graph/node.js';
import type { StateDefinition } from '../../graph/state.js';
import { checkGroups, type Group, groupOf, OTHERS, ownName } from '../groups.js';
import type { Direction, Hyper } from '../parts.js';
import { scaledDirection } from './scaled.js';

/** Leaves by path. */
type Leaves<T> = Readonly<Record<string, T>>;

/** A direction for some of the parameters: its name, and the names under which the state has its hyper-parameters. */
type Part = { readonly name: string; readonly direction: Direction; readonly hyperNames: Readonly<Record<string, string>> };

/**
 * One direction made of one per group of parameters and one for the others, each with its own values and state: d restricted to a group is
 * the direction that `make` gives for the values of that group, times its learning-rate factor. What follows the direction (step size,
 * damping, clips) sees the joint d. Without groups it is `make(values)`.
 *
 * Throws RangeError, when training is prepared, where a group has no parameter or a parameter is in two groups.
 */
export function groupedDirection<V extends object>(
  who: string,
  values: V,
  groups: readonly Group[],
  make: (values: V) => Direction,
): Direction {
  const others = make(values);
  if (groups.length === 0) return others;
  const parts = [
    partOf(OTHERS, others, {}, others),
    ...groups.map((group) => partOf(group.name, directionOf(group, values, make), group.own, others)),
  ];
  const split = <T>(whole: Tree<T>, name: string): Leaves<T> =>
    Object.fromEntries(tree.entries<T>(whole).filter(([path]) => (groupOf(groups, path)?.name ?? OTHERS) === name));
  const join = (pieces: readonly Tree<Value>[], params: Tree<Value>): Tree<Value> => {
    const leaves: Leaves<Value> = Object.assign({}, ...pieces);
    return tree.mapWithPath((path: string) => leaves[path]!, params);
  };
  const moments = parts.map(({ direction }) => direction.secondMoment);
  return {
    hyper: Object.assign({}, ...parts.map(ownHyper)),
    init(params) {
      checkGroups(
        who,
        groups,
        tree.entries(params).map(([path]) => path),
      );
      return Object.fromEntries(parts.map(({ name, direction }) => [name, direction.init(split<Spec>(params, name))]));
    },
    update(g, params, state, hyper) {
      const results = parts.map(({ name, direction, hyperNames }) => {
        const own: Hyper = Object.fromEntries(Object.entries(hyperNames).map(([key, stored]) => [key, hyper[stored]!]));
        return direction.update(split(g, name), split(params, name), stateOf(state, name), own);
      });
      const d = results.map(([d]) => d);
      return [join(d, params), Object.fromEntries(parts.map(({ name }, i) => [name, results[i]![1]]))];
    },
    ...(moments.every((moment) => moment !== undefined) && {
      secondMoment: (state, params) =>
        join(
          parts.map(({ name }, i) => moments[i]!(stateOf(state, name), split(params, name))),
          params,
        ),
    }),
  };
}

function directionOf<V extends object>({ own }: Group, values: V, make: (values: V) => Direction): Direction {
  const { learningRateFactor, ...named } = own;
  const direction = make({ ...values, ...named });
  return learningRateFactor === undefined ? direction : scaledDirection(learningRateFactor, direction);
}

/** A value that a group names is its own; one that the others do not have (momentum where they have none) can only be its own. */
function partOf(name: string, direction: Direction, own: Group['own'], others: Direction): Part {
  const stored = (key: string) => (key in own || !(key in others.hyper) ? ownName({ name }, key) : key);
  return { name, direction, hyperNames: Object.fromEntries(Object.keys(direction.hyper).map((key) => [key, stored(key)])) };
}

function ownHyper({ direction, hyperNames, name }: Part): Record<string, number> {
  const own = Object.entries(direction.hyper).filter(([key]) => name === OTHERS || hyperNames[key] !== key);
  return Object.fromEntries(own.map(([key, value]) => [hyperNames[key]!, value]));
}

function stateOf<T extends Value | StateDefinition>(state: Tree<T>, name: string): Tree<T> {
  return (state as Readonly<Record<string, Tree<T>>>)[name]!;
}
