import { expected } from '../base/errors.js';
import type { Dataset, Features } from '../data/dataset.js';
import type { StreamedDataset } from '../data/stream.js';
import type { Answer } from '../data/table/answers.js';
import type { Preprocessing, Row, RowOf } from '../data/table/preprocessing.js';
import { sameShape } from '../graph/shape.js';
import type { Layer } from '../nn/layer.js';
import type { Scores } from './evaluation.js';
import { checkFeatures, inputSpec } from './examples.js';
import { Inference, isRows, type Weights } from './inference.js';
import type { ModelDescription } from './model-description.js';
import { checkTensors, type ModelFile, readModelFile } from './model-file.js';
import { checkedData, isStream } from './placed-data.js';
import type { Prediction } from './predictor.js';
import { type PlacedModel, placeModel, slotsOf } from './slots.js';

/**
 * A trained model from a file: it predicts and is evaluated, and is not trained further. Features are taken as the data set of training was:
 * of the same shape, and standardized as there unless they bring a standardization of their own.
 */
export class Model {
  readonly #description: ModelDescription;
  readonly #placed: PlacedModel;
  readonly #weights: Weights;
  readonly #inference: Inference;
  #disposed = false;

  /** Made by `loadModel`. */
  constructor(description: ModelDescription, placed: PlacedModel, weights: Weights) {
    this.#description = description;
    this.#placed = placed;
    this.#weights = weights;
    this.#inference = new Inference(description.dtype);
  }

  /** How rows of a table become features, and outputs answers; null for a model that was not trained on a table. */
  get preprocessing(): Preprocessing | null {
    return this.#description.preprocessing;
  }

  /** What the model takes: shape, dtype and standardization of the features it was trained on. */
  get features(): Omit<Features, 'data'> {
    return this.#description.features;
  }

  /** The answers for raw rows of the table that the model was trained on: target units, or a class and the probabilities of all. */
  predict<R extends RowOf<R>>(rows: readonly R[]): Promise<Answer[]>;
  /** The model's outputs (logits, values) for features. */
  predict(features: Features): Promise<Prediction>;
  async predict(input: readonly Row[] | Features): Promise<Answer[] | Prediction> {
    this.#alive();
    if (!isRows(input)) {
      checkFeatures('predict', input);
      return this.#inference.predict(this.#placed, this.#weights, this.#taken('predict', input));
    }
    const { preprocessing } = this;
    if (preprocessing === null)
      throw expected('predict', 'features { data, shape, dtype }', 'rows for a model that was not trained on a table');
    return this.#inference.answers(this.#placed, this.#weights, preprocessing, input);
  }

  /** Mean loss, and the loss's metrics (such as accuracy), on a data set. Throws where the loss was saved without a spec. */
  async evaluate(dataset: Dataset | StreamedDataset): Promise<Scores> {
    this.#alive();
    const checked = checkedData('evaluate', dataset);
    const { loss } = this.#description;
    if (loss === null)
      throw expected('evaluate', 'a model saved with a loss of the package', 'one with a loss of your own', 'evaluate with a Trainer');
    const data = isStream(checked)
      ? { ...checked, features: this.#taken('evaluate', checked.features) }
      : { ...checked, features: this.#taken('evaluate', checked.features) };
    return this.#inference.evaluate(this.#placed, this.#weights, loss, data);
  }

  /** Frees native memory. */
  dispose(): void {
    this.#disposed = true;
    this.#inference.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Features as the model takes them. */
  #taken<F extends Omit<Features, 'data'>>(who: string, features: F): F {
    const { shape, standardization } = this.features;
    if (!sameShape(features.shape, shape)) throw expected(who, `features of shape [${shape}]`, `[${features.shape}]`);
    return features.standardization === undefined && standardization !== undefined ? { ...features, standardization } : features;
  }

  #alive(): void {
    if (this.#disposed) throw new Error('Model: expected a model in use, got a disposed one; load it again');
  }
}

/** The model of a description, placed for its features. */
function placed(path: string, layer: Layer, { features, dtype }: ModelDescription): PlacedModel {
  try {
    return placeModel(layer, inputSpec(features, dtype));
  } catch (error) {
    throw expected(path, `a model for features [${features.shape}]`, `'${(error as Error).message}'`);
  }
}

/** The model of a file that has been read; `path` begins its errors. */
function modelOf(path: string, { description, tensors }: ModelFile): Model {
  const { model: layer } = description;
  if (layer === null) {
    const hint = 'restore it with a Trainer of the same model';
    throw expected(path, 'a model whose layers all have a spec', 'a checkpoint of one with a layer of your own', hint);
  }
  const model = placed(path, layer, description);
  const own = new Map([...tensors].filter(([name]) => /^(params|model)(\.|$)/.test(name)));
  checkTensors(path, 'its model', [model.params, model.state].flatMap(slotsOf), own);
  return new Model(description, model, (name) => own.get(name)!.data);
}

/**
 * Loads a model that `Trainer.save` wrote, from a model file or a checkpoint.
 * @throws TypeError that begins with the path: files that are not whole or of another kind, a newer format, tensors that are missing or of other
 * shapes, models with layers that have no spec.
 */
export async function loadModel(path: string): Promise<Model> {
  return modelOf(path, await readModelFile(path));
}
