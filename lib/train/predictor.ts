import { compileProgram } from '../compile/program.js';
import type { Features } from '../data/dataset.js';
import type { FloatDType, TypedArray } from '../graph/dtype.js';
import { Spec } from '../graph/node.js';
import { namesOf, sizeOf } from '../graph/shape.js';
import '../ops/fluent.js';
import { Session } from '../runtime/session.js';
import { placeFeatures } from './examples.js';
import { type PlacedModel, placeWeights, take } from './slots.js';

/** Rows per native call. */
const CHUNK = 256;

/** Outputs of a model for a number of examples. */
export type Prediction = {
  /** [examples, ...output]. */
  readonly shape: readonly number[];
  readonly data: TypedArray;
};

/** A compiled forward pass that is kept between predictions, because servers ask often and for little. */
export class Predictor {
  readonly #session: Session;
  readonly #weights: ReturnType<typeof placeWeights>;
  readonly #features: Features;
  readonly #output: readonly number[];
  #written = new Map<string, TypedArray>();

  /** `features` are examples of what will come: their shape, dtype and standardization are compiled in. */
  constructor(model: PlacedModel, features: Features, dtype: FloatDType) {
    const examples = placeFeatures('predict', 'data', { ...features, data: features.data.subarray(0, sizeOf(features.shape)) }, 1, dtype);
    const { shape } = model.definition.output;
    if (shape.slice(1).some((d) => namesOf(d).length > 0)) throw new Error('internal: predictions vary in size per example');
    this.#features = features;
    this.#output = shape.slice(1) as readonly number[];
    this.#weights = placeWeights(model);
    const inputs = examples.slots['data.features']!.spec;
    this.#session = new Session(
      compileProgram({
        capacity: { n: CHUNK },
        slots: {
          ...this.#weights,
          ...examples.slots,
          'data.features': { spec: new Spec(inputs.dtype, ['n', ...inputs.shape.slice(1)]), kind: 'data' },
          outputs: { spec: new Spec(dtype, ['n', ...this.#output]), kind: 'data' },
        },
        plans: {
          predict(slots) {
            const x = examples.transformed(slots, slots['data.features']!);
            const [outputs] = model.layer.apply(take(model.params, slots), take(model.state, slots), x, { mode: 'predict', key: null });
            return { outputs: { outputs } };
          },
        },
      }),
    );
    examples.writeTransform(this.#session);
  }

  /** Whether these features are of the kind that was compiled in. */
  fits({ dtype, standardization }: Features): boolean {
    return dtype === this.#features.dtype && standardization === this.#features.standardization;
  }

  /** Runs on the calling thread: a few rows take microseconds. */
  predict(features: Features, weights: (name: string) => TypedArray): Prediction {
    for (const name of Object.keys(this.#weights)) {
      const value = weights(name);
      if (this.#written.get(name) !== value) this.#session.write(name, value);
      this.#written.set(name, value);
    }
    const inWidth = sizeOf(features.shape),
      outWidth = sizeOf(this.#output);
    const count = features.data.length / inWidth;
    let data: TypedArray | null = null;
    for (let at = 0; at < count; at += CHUNK) {
      const n = Math.min(CHUNK, count - at);
      this.#session.write('data.features', features.data.subarray(at * inWidth, (at + n) * inWidth));
      this.#session.runSync([{ plan: 'predict', steps: 1, sizes: { n } }]);
      const whole = this.#session.read('outputs');
      const part = whole.subarray(0, n * outWidth);
      data ??= new (whole.constructor as new (length: number) => TypedArray)(count * outWidth);
      data.set(part, at * outWidth);
    }
    return { shape: [count, ...this.#output], data: data ?? new Float32Array(0) };
  }

  dispose(): void {
    this.#session.dispose();
  }
}
