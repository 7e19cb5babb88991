import { expected } from '../base/errors.js';
import { entries, type Mapped, rebuild, type Tree } from '../base/tree.js';
import { allocate, type FloatDType, isFloat } from '../graph/dtype.js';
import { inNewScope, input, Spec, Value } from '../graph/node.js';
import { bind, namesOf, sizeOf } from '../graph/shape.js';
import { constant } from '../ops/sources.js';
import { Session } from '../runtime/session.js';
import { type ArrayData, bindLength, bindShape, flatten, type ShapedArray, shaped, shapeOfData } from './array-data.js';
import { type CompiledProgram, type CompileOptions, compileProgram, type SlotDefinition } from './program.js';

export type { ArrayData, ShapedArray } from './array-data.js';

/** How a function is compiled. */
export type FunctionOptions = CompileOptions & {
  /** Replaces the float dtype of every spec, to run one function in both precisions. @default as the specs say */
  readonly dtype?: FloatDType;
  /** Room for named sizes; they grow by recompiling when a call needs more. @default what the first call needs */
  readonly capacity?: Readonly<Record<string, number>>;
  /** Size of the compute pool, shared by the process. @default left as it is */
  readonly threads?: number;
};

type Arguments<A extends readonly unknown[]> = { [K in keyof A]: Mapped<A[K], Spec, Value> };
type Data<A extends readonly unknown[]> = { [K in keyof A]: Mapped<A[K], Spec, ArrayData> };

/** A function on arrays, backed by one native plan. */
export type CompiledFunction<A extends readonly unknown[], R> = {
  (...args: Data<A>): Mapped<R, Value | number, ShapedArray>;
  /** The program behind the last call, for its reports; null before the first one. */
  readonly program: CompiledProgram | null;
  /** Frees native memory; the next call compiles again. */
  dispose(): void;
  [Symbol.dispose](): void;
};

type Traced = { readonly like: Tree<unknown>; readonly outputs: readonly Value[] };

function trace(fn: (...args: never[]) => unknown, specs: readonly unknown[], inputs: readonly Value[]): Traced {
  const args = rebuild(specs as Tree<unknown>, inputs) as never[];
  const like = fn(...args) as Tree<unknown>;
  const outputs = entries(like).map(([path, leaf]) => {
    if (typeof leaf === 'number') return constant(leaf);
    if (!(leaf instanceof Value)) throw expected('compile', `traced values as results, at '${path}' too`, typeof leaf);
    return leaf;
  });
  return { like, outputs };
}

function specsOf(specs: readonly unknown[], dtype: FloatDType | undefined): Spec[] {
  return entries(specs as Tree<unknown>).map(([path, spec]) => {
    if (!(spec instanceof Spec)) throw expected('compile', `a Spec for argument '${path}'`, typeof spec);
    return dtype !== undefined && isFloat(spec.dtype) ? new Spec(dtype, spec.shape) : spec;
  });
}

/** One compiled version of a function, for one capacity. */
type Version = {
  readonly program: CompiledProgram;
  readonly session: Session;
  readonly outputs: readonly Spec[];
  readonly like: Tree<unknown>;
};

class FunctionCompiler {
  readonly #fn: (...args: never[]) => unknown;
  readonly #tree: readonly unknown[];
  readonly #specs: readonly Spec[];
  readonly #options: FunctionOptions;
  #capacity: Record<string, number>;
  version: Version | null = null;

  constructor(fn: (...args: never[]) => unknown, tree: readonly unknown[], options: FunctionOptions) {
    if (typeof fn !== 'function') throw expected('compile', 'a function to trace', typeof fn);
    if (!Array.isArray(tree)) throw expected('compile', 'a list of specs, one tree per argument', typeof tree);
    this.#fn = fn;
    this.#tree = tree;
    this.#specs = specsOf(tree, options.dtype);
    this.#options = options;
    this.#capacity = { ...options.capacity };
  }

  call(args: readonly unknown[]): unknown {
    if (args.length !== this.#tree.length) throw expected('compile', `${this.#tree.length} arguments`, args.length);
    const data = this.#dataOf(args);
    const sizes = this.#sizes(data);
    const { session, outputs, like } = this.#versionFor(sizes);
    data.forEach((array, i) => {
      session.write(`in.${i}`, flatten('compile', array, this.#specs[i]!.dtype));
    });
    const known = Object.fromEntries(Object.entries(sizes).filter(([name]) => this.version!.program.plans[0]!.symbols.includes(name)));
    session.runSync([{ plan: 'call', steps: 1, sizes: known, record: 'none' }]);
    const results = outputs.map((spec, i) => {
      const shape = spec.shape.map((d) => bind(d, { ...this.#capacity, ...sizes }));
      const count = sizeOf(shape);
      return shaped(session.read(`out.${i}`, allocate(spec.dtype, count)), shape);
    });
    return rebuild(like, results);
  }

  dispose(): void {
    this.version?.session.dispose();
    this.version = null;
  }

  /** Argument leaves in the order of the specs; an array may be the data of one leaf. */
  #dataOf(args: readonly unknown[]): ArrayData[] {
    const found: ArrayData[] = [];
    const visit = (spec: unknown, data: unknown, path: string) => {
      if (spec instanceof Spec) {
        found.push(data as ArrayData);
        return;
      }
      for (const key of Object.keys(spec as object)) {
        const at = path === '' ? key : `${path}.${key}`;
        if (data === null || typeof data !== 'object' || !(key in data)) throw expected('compile', `data for argument '${at}'`, 'none');
        visit((spec as Record<string, unknown>)[key], (data as Record<string, unknown>)[key], at);
      }
    };
    visit(this.#tree, args, '');
    return found;
  }

  #sizes(data: readonly ArrayData[]): Record<string, number> {
    const sizes: Record<string, number> = {};
    const flat: number[] = [];
    data.forEach((array, i) => {
      const shape = shapeOfData(array);
      if (shape === null) flat.push(i);
      else bindShape('compile', this.#specs[i]!, shape, sizes);
    });
    for (const i of flat) bindLength('compile', this.#specs[i]!, (data[i] as ArrayLike<number>).length, sizes);
    return sizes;
  }

  #versionFor(sizes: Readonly<Record<string, number>>): Version {
    const fits = Object.entries(sizes).every(([name, size]) => size <= (this.#capacity[name] ?? 0));
    if (this.version !== null && fits) return this.version;
    for (const [name, size] of Object.entries(sizes)) this.#capacity[name] = Math.max(size, this.#capacity[name] ?? 0);
    this.dispose();
    this.version = this.#build();
    return this.version;
  }

  #build(): Version {
    const first = inNewScope(() =>
      trace(
        this.#fn,
        this.#tree,
        this.#specs.map((spec, i) => input(spec, `in.${i}`)),
      ),
    );
    const outputs = first.outputs.map((v) => v.spec);
    for (const spec of outputs) {
      for (const name of spec.shape.flatMap((d) => [...namesOf(d)])) {
        if (this.#capacity[name] === undefined)
          throw expected('compile', `a capacity for the size '${name}', which no argument has`, 'none');
      }
    }
    const slot = (prefix: string) => (spec: Spec, i: number) => [`${prefix}.${i}`, { spec, kind: 'data' } as SlotDefinition] as const;
    const program = compileProgram(
      {
        capacity: this.#capacity,
        slots: Object.fromEntries([...this.#specs.map(slot('in')), ...outputs.map(slot('out'))]),
        plans: {
          call: (slots) => {
            const results = trace(
              this.#fn,
              this.#tree,
              this.#specs.map((_, i) => slots[`in.${i}`]!),
            ).outputs;
            return { outputs: Object.fromEntries(results.map((v, i) => [`out.${i}`, v])) };
          },
        },
      },
      this.#options,
    );
    const { threads } = this.#options;
    return { program, session: new Session(program, threads === undefined ? {} : { threads }), outputs, like: first.like };
  }
}

/**
 * Turns a function of traced values into a function of arrays. `specs` has one tree of Specs per argument; results come back
 * as typed arrays with a `shape`, in the tree that `fn` returns. Named sizes are bound by the arrays of each call.
 * Runs synchronously, on the caller's thread and the compute pool.
 */
export function compile<const A extends readonly unknown[], R>(
  fn: (...args: Arguments<A>) => R,
  specs: A,
  options: FunctionOptions = {},
): CompiledFunction<A, R> {
  const compiler = new FunctionCompiler(fn as (...args: never[]) => unknown, specs, options);
  const call = (...args: readonly unknown[]) => compiler.call(args);
  const dispose = () => compiler.dispose();
  Object.defineProperty(call, 'program', { get: () => compiler.version?.program ?? null });
  return Object.assign(call, { dispose, [Symbol.dispose]: dispose }) as unknown as CompiledFunction<A, R>;
}
