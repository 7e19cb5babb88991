import { internal } from '../base/errors.js';
import type { Value } from '../graph/node.js';
import { spaceKey, spaceOf } from './broadcasting.js';
import type { Group } from './fuse.js';
import type { GraphLowering } from './lower.js';
import { baseOf, type InRegister, inRegister, type Member, patternOf } from './member.js';
import { COMPARISON } from './opcodes.js';
import { type Register, RowProgram } from './row-program.js';
import type { Instruction } from './tensor.js';

/** Lowers one group of fused nodes to a row program that stores what others read. */
export function lowerGroup(lowering: GraphLowering, group: Group): Instruction {
  return new GroupLowering(lowering, group).run();
}

/** A product inside a sum; `repeated` holds one row or one column. */
type Factors = { readonly product: Member; readonly values: Value; readonly repeated: Value };

class GroupLowering {
  readonly #lowering: GraphLowering;
  readonly #group: Group;
  readonly #program: RowProgram;
  readonly #registers = new Map<Member, Register>();
  readonly #products = new Map<Member, Factors>();
  readonly #tests = new Map<Value, Register>();

  constructor(lowering: GraphLowering, group: Group) {
    this.#lowering = lowering;
    this.#group = group;
    this.#program = new RowProgram(group.space);
  }

  run(): Instruction {
    const uses = this.#uses();
    for (const member of this.#group.members) {
      const factors = this.#factors(member, uses);
      if (factors !== null) this.#products.set(member, factors);
    }
    const absorbed = new Set([...this.#products.values()].map(({ product }) => product));
    for (const member of this.#group.members) {
      if (uses.has(member) && !absorbed.has(member)) this.#registers.set(member, this.#compute(member));
    }
    for (const member of this.#group.members) this.#store(member);
    return this.#program.finish(this.#group.members[this.#group.members.length - 1]!.node.id);
  }

  /** The members that a stored value depends on, and how often others read them: the rest would be computed for nobody. */
  #uses(): Map<Member, number> {
    const uses = new Map<Member, number>();
    for (let i = this.#group.members.length - 1; i >= 0; i--) {
      const member = this.#group.members[i]!;
      if (!uses.has(member) && !this.#lowering.wanted(member.node.outputs[0]!)) continue;
      if (!uses.has(member)) uses.set(member, 0);
      for (const v of member.node.inputs) {
        const inner = this.#inside(v, member.operands);
        if (inner !== null) uses.set(inner.member, (uses.get(inner.member) ?? 0) + 1);
      }
    }
    return uses;
  }

  /** The factors of a product that only this sum reads, where one of them is the same in every row (or column): no tile of it is made. */
  #factors(member: Member, uses: ReadonlyMap<Member, number>): Factors | null {
    const { node, kind, operands } = member;
    if (node.op.name !== 'sum' || operands !== 'element' || kind === 'scalar' || !uses.has(member)) return null;
    const inner = this.#inside(node.inputs[0]!, 'element');
    if (inner === null || inner.spread || inner.member.node.op.name !== 'mul') return null;
    const product = inner.member;
    const { dtype } = product.node.outputs[0]!;
    if (uses.get(product) !== 1 || this.#lowering.wanted(product.node.outputs[0]!) || dtype !== node.outputs[0]!.dtype) return null;
    const [a, b] = product.node.inputs as [Value, Value];
    const repeated = (v: Value) => v.dtype === dtype && this.#along(v) === (kind === 'row' ? 'column' : 'row');
    return repeated(b) ? { product, values: a, repeated: b } : repeated(a) ? { product, values: b, repeated: a } : null;
  }

  /** The pattern of a repeated operand, if this program can have it as one row or one column. */
  #along(value: Value): string | null {
    const base = baseOf(value);
    return base.node.op.name === 'broadcast' && this.#aligned(base) ? patternOf(base.node) : null;
  }

  /** The one column behind an operand that repeats it in every column. */
  #column(value: Value): Register {
    const inner = this.#inside(value, 'element');
    if (inner !== null) return this.#program.cast(this.#registers.get(inner.member)!, value.dtype);
    return this.#program.load(this.#lowering.tensorOf(baseOf(baseOf(value).node.inputs[0]!)), 'row', 'row');
  }

  /** The member of this group whose register an operand is, and whether it must be spread or cast first. */
  #inside(value: Value, kind: 'element' | 'row'): InRegister | null {
    const { memberOf, groupOf } = this.#lowering.fusion;
    const found = inRegister(value, spaceKey(this.#group.space), kind, memberOf);
    return found !== null && groupOf.get(found.member.node) === this.#group ? found : null;
  }

  /** A register with an operand's values, of the kind and dtype in which it is used. */
  #operand(value: Value, kind: 'element' | 'row'): Register {
    const program = this.#program;
    const inner = this.#inside(value, kind);
    if (inner !== null) {
      const register = this.#registers.get(inner.member);
      if (register === undefined) throw internal(`compile: '${inner.member.node.op.name}' is used before it is computed`);
      return program.cast(inner.spread ? program.spread(register) : register, value.dtype);
    }
    const base = baseOf(value);
    const { node } = base;
    if (node.op.name === 'constant') return program.fill(node.attrs['value'] as number, kind, value.dtype);
    if (node.op.name === 'broadcast') return this.#repeated(base, kind);
    const counted = kind === 'element' && this.#aligned(base) ? this.#index(base) : null;
    if (counted !== null) return counted;
    if (base.rank === 0 && value.rank === 0) return program.load(this.#lowering.tensorOf(base), 'scalar', kind);
    return this.#tested(base, kind) ?? program.load(this.#lowering.tensorOf(base), kind, kind);
  }

  /** A comparison with a constant made again, where what it looks at is in memory anyway: the mask of a relu from its result. */
  #tested(base: Value, kind: 'element' | 'row'): Register | null {
    const { node } = base;
    if (!COMPARISON.has(node.op.name)) return null;
    const [x, bound] = node.inputs as [Value, Value];
    const limit = baseOf(bound);
    const constant = limit.node.op.name === 'broadcast' && baseOf(limit.node.inputs[0]!).node.op.name === 'constant';
    if (!constant || !this.#reads(baseOf(x))) return null;
    let register = this.#tests.get(base);
    if (register === undefined) {
      register = this.#program.op(node.op.name, { kind, dtype: 'bool' }, [this.#operand(x, kind), this.#operand(bound, kind)]);
      this.#tests.set(base, register);
    }
    return register;
  }

  /** Whether a value will be in memory for others, or is read here. */
  #reads(value: Value): boolean {
    if (value.node.op.name === 'broadcast') return false;
    return (
      this.#lowering.wanted(value) ||
      this.#group.members.some(({ node, operands }) => node.inputs.some((v) => baseOf(v) === value && this.#inside(v, operands) === null))
    );
  }

  #aligned(value: Value): boolean {
    return spaceKey(spaceOf(value.shape)) === spaceKey(this.#group.space);
  }

  /** An iota over the rows or columns of the space needs no memory. */
  #index({ node, rank, dtype }: Value): Register | null {
    if (node.op.name !== 'iota') return null;
    const axis = node.attrs['axis'] as number;
    if (axis === rank - 1) return this.#program.index('columnIndex', dtype);
    return axis === 0 && rank === 2 ? this.#program.index('rowIndex', dtype) : null;
  }

  #repeated(value: Value, kind: 'element' | 'row'): Register {
    const program = this.#program;
    const from = value.node.inputs[0]!;
    const shape = patternOf(value.node);
    if (shape === 'scalar') {
      const base = baseOf(from);
      if (base.node.op.name === 'constant') return program.fill(base.node.attrs['value'] as number, kind, value.dtype);
      return program.cast(program.load(this.#lowering.tensorOf(base), 'scalar', kind), value.dtype);
    }
    // The space of the program must be that of the repeated value for its rows and columns to be those of the program.
    const aligned = kind === 'element' && this.#aligned(value);
    const counted = aligned && shape === 'column' ? this.#index(baseOf(from)) : null;
    if (counted !== null) return counted;
    if (aligned && shape === 'row') return program.spread(program.load(this.#lowering.tensorOf(baseOf(from)), 'row', 'row'));
    if (aligned && shape === 'column') return program.load(this.#lowering.tensorOf(baseOf(from)), 'column', 'element');
    return program.load(this.#lowering.tensorOf(value), kind, kind);
  }

  #compute(member: Member): Register {
    const { node, kind, operands } = member;
    const { dtype } = node.outputs[0]!;
    const factors = this.#products.get(member);
    if (factors !== undefined) {
      const values = this.#operand(factors.values, 'element');
      if (kind === 'row') return this.#program.op('rowDot', { kind, dtype }, [values, this.#operand(factors.repeated, 'element')]);
      return this.#program.op('columnDot', { kind: 'column', dtype }, [values, this.#column(factors.repeated)]);
    }
    const registers = node.inputs.map((v) => this.#operand(v, operands));
    if (kind === 'scalar') return registers[0]!; // the sum happens where it is stored
    if (kind === 'column') return this.#program.op('columnSum', { kind, dtype }, registers);
    if (node.op.name === 'cast') return this.#program.cast(registers[0]!, dtype);
    const opcode = kind === 'row' && operands === 'element' ? (node.op.name === 'sum' ? 'rowSum' : 'rowMax') : node.op.name;
    return this.#program.op(opcode, { kind, dtype }, registers);
  }

  #store(member: Member): void {
    const value = member.node.outputs[0]!;
    if (!this.#lowering.wanted(value)) return;
    this.#program.store(this.#registers.get(member)!, member.kind, this.#lowering.tensorOf(value));
  }
}
