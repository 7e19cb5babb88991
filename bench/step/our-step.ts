import type { Tree } from '../../lib/base/tree.js';
import { type CompileOptions, compileProgram, type ProgramDefinition } from '../../lib/compile/program.js';
import { type Forward, modelObjective } from '../../lib/curvature/model-objective.js';
import type { Dataset } from '../../lib/data/dataset.js';
import { Random } from '../../lib/data/random.js';
import { allocate, type FloatDType, type TypedArray } from '../../lib/graph/dtype.js';
import { Spec, type Value } from '../../lib/graph/node.js';
import type { StateDefinition } from '../../lib/graph/state.js';
import { mlp } from '../../lib/nn/mlp.js';
import type { OptimizerState } from '../../lib/optim/optimizer.js';
import { Session } from '../../lib/runtime/session.js';
import { placeExamples } from '../../lib/train/examples.js';
import { fills, placeModel, placeOptimizer, put, slotsOf, take } from '../../lib/train/slots.js';
import { initialProgram, KEY, keyOf, trainingProgram } from '../../lib/train/training-program.js';
import { IMAGES, lossOf, type OptimizerName, optimizerNamed, type Source, type StepCase } from './cases.js';

/** A step that can be run over and over, and begun again. */
export type OurStep = {
  /** Runs this many steps in one native call; throws where one was not kept. */
  run(steps: number): void;
  /** The loss before each of so many steps. */
  losses(steps: number): number[];
  /** All parameters, as float64. */
  parameters(): Float64Array;
  /** Puts parameters and the optimizer's state back to where they began. */
  reset(): void;
  /** What has to happen before `run` may take a whole epoch's steps again. */
  rewind(): void;
  /** The most steps that one call of `run` may take. */
  readonly most: number;
  memory(): { readonly state: number; readonly arena: number; readonly scratch: number };
  dispose(): void;
};

/** Steps from the first parameters on before a step is begun again: further on a network knows its one batch by heart, which no training does. */
export const COURSE = 64;

type Contents = ReadonlyMap<string, TypedArray>;

/** First parameters, drawn in float32 and the same numbers in both precisions. */
function firstParameters(c: StepCase, dtype: FloatDType): [string, TypedArray][] {
  const model = placeModel(mlp(c.sizes), new Spec('float32', ['n', c.sizes[0]!]));
  using session = new Session(compileProgram(initialProgram(model)));
  session.write(KEY, keyOf(0));
  session.runSync([{ plan: 'initialize', steps: 1 }]);
  return slotsOf(model.params).map(([name]) => [name, converted(session.read(name), dtype)]);
}

function converted(values: ArrayLike<number>, dtype: FloatDType): TypedArray {
  const array = allocate(dtype, values.length);
  array.set(values);
  return array;
}

/** A batch of normal inputs and of targets that have nothing to do with them, the same numbers in both precisions. */
function batchOf({ sizes, batch, loss }: StepCase, dtype: FloatDType): { x: TypedArray; y: TypedArray } {
  const random = new Random(1);
  const normal = () => Math.fround(Math.sqrt(-2 * Math.log(1 - random.uniform(0, 1))) * Math.cos(random.uniform(0, 2 * Math.PI)));
  const outputs = sizes.at(-1)!;
  const x = converted(Float64Array.from({ length: batch * sizes[0]! }, normal), dtype);
  const y =
    loss === 'crossEntropy'
      ? Int32Array.from({ length: batch }, () => random.integer(outputs))
      : converted(Float64Array.from({ length: batch * outputs }, normal), dtype);
  return { x, y };
}

function driver(session: Session, first: Contents, parameters: readonly string[], most: number, rewind: () => void): OurStep {
  const check = (result: { readonly reason: string; readonly steps: number }, steps: number) => {
    if (result.reason !== 'done' || result.steps !== steps)
      throw new Error(`bench: expected ${steps} steps, got ${result.steps}, ${result.reason}`);
  };
  return {
    most,
    rewind,
    run(steps) {
      check(session.runSync([{ plan: 'step', steps, record: 'none' }]), steps);
    },
    losses(steps) {
      const losses: number[] = [];
      const onStats = (_plan: string, rows: Float64Array, width: number) => {
        for (let at = 0; at < rows.length; at += width) losses.push(rows[at]!);
      };
      check(session.runSync([{ plan: 'step', steps, record: 'every' }], { onStats }), steps);
      return losses;
    },
    parameters: () => Float64Array.from(parameters.flatMap((name) => [...session.read(name)])),
    reset() {
      for (const [name, data] of first) session.write(name, data);
    },
    memory: () => session.memory(),
    dispose: () => session.dispose(),
  };
}

/** The program of a step on one batch that stays in memory in the dtype of the model, as the peers have it: no gather, no cast. */
export function residentProgram(c: StepCase, name: OptimizerName, dtype: FloatDType, options: CompileOptions = {}) {
  const loss = lossOf(c),
    optimizer = optimizerNamed(name);
  const input = new Spec(dtype, ['n', c.sizes[0]!]);
  const model = placeModel(mlp(c.sizes), input);
  const state = placeOptimizer(optimizer, model);
  const target = loss.target(new Spec(dtype, ['n', c.sizes.at(-1)!]));
  const slots = [model.params, state].flatMap(slotsOf).map(([slot, spec]) => [slot, { spec, kind: 'state' as const }] as const);
  const definition: ProgramDefinition = {
    capacity: { n: c.batch },
    slots: { x: { spec: input, kind: 'data' }, y: { spec: target, kind: 'data' }, ...Object.fromEntries(slots) },
    plans: {
      step(values) {
        const forward: Forward = (params) => model.layer.apply(params, {}, values['x']!, { mode: 'train', key: null as never });
        const objective = modelObjective(forward, loss, values['y']!);
        const result = optimizer.step(objective, take(model.params, values), take(state, values) as OptimizerState<Value>);
        return { state: { ...put(model.params, result.params), ...put(state, result.state) }, stats: result.stats, commit: result.commit };
      },
    },
  };
  return { program: compileProgram(definition, options), model, state };
}

/** That step, ready to run. */
export function residentStep(c: StepCase, name: OptimizerName, dtype: FloatDType, threads: number, options: CompileOptions = {}): OurStep {
  const { program, model, state } = residentProgram(c, name, dtype, options);
  const session = new Session(program, { threads });
  const { x, y } = batchOf(c, dtype);
  session.write('x', x);
  session.write('y', y);
  const first: Contents = new Map([...firstParameters(c, dtype), ...fills(state.prefix, state.definitions as Tree<StateDefinition>)]);
  const step = driver(
    session,
    first,
    slotsOf(model.params).map(([slot]) => slot),
    256,
    () => {},
  );
  step.reset();
  return step;
}

/**
 * As many images as the data set has: ten random pictures under noise, so that they can be learned and no optimizer runs away, with their
 * numbers as labels; standardized as the data set is.
 */
function images(c: StepCase): Dataset {
  const random = new Random(2);
  const size = c.sizes[0]!;
  const pictures = Uint8Array.from({ length: 10 * size }, () => random.integer(192));
  const labels = Int32Array.from({ length: IMAGES }, () => random.integer(10));
  const pixels = new Uint8Array(new Uint32Array((IMAGES * size) / 4).map(() => random.bits()).buffer);
  for (let i = 0; i < pixels.length; i++) {
    pixels[i] = pictures[labels[Math.floor(i / size)]! * size + (i % size)]! + (pixels[i]! >> 2);
  }
  const standardization = { mean: new Float64Array(size).fill(127.5), scale: new Float64Array(size).fill(73.9) };
  return {
    count: IMAGES,
    features: { data: pixels, shape: [size], dtype: 'uint8', standardization },
    targets: { data: labels, shape: [], dtype: 'int32', classes: 10 },
  };
}

/** The step of the trainer itself: gathers the next rows of a shuffled order from uint8 images, casts and standardizes them. */
export function imageStep(c: StepCase, name: OptimizerName, dtype: FloatDType, threads: number): OurStep {
  const loss = lossOf(c),
    optimizer = optimizerNamed(name),
    dataset = images(c);
  const model = placeModel(mlp(c.sizes), new Spec(dtype, ['n', c.sizes[0]!]));
  const state = placeOptimizer(optimizer, model);
  const examples = placeExamples('bench', 'train', dataset, model.definition.output, loss, dtype);
  const training = { model, loss, optimizer, examples, count: IMAGES, resident: IMAGES, batchSize: c.batch };
  const session = new Session(compileProgram(trainingProgram({ ...training, validation: null, validationSlots: {} })), { threads });
  session.write(KEY, keyOf(0));
  examples.write(session);
  const rewind = () => {
    session.runSync([{ plan: 'shuffle', steps: 1, record: 'none' }]);
  };
  const first: Contents = new Map([...firstParameters(c, dtype), ...fills(state.prefix, state.definitions as Tree<StateDefinition>)]);
  const most = Math.min(COURSE, Math.floor(IMAGES / c.batch));
  const step = driver(
    session,
    first,
    slotsOf(model.params).map(([slot]) => slot),
    most,
    rewind,
  );
  step.reset();
  step.rewind();
  return step;
}

/** The step of a case from where its batches come. */
export function ourStep(c: StepCase, name: OptimizerName, source: Source, dtype: FloatDType, threads: number): OurStep {
  return (source === 'resident' ? residentStep : imageStep)(c, name, dtype, threads);
}
