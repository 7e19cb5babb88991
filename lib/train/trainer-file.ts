import { expected } from '../base/errors.js';
import { type Options, resolveOptions } from '../base/options.js';
import { difference } from '../base/plain-data.js';
import type { Tensor } from '../checkpoint/safetensors.js';
import { Spec } from '../graph/node.js';
import { specOf } from '../nn/layer-spec.js';
import { averagingSlots } from './averaging.js';
import { inputSpec } from './examples.js';
import { historyOf, historyTensors, isOfHistory } from './history-tensors.js';
import type { ModelDescription } from './model-description.js';
import { checkTensors, type ModelFile, tensorsOf } from './model-file.js';
import { type PlacedModel, placeModel, placeOptimizer, slotsOf } from './slots.js';
import type { Snapshot } from './snapshot.js';
import type { TrainerOptions } from './trainer-options.js';
import { CURSOR, KEY, ORDER, ORDERS, STEP } from './training-program.js';
import type { TrainingState } from './training-state.js';

/** Options of `Trainer.save`. */
export type SaveOptions = {
  /** Whether the file also holds what `Trainer.restore` needs to go on: optimizer state, random key, order of the data, history. @default false */
  readonly checkpoint?: boolean;
};

/** The options of `Trainer.save` as data. */
const SAVE_OPTIONS = {
  checkpoint: { kind: 'flag', description: 'Whether the file also holds everything needed to resume training.', default: false },
} as const satisfies Options;

/**
 * Before the names of slots whose contents in training are not those of the model as it is used, which has their plain names: averages are used
 * for the parameters, and a model that early stopping has put back for the last one.
 */
const TRAINING = 'training.';

/** The slot that one has its type from: the best contents of a slot are like the slot. */
function likeOf(name: string): string {
  return name.replace(/^(training|best)\./, '');
}

/** Types of the slots of a trainer, with `count` examples in order. */
function typesOf(model: PlacedModel, { optimizer, averaging }: TrainerOptions, count: number): Map<string, Spec> {
  const counter = new Spec('int32', []);
  return new Map([
    [KEY, new Spec('int32', [2])],
    [ORDERS, counter],
    [STEP, counter],
    [ORDER, new Spec('int32', [count])],
    [CURSOR, counter],
    ...[model.params, model.state, placeOptimizer(optimizer, model)].flatMap(slotsOf),
    ...(averaging === undefined ? [] : averagingSlots(model)),
  ]);
}

/** The model as it is used, under the names of its parameters. */
function usedTensors(model: PlacedModel, state: TrainingState): Map<string, Tensor> {
  const used = [state.usedModel.params, model.state].flatMap(slotsOf).map(([name]) => name);
  const specs = [model.params, model.state].flatMap(slotsOf);
  const contents = new Map(specs.map(([name], i) => [name, state.used(used[i]!)]));
  return tensorsOf(specs, (name) => contents.get(name)!);
}

/** Everything that training has reached; what the model already holds is not written twice. */
function trainingTensors(
  slots: Snapshot['slots'],
  types: ReadonlyMap<string, Spec>,
  model: ReadonlyMap<string, Tensor>,
): [string, Tensor][] {
  return [...slots].flatMap(([name, data]): [string, Tensor][] => {
    const { dtype, shape } = types.get(likeOf(name))!;
    const tensor = { dtype, shape: shape as readonly number[], data };
    const used = model.get(name)?.data;
    if (used === undefined) return [[name, tensor]];
    return used.every((value, i) => Object.is(value, data[i])) ? [] : [[`${TRAINING}${name}`, tensor]];
  });
}

/** What a trainer writes: the model as it is used, and in a checkpoint everything that training has reached. */
export function trainerFile(trainer: TrainerOptions, state: TrainingState, options: SaveOptions): ModelFile {
  const { checkpoint } = resolveOptions('save', SAVE_OPTIONS, options);
  const { source, dtype } = state;
  if (source === null) throw new Error('save: expected a trainer that was fitted to data, got one that was not; call fit first');
  const { model, loss, optimizer } = trainer;
  if (!checkpoint) specOf('save', model, 'save { checkpoint: true }, and restore it with a Trainer of the same model');
  const placed = state.model!;
  const used = usedTensors(placed, state);
  const description = { model, loss, optimizer: optimizer.name, dtype, ...source };
  if (!checkpoint) return { description: { ...description, progress: null }, tensors: used };
  const { slots, history, progress } = state.snapshot();
  const types = typesOf(placed, trainer, slots.get(ORDER)!.length);
  const tensors = new Map([...used, ...trainingTensors(slots, types, used), ...historyTensors(history)]);
  return { description: { ...description, progress }, tensors };
}

/** Throws unless a file was written by a trainer of this dtype, optimizer, model and loss, as far as their specs tell. */
function checkParts(path: string, trainer: TrainerOptions, dtype: string, file: ModelDescription): void {
  if (file.progress === null) throw expected(path, 'a checkpoint', 'a model without its training state', 'save { checkpoint: true }');
  const parts = [
    ['dtype', file.dtype, dtype],
    ['optimizer', file.optimizer, trainer.optimizer.name],
    ['model', file.model?.spec, trainer.model.spec],
    ['loss', file.loss?.spec, trainer.loss.spec],
  ] as const;
  for (const [name, found, wanted] of parts) {
    const first = difference(found, wanted);
    if (first !== null) throw expected(path, `a checkpoint of this trainer's ${name}`, first);
  }
}

function placed(path: string, { model }: TrainerOptions, { features, dtype }: ModelDescription): PlacedModel {
  try {
    return placeModel(model, inputSpec(features, dtype));
  } catch (error) {
    throw expected(path, `a checkpoint of this trainer's model`, `features [${features.shape}]: '${(error as Error).message}'`);
  }
}

/** The snapshot in a checkpoint, its tensors checked against this trainer's model and optimizer in name, dtype and shape. */
export function snapshotOf(path: string, trainer: TrainerOptions, dtype: string, { description, tensors: all }: ModelFile): Snapshot {
  checkParts(path, trainer, dtype, description);
  const tensors = new Map([...all].filter(([name]) => !isOfHistory(name)));
  const model = placed(path, trainer, description);
  const types = typesOf(model, trainer, tensors.get(ORDER)?.data.length ?? 0);
  for (const name of tensors.keys()) {
    const type = types.get(likeOf(name));
    if (type !== undefined) types.set(name, type);
  }
  checkTensors(path, "this trainer's model and optimizer", types, tensors);
  const slots = new Map([...tensors].filter(([name]) => !name.startsWith(TRAINING)).map(([name, { data }]) => [name, data]));
  for (const [name, { data }] of tensors) if (name.startsWith(TRAINING)) slots.set(name.slice(TRAINING.length), data);
  const history = historyOf(path, new Map([...all].filter(([name]) => isOfHistory(name))));
  return { slots, history, progress: description.progress };
}
