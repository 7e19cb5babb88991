import { expected } from '../base/errors.js';
import { suggestion } from '../base/nearest.js';
import type { Tree } from '../base/tree.js';
import { type CompiledProgram, compileProgram } from '../compile/program.js';
import type { Features } from '../data/dataset.js';
import { allocate, type FloatDType, type TypedArray } from '../graph/dtype.js';
import type { Spec } from '../graph/node.js';
import { sameShape, sizeOf } from '../graph/shape.js';
import type { StateDefinition } from '../graph/state.js';
import { Session } from '../runtime/session.js';
import { averaged, averagingStart } from './averaging.js';
import { inputSpec } from './examples.js';
import type { Source } from './model-description.js';
import { checkHistory, type Position, readProgress, writeProgress } from './progress.js';
import type { Report } from './report.js';
import { fills, type PlacedModel, placeModel, placeOptimizer, slotsOf } from './slots.js';
import type { Snapshot } from './snapshot.js';
import type { TrainerOptions } from './trainer-options.js';
import { bestOf, CURSOR, carriedSlots, initialProgram, KEY, keyOf, modelSlots, ORDER, ORDERS, placesOf, STEP } from './training-program.js';

/** What a trainer knows and keeps between runs: the placed model, the contents of its slots, history and position. */
export class TrainingState {
  readonly #options: TrainerOptions;
  readonly dtype: FloatDType;
  readonly #averages: boolean;
  #model: PlacedModel | null = null;
  #input: Spec | null = null;
  /** Contents by slot; arrays are replaced and never changed, because others remember them by identity. */
  #slots = new Map<string, TypedArray>();
  history: Report[] = [];
  position: Position | null = null;
  /** What the last call of fit was given. */
  source: Source | null = null;

  constructor(options: TrainerOptions) {
    this.#options = options;
    this.dtype = options.dtype ?? 'float32';
    this.#averages = options.averaging !== undefined;
  }

  /** The model, or null before the first data set. */
  get model(): PlacedModel | null {
    return this.#model;
  }

  /** The model as it is used: with the averages for its parameters where there are some. */
  get usedModel(): PlacedModel {
    return this.#averages ? averaged(this.#model!) : this.#model!;
  }

  /** The type of the model's inputs. */
  get input(): Spec {
    return this.#input!;
  }

  /** The contents of a slot, which must not be changed. */
  get(name: string): TypedArray {
    return this.#slots.get(name)!;
  }

  /** The contents of a slot of the model as it is used: after early stopping the best, else the last. */
  used(name: string): TypedArray {
    const best = this.position?.putBack === true ? this.#slots.get(bestOf(name)) : undefined;
    return best ?? this.get(name);
  }

  /** Keeps the model of a session as the best one. */
  keepBest(session: Session): void {
    for (const name of modelSlots(this.#model!, this.#averages)) this.#slots.set(bestOf(name), session.read(name));
  }

  /** Begins a call of fit that is not resumed: with the best model where it was put back, and nothing of the last call. */
  begin(): void {
    for (const name of modelSlots(this.#model!, this.#averages)) {
      this.#slots.set(name, this.used(name));
    }
    this.forgetCall();
  }

  /** Leaves nothing of the last call of fit to go on with. */
  forgetCall(): void {
    this.position = null;
    this.forgetBest();
  }

  forgetBest(): void {
    for (const name of modelSlots(this.#model!, this.#averages)) this.#slots.delete(bestOf(name));
  }

  /** The only number of a slot of one element, 0 before the model is placed. */
  number(name: string): number {
    return this.#slots.get(name)?.[0] ?? 0;
  }

  /** The model placed for these features; the first call also makes the first parameters. */
  place(features: Omit<Features, 'data'>): PlacedModel {
    const input = inputSpec(features, this.dtype);
    if (this.#model !== null) {
      if (!sameShape(input.shape, this.#input!.shape))
        throw expected('Trainer', `features of shape [${this.#input!.shape.slice(1)}]`, `[${features.shape}]`);
      return this.#model;
    }
    const model = placeModel(this.#options.model, input);
    this.#slots = this.#first(model);
    this.#model = model;
    this.#input = input;
    return model;
  }

  /** Low and high 32 bits of the seed. */
  get seed(): readonly [number, number] {
    const [low, high] = this.#slots.get(KEY) ?? keyOf(this.#options.seed ?? 0);
    return [low!, high!];
  }

  newSession(program: CompiledProgram): Session {
    const { threads } = this.#options;
    return new Session(program, threads === undefined ? {} : { threads });
  }

  /** Brings what a session holds into the state. */
  capture(session: Session): void {
    for (const name of carriedSlots(this.#model!, this.#options.optimizer, this.#averages)) this.#slots.set(name, session.read(name));
  }

  /** Gives a session what it must find; the order of examples only where an epoch in progress goes on. */
  hand(session: Session, resumes: boolean): void {
    for (const name of carriedSlots(this.#model!, this.#options.optimizer, this.#averages)) {
      if (resumes || (name !== ORDER && name !== CURSOR)) session.write(name, this.get(name));
    }
  }

  /** Copies of everything. Throws before the first data set, when there is nothing yet. */
  snapshot(): Snapshot {
    if (this.#model === null) throw new Error('snapshot: expected a trainer that has seen data, got a new one; call fit first');
    const { history, position } = this;
    const input = this.#input!.shape.slice(1) as readonly number[];
    return {
      slots: new Map([...this.#slots].map(([name, data]) => [name, data.slice()])),
      history: [...history],
      progress: writeProgress({ input, position }),
    };
  }

  /** Takes over a snapshot, checked against this trainer's model and optimizer; throws, with `who` in front, and changes nothing where it does not fit. */
  restore(snapshot: Snapshot, who = 'restore'): void {
    if (!(snapshot?.slots instanceof Map)) throw expected(who, 'a snapshot { slots, history, progress }', String(snapshot));
    const { input: shape, position } = readProgress(who, snapshot.progress);
    checkHistory(who, snapshot.history);
    const input = inputSpec({ shape }, this.dtype);
    if (this.#input !== null && !sameShape(input.shape, this.#input.shape)) {
      throw expected(who, `a snapshot of a trainer for features [${this.#input.shape.slice(1)}]`, `features [${shape}]`);
    }
    const model = this.#model ?? placeModel(this.#options.model, input);
    const slots = new Map([...snapshot.slots].map(([name, data]) => [name, data.slice()]));
    this.#check(who, slots, model, position);
    this.#model = model;
    this.#input = input;
    this.#slots = slots;
    this.history = [...snapshot.history];
    this.position = position;
  }

  #check(who: string, slots: ReadonlyMap<string, TypedArray>, model: PlacedModel, position: Position | null): void {
    const wanted = this.#kinds(model, position);
    const unknown = [...slots.keys()].find((name) => !wanted.has(name));
    if (unknown !== undefined)
      throw expected(who, 'slots of this model and optimizer', `'${unknown}'`, suggestion(unknown, [...wanted.keys()]));
    for (const [name, kind] of wanted) {
      const data = slots.get(name);
      const count = name !== ORDER ? kind.length : position === null ? data?.length : placesOf(position);
      if (data?.constructor !== kind.constructor || data.length !== count) {
        const got = data === undefined ? 'none' : `${data.constructor.name} of ${data.length}`;
        throw expected(who, `${kind.constructor.name} of ${count} numbers for the slot '${name}'`, got);
      }
    }
    this.#checkOrder(who, slots.get(ORDER)!, slots.get(CURSOR)![0]!, position?.resident ?? slots.get(ORDER)!.length);
  }

  /** Rows to gather come from here; others would stop a run in its middle. */
  #checkOrder(who: string, order: TypedArray, cursor: number, count: number): void {
    const at = order.findIndex((row) => !(row >= 0 && row < count));
    if (at >= 0) throw expected(who, `an order of examples in [0, ${count})`, order[at]);
    if (!(cursor >= 0 && cursor <= count)) throw expected(who, `a cursor in [0, ${count}]`, cursor);
  }

  /** First contents of the slots that start as plain numbers. The order gets its length from the data. */
  #plain(model: PlacedModel): Map<string, TypedArray> {
    const optimizer = placeOptimizer(this.#options.optimizer, model);
    return new Map<string, TypedArray>([
      [KEY, keyOf(this.#options.seed ?? 0)],
      ...[ORDERS, STEP, CURSOR].map((name): [string, TypedArray] => [name, new Int32Array(1)]),
      [ORDER, new Int32Array(0)],
      ...fills('model', model.definition.state),
      ...fills(optimizer.prefix, optimizer.definitions as Tree<StateDefinition>),
    ]);
  }

  /** An array of the kind and length of every slot. */
  #kinds(model: PlacedModel, position: Position | null): ReadonlyMap<string, TypedArray> {
    const parameters = slotsOf(model.params).map(([name, { dtype, shape }]): [string, TypedArray] => [
      name,
      allocate(dtype, sizeOf(shape as readonly number[])),
    ]);
    const kinds = new Map([...this.#plain(model), ...parameters]);
    this.#startAverages(model, kinds);
    if (position?.stopping?.best) for (const name of modelSlots(model, this.#averages)) kinds.set(bestOf(name), kinds.get(name)!);
    return kinds;
  }

  #first(model: PlacedModel): Map<string, TypedArray> {
    const slots = this.#plain(model);
    using session = this.newSession(compileProgram(initialProgram(model)));
    session.write(KEY, slots.get(KEY)!);
    session.runSync([{ plan: 'initialize', steps: 1 }]);
    for (const [name] of slotsOf(model.params)) slots.set(name, session.read(name));
    this.#startAverages(model, slots);
    return slots;
  }

  #startAverages(model: PlacedModel, slots: Map<string, TypedArray>): void {
    if (!this.#averages) return;
    const { power, copies } = averagingStart(model);
    slots.set(power, Float64Array.of(1));
    for (const [to, from] of copies) slots.set(to, slots.get(from)!);
  }
}
