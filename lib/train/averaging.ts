import type { Tree } from '../base/tree.js';
import * as tree from '../base/tree.js';
import type { Value } from '../graph/node.js';
import { SCALAR } from '../graph/state.js';
import '../ops/fluent.js';
import { constant } from '../ops/sources.js';
import { type PlacedModel, put, type SlotValues, type StateTree, slotsOf, take } from './slots.js';

/** An average of the parameters over the steps, which evaluation and prediction use. */
export type Averaging = {
  /** Decay beta of the average, in (0, 1): it reaches back about 1 / (1 - beta) steps. */
  readonly decay: number;
};

const POWER = 'averagePower';

/** The slots of the averages. */
function averages({ params }: PlacedModel): StateTree {
  return { prefix: 'average', specs: params.specs };
}

/** The model with the averages for its parameters. */
export function averaged(model: PlacedModel): PlacedModel {
  return { ...model, params: averages(model) };
}

/** Names and types of all slots of averaging. */
export function averagingSlots(model: PlacedModel): ReturnType<typeof slotsOf> {
  return [[POWER, SCALAR], ...slotsOf(averages(model))];
}

/** Slots of averages with those of the parameters they begin with; that of the power begins with 1. */
export function averagingStart(model: PlacedModel): {
  readonly power: string;
  readonly copies: readonly (readonly [to: string, from: string])[];
} {
  const from = slotsOf(model.params).map(([name]) => name);
  return { power: POWER, copies: slotsOf(averages(model)).map(([name], i) => [name, from[i]!] as const) };
}

/**
 * The averages after a step, kept free of bias towards the first parameters (Polyak & Juditsky 1992 average iterates; the exponential form is
 * that of Martens & Grosse 2015, arXiv:1503.05671, section on iterate averaging, with the bias correction of Kingma & Ba 2015):
 *
 *   w = (1 - beta) / (1 - beta^t)        a <- (1 - w) a + w theta
 *
 * so that a = sum_i beta^(t - i) theta_i / sum_i beta^(t - i), and a = theta after the first step.
 */
export function averagingStep(model: PlacedModel, { decay }: Averaging, slots: SlotValues, theta: Tree<Value>): Record<string, Value> {
  const power = slots[POWER]!.mul(decay); // beta^t
  const w = constant(1 - decay).div(power.neg().add(1));
  const rest = w.neg().add(1);
  const next = tree.map((a: Value, x: Value) => a.mul(rest).add(x.mul(w)), take(averages(model), slots), theta);
  return { [POWER]: power, ...put(averages(model), next) };
}
