import type { Tree } from '../base/tree.js';
import type { Objective } from '../curvature/objective.js';
import type { Spec, Value } from '../graph/node.js';
import type { StateDefinition } from '../graph/state.js';
import type { LineModel } from './line-model.js';

/** Hyper-parameters of one step: float64 scalars by option name. They live in the state, so changing one recompiles nothing. */
export type Hyper = Readonly<Record<string, Value>>;

/** A part's own state by name: scalars, or trees like the parameters. */
export type PartState<T> = Readonly<Record<string, Tree<T>>>;

/** What every part of an optimizer declares: its hyper-parameters and their first values. */
export interface Part {
  readonly hyper: Readonly<Record<string, number>>;
}

/** Which way: turns gradients into a direction that descends. */
export interface Direction extends Part {
  init(params: Tree<Spec>): Tree<StateDefinition>;
  /** The direction d for gradient g at the parameters, both trees like the parameters, and the new state. */
  update(g: Tree<Value>, params: Tree<Value>, state: Tree<Value>, hyper: Hyper): [d: Tree<Value>, state: Tree<Value>];
  /** The running mean of squared gradients in a state, as stored (not bias-corrected), a tree like the parameters; absent where the direction keeps none. */
  secondMoment?(state: Tree<Value>, params: Tree<Value>): Tree<Value>;
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
  /** The direction's running mean of squared gradients before this step, or null where it keeps none. */
  readonly secondMoment: Tree<Value> | null;
};

/** How far: params' = params + alpha d. */
export interface StepSize extends Part {
  init(params: Tree<Spec>): PartState<StateDefinition>;
  choose(point: Point, state: PartState<Value>, hyper: Hyper): StepChoice;
}

/** What a step size decided. */
export type StepChoice = {
  readonly alpha: Value;
  /** What to add besides alpha d; absent for nothing. */
  readonly rest?: Tree<Value>;
  /** The model of the loss that the step size follows; null when it has none. */
  readonly model: LineModel | null;
  readonly state: PartState<Value>;
  /** What to record besides, by name. */
  readonly stats: Readonly<Record<string, Value>>;
};

/** What is added to the parameters: alpha d, and where `rest` is not null that tree too. */
export type Update = { readonly alpha: Value; readonly rest: Tree<Value> | null };

/** Changes the update between the choice of a step size and the parameters: decay, clips, schedules. */
export interface UpdateRule extends Part {
  init(): PartState<StateDefinition>;
  apply(update: Update, point: Point, state: PartState<Value>, hyper: Hyper): [update: Update, state: PartState<Value>];
}

/** How a step turned out, as far as damping judges it. */
export type Outcome = {
  /** L(params') - L(params), on one batch: the step's or a second one. */
  readonly trueChange: Value;
  /** The model's prediction of it. */
  readonly modelChange: Value;
};

/** How much to trust the model: owns lambda. */
export interface Damping extends Part {
  init(): Readonly<Record<string, StateDefinition>>;
  /** The damping to use in this step, or null for none. */
  lambda(state: Readonly<Record<string, Value>>): Value | null;
  /** Whether this step is judged, a bool scalar: where false, the loss after it is not evaluated and trueChange is NaN. Absent: always. */
  due?(state: Readonly<Record<string, Value>>, hyper: Hyper): Value;
  /** Adapts the state to the outcome of the step; absent when damping never changes, which saves the second evaluation of the loss. */
  adapt?(state: Readonly<Record<string, Value>>, outcome: Outcome, hyper: Hyper): DampingUpdate;
}

/** Damping after a step. */
export type DampingUpdate = {
  readonly state: Readonly<Record<string, Value>>;
  readonly stats: Readonly<Record<string, Value>>;
  /** False where the step is rejected: parameters and all state but the damping stay as they were. Absent: every step is kept. */
  readonly keep?: Value;
};
