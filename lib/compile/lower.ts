import { internal } from '../base/errors.js';
import type { DType, TypedArray } from '../graph/dtype.js';
import { type Graph, isInput, type Node, type Value } from '../graph/node.js';
import type { Shape } from '../graph/shape.js';
import { broadcastAxes, spaceOf } from './broadcasting.js';
import type { Constants } from './constants.js';
import { type Fusion, fuse, type Group } from './fuse.js';
import { kernelInts } from './kernels.js';
import { lowerGroup } from './lower-group.js';
import { lowerCond, lowerScan } from './lower-region.js';
import { isView, patternOf } from './member.js';
import { RowProgram } from './row-program.js';
import { arenaTensor, type Buffer, type Instruction, instruction, shapeTensor, type Tensor } from './tensor.js';

/** What the lowering of all graphs of one plan shares. */
export type PlanContext = {
  readonly constants: Constants;
  /** Most nodes of one row program; 1 switches fusion off. */
  readonly fusionLimit: number;
  /** Bytes of a value at capacity. */
  readonly bytesOf: (value: { readonly dtype: DType; readonly shape: Shape }) => number;
};

/**
 * Lowers one graph (a plan's, or a region's body) to instructions. Works backwards from what is wanted: asking for a value's
 * tensor makes it wanted, and items are lowered in descending order, when all their users have asked.
 */
export class GraphLowering {
  readonly context: PlanContext;
  readonly instructions: Instruction[] = [];
  /** Memory written by this graph's own instructions (not by inputs or regions around it). */
  readonly produced = new Set<Buffer>();
  readonly fusion: Fusion;
  readonly #tensors = new Map<Value, Tensor>();

  constructor(context: PlanContext, graph: Graph, inputs: ReadonlyMap<Value, Tensor>) {
    this.context = context;
    this.fusion = fuse(graph, context.fusionLimit, context.bytesOf);
    for (const [value, tensor] of inputs) this.#tensors.set(value, tensor);
  }

  /** Lowers everything the wanted values need; returns their tensors. */
  run(wanted: readonly Value[]): Tensor[] {
    const tensors = wanted.map((v) => this.tensorOf(v));
    const { order } = this.fusion;
    for (let i = order.length - 1; i >= 0; i--) {
      const item = order[i]!;
      if ('members' in item) this.#group(item);
      else if (item.outputs.some((v) => this.#tensors.has(v))) this.#node(item);
    }
    return tensors;
  }

  /** A lowering of a region's body, whose inputs are these tensors. */
  body(graph: Graph, inputs: readonly Tensor[]): GraphLowering {
    return new GraphLowering(this.context, graph, new Map(graph.inputs.map((v, i) => [v, inputs[i]!])));
  }

  emit(instr: Instruction): void {
    this.instructions.push(instr);
    for (const t of instr.outputs) this.produced.add(t.buffer);
  }

  /** Whether anything outside its row program reads a value. */
  wanted(value: Value): boolean {
    return this.#tensors.has(value);
  }

  /** The tensor of a value in memory; asking for it makes sure that it will be there. */
  tensorOf(value: Value): Tensor {
    let tensor = this.#tensors.get(value);
    if (tensor === undefined) {
      tensor = this.#make(value);
      this.#tensors.set(value, tensor);
    }
    return tensor;
  }

  #make(value: Value): Tensor {
    const { node, dtype, shape } = value;
    if (isInput(node)) throw internal(`compile: the input '${String(node.attrs['name'])}' does not belong to this graph`);
    if (node.op.name === 'constant') return this.context.constants.scalar(node.attrs['value'] as number, dtype);
    if (node.op.name === 'literal') return this.context.constants.literal(node.attrs['data'] as TypedArray, dtype, shape);
    if (isView(node)) return this.#view(this.tensorOf(node.inputs[0]!), shape, node);
    if (node.op.name === 'broadcast') return this.#broadcast(node);
    return arenaTensor(dtype, shape);
  }

  /** The same memory under another shape. A window has only the shape its scan knows, so it is copied. */
  #view(base: Tensor, shape: Shape, node: Node): Tensor {
    return base.buffer.storage === 'window' ? this.copy(base, base.dtype, shape, node.id) : base.view(shape);
  }

  /** A copy in the arena, made when this graph runs. */
  copy(from: Tensor, dtype: DType, shape: Shape, order: number): Tensor {
    const to = arenaTensor(dtype, shape);
    this.emit(instruction('copy', [from], [to], { order }));
    return to;
  }

  /** A repeated value that something else than a row program reads. */
  #broadcast(node: Node): Tensor {
    const from = node.inputs[0]!;
    const { dtype, shape } = node.outputs[0]!;
    const to = arenaTensor(dtype, shape);
    const mode = patternOf(node);
    if (mode === 'general') {
      this.emit(instruction('broadcast', [this.tensorOf(from)], [to], { ints: broadcastAxes(from.shape, shape), order: node.id }));
      return to;
    }
    const program = new RowProgram(spaceOf(shape));
    const constant = from.node.op.name === 'constant';
    const source = constant
      ? program.fill(from.node.attrs['value'] as number, 'element', dtype)
      : program.load(this.tensorOf(from), mode, mode === 'row' ? 'row' : 'element');
    program.store(program.cast(mode === 'row' ? program.spread(source) : source, dtype), 'element', to);
    this.emit(program.finish(node.id));
    return to;
  }

  #group(group: Group): void {
    const members = group.members.filter(({ node }) => this.#tensors.has(node.outputs[0]!));
    if (members.length > 0) this.emit(lowerGroup(this, group));
  }

  #node(node: Node): void {
    if (node.op.name === 'scan') lowerScan(this, node);
    else if (node.op.name === 'cond') lowerCond(this, node);
    else this.#kernel(node);
  }

  #kernel(node: Node): void {
    const { name } = node.op;
    const outputs = node.outputs.map((v) => this.tensorOf(v));
    if (name === 'size') {
      this.emit(instruction('size', [shapeTensor([node.attrs['dim'] as number | string])], outputs, { order: node.id }));
      return;
    }
    const inputs = node.inputs.map((v) => this.tensorOf(v));
    if (name === 'reshape' || name === 'cast') this.emit(instruction('copy', inputs, outputs, { order: node.id }));
    else this.emit(instruction(name, inputs, outputs, { ints: kernelInts(node), order: node.id }));
  }
}
