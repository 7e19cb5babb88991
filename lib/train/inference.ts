import { expected } from '../base/errors.js';
import { compileProgram } from '../compile/program.js';
import type { Dataset, Features } from '../data/dataset.js';
import type { StreamedDataset } from '../data/stream.js';
import type { Answer } from '../data/table/answers.js';
import type { Preprocessing, Row } from '../data/table/preprocessing.js';
import type { FloatDType, TypedArray } from '../graph/dtype.js';
import { sizeOf } from '../graph/shape.js';
import type { Loss } from '../losses/loss.js';
import { Session } from '../runtime/session.js';
import { evaluateStream, evaluation, type Scores } from './evaluation.js';
import { checkFeatures } from './examples.js';
import { chunkSize } from './feed.js';
import { placeData } from './placed-data.js';
import { type Prediction, Predictor } from './predictor.js';
import { LastRow } from './recorder.js';
import { type PlacedModel, placeWeights } from './slots.js';

/** The contents of a model's slots by name. */
export type Weights = (name: string) => TypedArray;

/** Whether predictions are asked for rows of a table. */
export function isRows(input: readonly Row[] | Features): input is readonly Row[] {
  return Array.isArray(input);
}

/** What a model can be asked, whoever holds its weights: predictions and scores. */
export class Inference {
  readonly #dtype: FloatDType;
  readonly #threads: number | undefined;
  #predictor: Predictor | null = null;

  constructor(dtype: FloatDType, threads?: number) {
    this.#dtype = dtype;
    this.#threads = threads;
  }

  /** The outputs for features. The compiled forward pass is kept for features of the same kind. */
  predict(model: PlacedModel, weights: Weights, features: Features): Prediction {
    checkFeatures('predict', features);
    if (features.data.length === 0 || features.data.length % sizeOf(features.shape) !== 0) {
      throw expected('predict', `one or more whole examples of shape [${features.shape}]`, `${features.data.length} values`);
    }
    if (this.#predictor?.fits(features) === false) this.dispose();
    this.#predictor ??= new Predictor(model, features, this.#dtype);
    return this.#predictor.predict(features, weights);
  }

  /** What the model says about raw rows, in the terms of their table. */
  answers(model: PlacedModel, weights: Weights, preprocessing: Preprocessing, rows: readonly Row[]): Answer[] {
    const { outputs } = preprocessing;
    const shape = model.definition.output.shape.slice(1);
    if (shape.length !== 1 || shape[0] !== outputs) {
      const hint = 'predict from features to get the outputs themselves';
      throw expected('predict', `a model of ${outputs} outputs to answer for '${preprocessing.target.name}'`, `[${shape}]`, hint);
    }
    return preprocessing.answers(this.predict(model, weights, preprocessing.features(rows)).data);
  }

  /** Mean loss, and the loss's metrics, on a data set. */
  async evaluate(model: PlacedModel, weights: Weights, loss: Loss, dataset: Dataset | StreamedDataset): Promise<Scores> {
    const { examples, resident, feed } = placeData('evaluate', 'data', dataset, chunkSize, model.definition.output, loss, this.#dtype);
    const scores = evaluation(model, loss, examples, resident);
    const slots = placeWeights(model);
    const program = compileProgram({
      capacity: { m: scores.chunk },
      slots: { ...slots, ...examples.slots, ...scores.slots },
      plans: scores.plans,
    });
    using session = new Session(program, this.#threads === undefined ? {} : { threads: this.#threads });
    for (const name of Object.keys(slots)) session.write(name, weights(name));
    examples.write(session);
    const last = new LastRow(program.plans.find((plan) => plan.name === scores.plan)!.stats);
    const onStats = (_plan: string, rows: Float64Array, width: number) => last.add(rows, width);
    try {
      if (feed === null) await session.run(scores.part(dataset.count, true), { onStats });
      else await evaluateStream(session, scores, feed, { onStats });
    } finally {
      feed?.close();
    }
    return { loss: Number.NaN, ...last.values() };
  }

  /** Frees native memory; it is allocated again when needed. */
  dispose(): void {
    this.#predictor?.dispose();
    this.#predictor = null;
  }
}
