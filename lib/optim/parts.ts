import type { Tree } from '../base/tree.js';
import type { Objective } from '../curvature/objective.js';
import type { Spec, Value } from '../graph/node.js';
import type { StateDefinition } from '../graph/state.js';

/** Hyper-parameters of one step: float64 scalars by option name. They live in the state, so changing one recompiles nothing. */
export type Hyper = Readonly<Record<string, Value>>;

/** What every part of an optimizer declares: its hyper-parameters and their first values. */
export interface Part {
  readonly hyper: Readonly<Record<string, number>>;
}

/** Which way: turns gradients into a direction that descends. */
export interface Direction extends Part {
  init(params: Tree<Spec>): Tree<StateDefinition>;
  /** The direction d for gradient g at the parameters, both trees like the parameters, and the new state. */
  update(g: Tree<Value>, params: Tree<Value>, state: Tree<Value>, hyper: Hyper): [d: Tree<Value>, state: Tree<Value>];
}

/** What a step size may look at. */
export type Point = {
  readonly objective: Objective;
  readonly params: Tree<Value>;
  /** The gradient. */
  readonly g: Tree<Value>;
  /** The direction. */
  readonly d: Tree<Value>;
  /** The damping of this step, or null when the model is undamped. */
  readonly lambda: Value | null;
};

/** How far: params' = params + alpha d. */
export interface StepSize extends Part {
  choose(point: Point, hyper: Hyper): StepChoice;
}

/** What a step size decided. */
export type StepChoice = {
  readonly alpha: Value;
  /** The change of the loss that the step size's model predicts for the step; null when it has no model. */
  readonly modelChange: Value | null;
  /** What to record besides, by name. */
  readonly stats: Readonly<Record<string, Value>>;
};

/** How a step turned out, as far as damping judges it. */
export type Outcome = {
  /** L(params') - L(params), on one batch. */
  readonly trueChange: Value;
  /** The model's prediction of it. */
  readonly modelChange: Value;
};

/** How much to trust the model: owns lambda. */
export interface Damping extends Part {
  init(): Readonly<Record<string, StateDefinition>>;
  /** The damping to use in this step, or null for none. */
  lambda(state: Readonly<Record<string, Value>>): Value | null;
  /** Adapts the state to the outcome of the step; absent when damping never changes, which saves the second evaluation of the loss. */
  adapt?(state: Readonly<Record<string, Value>>, outcome: Outcome, hyper: Hyper): DampingUpdate;
}

/** Damping after a step. */
export type DampingUpdate = {
  readonly state: Readonly<Record<string, Value>>;
  readonly stats: Readonly<Record<string, Value>>;
};
