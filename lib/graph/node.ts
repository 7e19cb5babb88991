import { expected } from '../base/errors.js';
import { type DType, isFloat } from './dtype.js';
import { dim, format, type Shape } from './shape.js';

/** Dtype and shape of a tensor. A rank-0 float is always float64. */
export class Spec<const S extends Shape = Shape> {
  readonly dtype: DType;
  readonly shape: S;
  constructor(dtype: DType, shape: S) {
    this.shape = shape.map((d) => dim('Spec', d)) as unknown as S;
    this.dtype = isFloat(dtype) && shape.length === 0 ? 'float64' : dtype;
  }
  toString(): string {
    return format(this);
  }
}

/** What an op may carry besides its inputs: plain data, compared by content except for typed arrays. */
export type Attrs = Readonly<Record<string, unknown>>;

/** The part of an op record that a node needs; the derivative rules are added in ops/op.ts. */
export type OpBase = {
  readonly name: string;
  /** Output types from input types; throws the user's error sentence for wrong ones. */
  readonly infer: (inputs: readonly Spec[], attrs: never, bodies: readonly Graph[]) => readonly Spec[];
};

/**
 * The region under trace. Nodes remember it, so that a body's captures can be told from its own nodes.
 * A body is closed once it is traced: captured values become inputs of the region node.
 */
export type Scope = { readonly parent: Scope | null };

let scope: Scope = { parent: null };

/** Runs `trace` with a fresh scope current. */
export function inNewScope<T>(trace: (scope: Scope) => T): T {
  const outer = scope;
  scope = { parent: outer };
  try {
    return trace(scope);
  } finally {
    scope = outer;
  }
}

let nextId = 0;

/** One application of an op. Inputs are made before their users, so ids are a topological order. */
export class Node {
  readonly id = nextId++;
  /** The last walk of `nodesOf` that met this node: its own mark, so that a walk costs what it meets and nothing more. */
  lastWalk = 0;
  readonly scope = scope;
  readonly op: OpBase;
  readonly inputs: readonly Value[];
  readonly attrs: Attrs;
  /** Closed sub-graphs of `scan` and `cond`. */
  readonly bodies: readonly Graph[];
  readonly outputs: readonly Value[];
  constructor(op: OpBase, inputs: readonly Value[], attrs: Attrs = {}, bodies: readonly Graph[] = []) {
    for (const input of inputs) {
      if (!(input instanceof Value)) throw expected(op.name, 'a traced value', typeof input);
    }
    this.op = op;
    this.inputs = inputs;
    this.attrs = attrs;
    this.bodies = bodies;
    this.outputs = op
      .infer(
        inputs.map((v) => v.spec),
        attrs as never,
        bodies,
      )
      .map((spec, index) => new Value(this, index, spec));
  }
}

/** One output of a node: a tensor that exists when the plan runs. Its methods are in ops/fluent.ts. */
export class Value<S extends Shape = Shape> {
  readonly node: Node;
  readonly index: number;
  readonly spec: Spec<S>;
  constructor(node: Node, index: number, spec: Spec) {
    this.node = node;
    this.index = index;
    this.spec = spec as Spec<S>;
  }
  get shape(): S {
    return this.spec.shape;
  }
  get dtype(): DType {
    return this.spec.dtype;
  }
  get rank(): number {
    return this.spec.shape.length;
  }
  /** A value has no number while it is traced: `if (x > 0)` or `x + 1` would silently go wrong, so they throw. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === 'string') return format(this.spec);
    throw expected('Value', 'ops on a traced value', 'a comparison or arithmetic of the language', 'use x.gt(0), x.add(1), select or cond');
  }
}

const INPUT: OpBase = { name: 'input', infer: (_inputs, attrs: { spec: Spec }) => [attrs.spec] };

/** A placeholder: a graph input, named for printing. */
export function input<S extends Shape>(spec: Spec<S>, name: string): Value<S> {
  return new Node(INPUT, [], { spec, name }).outputs[0] as unknown as Value<S>;
}

/** Whether a node is a placeholder. */
export function isInput(node: Node): boolean {
  return node.op === INPUT;
}

/** A closed function: outputs depend on `inputs` and constants alone. */
export type Graph = { readonly inputs: readonly Value[]; readonly outputs: readonly Value[] };

let walks = 0;

/** Every node the outputs depend on, inputs before users; with `from`, only nodes whose id is at least that. */
export function nodesOf(outputs: readonly Value[], from = 0): Node[] {
  const walk = ++walks;
  const found: Node[] = [];
  const visit = ({ node }: Value) => {
    if (node.id < from || node.lastWalk === walk) return;
    node.lastWalk = walk;
    found.push(node);
  };
  for (const v of outputs) visit(v);
  for (let next = 0; next < found.length; next++) {
    for (const v of found[next]!.inputs) visit(v);
  }
  return found.sort((a, b) => a.id - b.id);
}
