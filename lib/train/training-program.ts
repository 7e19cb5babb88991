import type { PlanResult, ProgramDefinition } from '../compile/program.js';
import { type Forward, modelObjective } from '../curvature/model-objective.js';
import { termWeights, totalWeight } from '../curvature/term-weights.js';
import { Spec, type Value } from '../graph/node.js';
import type { Loss } from '../losses/loss.js';
import { initialize } from '../nn/parameter.js';
import type { Optimizer, OptimizerState } from '../optim/optimizer.js';
import '../ops/fluent.js';
import type { Augment } from '../nn/augment/augment.js';
import { gather } from '../ops/gather.js';
import { foldIn, permutation } from '../ops/random.js';
import { constant, iota, size } from '../ops/sources.js';
import { type Averaging, averagingSlots, averagingStep } from './averaging.js';
import type { Evaluation } from './evaluation.js';
import type { Examples } from './examples.js';
import { type Schedules, scheduled } from './scheduled.js';
import { type PlacedModel, placeOptimizer, put, type SlotValues, slotsOf, take } from './slots.js';

/** Streams of randomness: every use has a key of its own, derived from the seed. */
const STREAM = { initialization: 0, shuffle: 1, step: 2, augmentation: 3, judge: 4, judgeAugmentation: 5 } as const;

/** Slots of the random key and of the counters that derive from it what a step needs. */
export const KEY = 'key',
  ORDERS = 'orders',
  STEP = 'step',
  ORDER = 'order',
  CURSOR = 'cursor';

/** The key of a seed: its low and high 32 bits. */
export function keyOf(seed: number): Int32Array {
  return Int32Array.of(seed | 0, Math.floor(seed / 2 ** 32));
}

/** The program that computes a model's first parameters from the key. */
export function initialProgram(model: PlacedModel): ProgramDefinition {
  return {
    capacity: {},
    slots: {
      [KEY]: { spec: new Spec('int32', [2]), kind: 'data' },
      ...Object.fromEntries(slotsOf(model.params).map(([name, spec]) => [name, { spec, kind: 'state' as const }])),
    },
    plans: {
      initialize: (slots) => ({
        state: put(model.params, initialize(model.definition.params, foldIn(slots[KEY]!, STREAM.initialization))),
      }),
    },
  };
}

/** What a training program is made of. */
export type Training = {
  readonly model: PlacedModel;
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  readonly examples: Examples;
  /** Examples of an epoch, and how many of them are in memory at a time: all of them, or fewer of a stream. */
  readonly count: number;
  readonly resident: number;
  readonly batchSize: number;
  readonly validation: Evaluation | null;
  /** Data slots of the validation set. */
  readonly validationSlots: ProgramDefinition['slots'];
  /** Averages of the parameters; absent for none. */
  readonly averaging?: Averaging | undefined;
  /** Changes the inputs of a batch, with a key int32[2] of its own for every step. */
  readonly augment?: Augment | undefined;
  /** Hyper-parameters by step, counted from `first`, the steps of earlier calls of fit. */
  readonly scheduling?: { readonly schedules: Schedules; readonly first: number; readonly steps: number };
};

/** Places of an order: one for every example in memory, and for a batch after the last one. */
export function placesOf({ resident, batchSize }: Pick<Training, 'resident' | 'batchSize'>): number {
  return resident + batchSize;
}

function stepKey(slots: SlotValues, stream: number): Value {
  return foldIn(foldIn(slots[KEY]!, stream), slots[STEP]!);
}

/** The optimizer of this step. */
function optimizerAt({ optimizer, scheduling }: Training, slots: SlotValues): Optimizer {
  if (scheduling === undefined) return optimizer;
  const { schedules, first, steps } = scheduling;
  return scheduled(optimizer, schedules, slots[STEP]!.sub(first).cast('float64'), steps);
}

/**
 * The loss of the examples at these places of the order, in training mode; layers and augmentation have keys of their own, of these streams
 * and this step.
 */
function batchAt(
  places: Value,
  [layers, changes]: readonly [number, number],
  { model, loss, examples, augment }: Training,
  slots: SlotValues,
) {
  const rows = gather(slots[ORDER]!, places);
  const inputs = examples.inputs(slots, rows),
    x = augment === undefined ? inputs : augment(inputs, stepKey(slots, changes)),
    y = examples.targets(slots, rows),
    weights = examples.weights(slots, rows);
  const key = stepKey(slots, layers);
  const modelState = take(model.state, slots);
  const forward: Forward = (params) => model.layer.apply(params, modelState, x, { mode: 'train', key });
  return { y, weights, objective: modelObjective(forward, loss, y, weights) };
}

/** One optimizer step on the next `n` examples of the order. */
function trainingStep(training: Training, slots: SlotValues): PlanResult {
  const { model, loss, averaging } = training;
  const optimizerSlots = placeOptimizer(training.optimizer, model);
  const places = iota(['n']).add(slots[CURSOR]!);
  const { y, weights, objective } = batchAt(places, [STREAM.step, STREAM.augmentation], training, slots);
  // The batch after this one, of the same size; costs nothing where the optimizer does not use it.
  const next = batchAt(places.add(size('n').cast('int32')), [STREAM.judge, STREAM.judgeAugmentation], training, slots).objective;
  const params = take(model.params, slots);
  const { terms } = objective.evaluate(params);
  const weighed = terms === null ? null : termWeights(loss.name, terms, [loss.weights?.(y), weights]);
  const result = optimizerAt(training, slots).step(objective, params, take(optimizerSlots, slots) as OptimizerState<Value>, next);
  return {
    state: {
      ...put(model.params, result.params),
      ...put(model.state, result.modelState),
      ...put(optimizerSlots, result.state),
      ...(averaging !== undefined && averagingStep(model, averaging, slots, result.params)),
      [CURSOR]: slots[CURSOR]!.add(size('n').cast('int32')),
      [STEP]: slots[STEP]!.add(1),
    },
    stats: { ...result.stats, examples: size('n'), ...(terms !== null && weighed !== null && { weight: totalWeight(terms, weighed) }) },
    commit: result.commit,
  };
}

/**
 * Draws the order of the first `count` of the examples in memory. `length`: places, the last ones of which begin with the first example
 * again, so that each batch is followed by another: one of more than half of the examples by one that shares examples with it.
 */
function shuffle(count: number, length: number, slots: SlotValues): PlanResult {
  const key = foldIn(foldIn(slots[KEY]!, STREAM.shuffle), slots[ORDERS]!);
  const i = iota([length]);
  const order = gather(permutation(key, count), i.sub(i.div(count).mul(count)));
  return { state: { [ORDER]: order, [ORDERS]: slots[ORDERS]!.add(1), [CURSOR]: constant(0, 'int32') } };
}

/**
 * The training program: `shuffle` draws the order of the examples in memory (`shuffleRest` of what is left of a stream at its end), `step`
 * takes the next `n` examples of it and one optimizer step.
 * Everything a step depends on (parameters, moments, damping, key, counters, cursor) is state, so K steps are one native call.
 */
export function trainingProgram(training: Training): ProgramDefinition {
  const { model, optimizer, examples, count, resident, batchSize, validation, validationSlots, averaging } = training;
  const counter = { spec: new Spec('int32', []), kind: 'state' as const };
  const states = [model.params, model.state, placeOptimizer(optimizer, model)].flatMap(slotsOf);
  const rest = count % resident;
  const places = placesOf(training);
  if (averaging !== undefined) states.push(...averagingSlots(model));

  return {
    capacity: { n: batchSize, ...(validation !== null && { m: validation.chunk }) },
    slots: {
      [KEY]: { spec: new Spec('int32', [2]), kind: 'data' },
      [ORDERS]: counter,
      [STEP]: counter,
      [CURSOR]: counter,
      [ORDER]: { spec: new Spec('int32', [places]), kind: 'state' },
      ...Object.fromEntries(states.map(([name, spec]) => [name, { spec, kind: 'state' as const }])),
      ...examples.slots,
      ...validationSlots,
      ...validation?.slots,
    },
    plans: {
      shuffle: (slots) => shuffle(resident, places, slots),
      ...(rest > 0 && { shuffleRest: (slots: SlotValues) => shuffle(rest, places, slots) }),
      step: (slots) => trainingStep(training, slots),
      ...validation?.plans,
    },
  };
}

/** Names of the slots that a later training run must find as this one left them. */
export function carriedSlots(model: PlacedModel, optimizer: Optimizer, averages: boolean): string[] {
  const states = [KEY, ORDERS, STEP, ORDER, CURSOR, ...slotsOf(placeOptimizer(optimizer, model)).map(([name]) => name)];
  return [...states, ...modelSlots(model, averages)];
}

/** Names of the slots that make the model what it is: parameters, its own state, and averages where there are some. */
export function modelSlots(model: PlacedModel, averages: boolean): string[] {
  const slots = [model.params, model.state].flatMap(slotsOf);
  return [...slots, ...(averages ? averagingSlots(model) : [])].map(([name]) => name);
}

/** Where early stopping keeps the best contents of a slot. */
export function bestOf(name: string): string {
  return `best.${name}`;
}
