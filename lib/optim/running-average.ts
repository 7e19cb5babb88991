import type { Value } from '../graph/node.js';
import { SCALAR, StateDefinition } from '../graph/state.js';
import '../ops/fluent.js';
import { constant } from '../ops/sources.js';
import type { PartState } from './parts.js';

/** A running average of a scalar, kept in a part's state under `name`. */
export type RunningAverage = {
  init(): PartState<StateDefinition>;
  /** The average that takes in one more value, and the state that remembers it. */
  take(value: Value, decay: Value, state: PartState<Value>): [average: Value, state: PartState<Value>];
};

/**
 * average <- decay average + (1 - decay) value
 *
 * Starts from the number `start`, or where that is null from the first value.
 */
export function runningAverage(name: string, start: number | null): RunningAverage {
  const started = `${name}Started`;
  return {
    init: () => ({ [name]: new StateDefinition(SCALAR, start ?? 0), [started]: new StateDefinition(SCALAR, start === null ? 0 : 1) }),
    take(value, decay, state) {
      const kept = decay.mul(state[started] as Value); // 0 in the first step without a start, then the decay
      const average = (state[name] as Value).mul(kept).add(value.mul(kept.neg().add(1)));
      return [average, { ...state, [name]: average, [started]: constant(1) }];
    },
  };
}
