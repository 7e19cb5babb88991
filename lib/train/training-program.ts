import type { PlanResult, ProgramDefinition } from '../compile/program.js';
import { modelObjective } from '../curvature/model-objective.js';
import { termWeights, totalWeight } from '../curvature/term-weights.js';
import { Spec, type Value } from '../graph/node.js';
import type { Loss } from '../losses/loss.js';
import { initialize } from '../nn/parameter.js';
import type { Optimizer, OptimizerState } from '../optim/optimizer.js';
import '../ops/fluent.js';
import { gather } from '../ops/gather.js';
import { foldIn, permutation } from '../ops/random.js';
import { constant, iota, size } from '../ops/sources.js';
import type { Augment } from './augmentation.js';
import { type Averaging, averagingSlots, averagingStep } from './averaging.js';
import type { Evaluation } from './evaluation.js';
import type { Examples } from './examples.js';
import { type Schedules, scheduled } from './scheduled.js';
import { type PlacedModel, placeOptimizer, put, type SlotValues, slotsOf, take } from './slots.js';

/** Streams of randomness: every use has a key of its own, derived from the seed. */
const STREAM = { initialization: 0, shuffle: 1, step: 2, augmentation: 3 } as const;

/** Slots of the random key and of the counters that derive from it what a step needs. */
export const KEY = 'key',
  EPOCH = 'epoch',
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
  readonly count: number;
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

function stepKey(slots: SlotValues, stream: number): Value {
  return foldIn(foldIn(slots[KEY]!, stream), slots[STEP]!);
}

/** The optimizer of this step. */
function optimizerAt({ optimizer, scheduling }: Training, slots: SlotValues): Optimizer {
  if (scheduling === undefined) return optimizer;
  const { schedules, first, steps } = scheduling;
  return scheduled(optimizer, schedules, slots[STEP]!.sub(first).cast('float64'), steps);
}

/** One optimizer step on the next `n` examples of the order. */
function trainingStep(training: Training, slots: SlotValues): PlanResult {
  const { model, loss, examples, averaging, augment } = training;
  const optimizerSlots = placeOptimizer(training.optimizer, model);
  const rows = gather(slots[ORDER]!, iota(['n']).add(slots[CURSOR]!));
  const inputs = examples.inputs(slots, rows),
    x = augment === undefined ? inputs : augment(inputs, stepKey(slots, STREAM.augmentation)),
    y = examples.targets(slots, rows),
    weights = examples.weights(slots, rows);
  const key = stepKey(slots, STREAM.step);
  const modelState = take(model.state, slots);
  const objective = modelObjective((params) => model.layer.apply(params, modelState, x, { mode: 'train', key }), loss, y, weights);
  const params = take(model.params, slots);
  const { terms } = objective.evaluate(params);
  const weighed = terms === null ? null : termWeights(loss.name, terms, [loss.weights?.(y), weights]);
  const result = optimizerAt(training, slots).step(objective, params, take(optimizerSlots, slots) as OptimizerState<Value>);
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
 * The training program: `shuffle` draws the order of an epoch, `step` takes the next `n` examples of it and one optimizer step.
 * Everything a step depends on (parameters, moments, damping, key, counters, cursor) is state, so K steps are one native call.
 */
export function trainingProgram(training: Training): ProgramDefinition {
  const { model, optimizer, examples, count, batchSize, validation, validationSlots, averaging } = training;
  const counter = { spec: new Spec('int32', []), kind: 'state' as const };
  const states = [model.params, model.state, placeOptimizer(optimizer, model)].flatMap(slotsOf);
  if (averaging !== undefined) states.push(...averagingSlots(model));

  const shuffle = (slots: SlotValues): PlanResult => {
    const key = foldIn(foldIn(slots[KEY]!, STREAM.shuffle), slots[EPOCH]!);
    return { state: { [ORDER]: permutation(key, count), [EPOCH]: slots[EPOCH]!.add(1), [CURSOR]: constant(0, 'int32') } };
  };

  return {
    capacity: { n: batchSize, ...(validation !== null && { m: validation.chunk }) },
    slots: {
      [KEY]: { spec: new Spec('int32', [2]), kind: 'data' },
      [EPOCH]: counter,
      [STEP]: counter,
      [CURSOR]: counter,
      [ORDER]: { spec: new Spec('int32', [count]), kind: 'state' },
      ...Object.fromEntries(states.map(([name, spec]) => [name, { spec, kind: 'state' as const }])),
      ...examples.slots,
      ...validationSlots,
      ...validation?.slots,
    },
    plans: { shuffle, step: (slots) => trainingStep(training, slots), ...validation?.plans },
  };
}

/** Names of the slots that a later training run must find as this one left them. */
export function carriedSlots(model: PlacedModel, optimizer: Optimizer, averages: boolean): string[] {
  const states = [KEY, EPOCH, STEP, ORDER, CURSOR, ...slotsOf(placeOptimizer(optimizer, model)).map(([name]) => name)];
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
