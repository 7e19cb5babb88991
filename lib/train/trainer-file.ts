import { expected } from '../base/errors.js';
import { type Options, resolveOptions } from '../base/options.js';
import { difference } from '../base/plain-data.js';
import type { Spec } from '../graph/node.js';
import { specOf } from '../nn/layer-spec.js';
import type { Optimizer } from '../optim/optimizer.js';
import { inputSpec } from './examples.js';
import type { ModelDescription } from './model-description.js';
import { checkTensors, type ModelFile, tensorsOf } from './model-file.js';
import { type PlacedModel, placeModel, slotsOf } from './slots.js';
import type { Snapshot } from './snapshot.js';
import type { TrainerOptions } from './trainer-options.js';
import { bestOf, carriedSpecs, ORDER } from './training-program.js';
import type { TrainingState } from './training-state.js';

/** Options of `Trainer.save`. */
export type SaveOptions = {
  /** Whether the file also holds what `Trainer.restore` needs to go on: optimizer state, random key, order of the data, history. @default false */
  readonly checkpoint?: boolean;
};

/** The options of `Trainer.save` as data. */
export const SAVE_OPTIONS = {
  checkpoint: { kind: 'flag', description: 'Whether the file also holds everything needed to resume training.', default: false },
} as const satisfies Options;

/** Names and types of all slots of a checkpoint: what training carries on, and the best model where there is one. */
function checkpointSpecs(
  model: PlacedModel,
  optimizer: Optimizer,
  has: (name: string) => boolean,
  count: number,
): [name: string, spec: Spec][] {
  const kept = [model.params, model.state].flatMap(slotsOf).map(([name, spec]): [string, Spec] => [bestOf(name), spec]);
  return [...carriedSpecs(model, optimizer, count), ...(kept.some(([name]) => has(name)) ? kept : [])];
}

/** What a trainer writes: the model, and in a checkpoint everything it has become. */
export function trainerFile(trainer: TrainerOptions, state: TrainingState, options: SaveOptions): ModelFile {
  const { checkpoint } = resolveOptions('save', SAVE_OPTIONS, options);
  const { source, dtype } = state;
  if (source === null) throw new Error('save: expected a trainer that was fitted to data, got one that was not; call fit first');
  const { model, loss, optimizer } = trainer;
  if (!checkpoint) specOf('save', model, 'save { checkpoint: true }, and restore it with a Trainer of the same model');
  const { slots, progress } = state.snapshot();
  const placed = state.model!;
  const specs = checkpoint
    ? checkpointSpecs(placed, optimizer, (name) => slots.has(name), slots.get(ORDER)!.length)
    : [placed.params, placed.state].flatMap(slotsOf);
  return {
    description: { model, loss, optimizer: optimizer.name, dtype, ...source, progress: checkpoint ? progress : null },
    tensors: tensorsOf(specs, (name) => (checkpoint ? slots.get(name)! : state.used(name))),
  };
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
export function snapshotOf(path: string, trainer: TrainerOptions, dtype: string, { description, tensors }: ModelFile): Snapshot {
  checkParts(path, trainer, dtype, description);
  const model = placed(path, trainer, description);
  checkTensors(
    path,
    "this trainer's model and optimizer",
    checkpointSpecs(model, trainer.optimizer, (name) => tensors.has(name), tensors.get(ORDER)?.data.length ?? 0),
    tensors,
  );
  return { slots: new Map([...tensors].map(([name, { data }]) => [name, data])), progress: description.progress };
}
