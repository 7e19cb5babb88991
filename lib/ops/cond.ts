import { expected } from '../base/errors.js';
import { rebuild, type Tree } from '../base/tree.js';
import { type Graph, inNewScope, input, type Node, type Spec, type Value } from '../graph/node.js';
import { format, sameShape } from '../graph/shape.js';
import { substitute } from '../graph/substitute.js';
import { applyAll, type Linear, type Op, type Passes } from './op.js';
import { close, residualsOf } from './region.js';
import { type Traceable, valuesOf } from './scan.js';
import { zeros } from './sources.js';

function list(specs: readonly { readonly dtype: string; readonly shape: Spec['shape'] }[]): string {
  return specs.map(format).join(', ') || 'nothing';
}

function sameSpecs(a: readonly Spec[], b: readonly Spec[]): boolean {
  return a.length === b.length && a.every((spec, i) => spec.dtype === b[i]!.dtype && sameShape(spec.shape, b[i]!.shape));
}

function inferCond([pred, ...operands]: readonly Spec[], [yes, no]: readonly Graph[]): readonly Spec[] {
  if (pred!.dtype !== 'bool' || pred!.shape.length > 0) throw expected('cond', 'a bool scalar', format(pred!));
  for (const body of [yes!, no!]) {
    const inside = body.inputs.map((v) => v.spec);
    if (!sameSpecs(inside, operands)) throw expected('cond', `operands ${list(inside)}`, list(operands));
  }
  const results = yes!.outputs.map((v) => v.spec),
    others = no!.outputs.map((v) => v.spec);
  if (!sameSpecs(results, others)) throw expected('cond', `both branches to return ${list(results)}`, list(others));
  return results;
}

const COND: Op = {
  name: 'cond',
  kind: 'region',
  infer: (inputs, _attrs, bodies) => inferCond(inputs, bodies),
  jvp: jvpOfCond,
  transpose: transposeOfCond,
};

/** Op records of this file. */
export const COND_OPS: readonly Op[] = [COND];

function condNode(pred: Value, operands: readonly Value[], bodies: readonly Graph[]): readonly Value[] {
  return applyAll(COND, [pred, ...operands], {}, bodies);
}

/** Makes branches return the same outputs: where one has null, zeros; where all have null, nothing. */
function align(branches: readonly (readonly Linear[])[]): { readonly present: boolean[]; readonly outputs: Value[][] } {
  const like = branches[0]!.map((_, i) => branches.map((branch) => branch[i]).find((v) => v != null) ?? null);
  const outputs = branches.map((branch) => branch.flatMap((v, i) => (like[i] === null ? [] : [v ?? zeros(like[i]!)])));
  return { present: like.map((v) => v !== null), outputs };
}

function expand(present: readonly boolean[], results: readonly Value[]): Linear[] {
  let at = 0;
  return present.map((p) => (p ? results[at++]! : null));
}

/** Tangents: a cond beside the primal one returns what either branch keeps, and a linear cond reads it. */
function jvpOfCond(node: Node, [, ...tangents]: readonly Linear[], passes: Passes): readonly Linear[] {
  const [pred, ...operands] = node.inputs as [Value, ...Value[]];
  const branches = node.bodies.map((body) =>
    inNewScope(() => {
      const moving = tangents.map((t, i) => (t === null ? null : input(t.spec, `tangent${i}`)));
      const outputs = passes.tangents(body.outputs, body.inputs, moving);
      const placed = moving.filter((t) => t !== null);
      return { body, placed, outputs, residuals: residualsOf(outputs, placed, body).computed };
    }),
  );
  const { present, outputs } = inNewScope(() => align(branches.map((b) => b.outputs)));
  if (!present.includes(true)) return node.outputs.map(() => null);
  const kept = branches.flatMap((b) => b.residuals);
  const keeping = branches.map((b) => ({
    inputs: b.body.inputs,
    outputs: inNewScope(() => kept.map((v) => (b.residuals.includes(v) ? v : zeros(v)))),
  }));
  const residuals = kept.length === 0 ? [] : condNode(pred, operands, keeping);
  const bodies = branches.map((b, which) =>
    inNewScope(() => {
      const inside = kept.map((v) => input(v.spec, 'residual'));
      const own = new Map(kept.map((v, i) => [v, inside[i]!] as const).filter(([v]) => b.residuals.includes(v)));
      return { inputs: [...inside, ...b.body.inputs, ...b.placed], outputs: substitute(outputs[which]!, own) };
    }),
  );
  return expand(present, condNode(pred, [...residuals, ...operands, ...tangents.filter((t) => t !== null)], bodies));
}

/** Cotangents of the operands in which the branches are linear: a cond of the transposed branches. */
function transposeOfCond(cotangents: readonly Linear[], node: Node, [, ...linear]: readonly boolean[], passes: Passes): readonly Linear[] {
  const [pred, ...operands] = node.inputs as [Value, ...Value[]];
  const still = <T>(values: readonly T[]) => values.filter((_, i) => !linear[i]);
  const branches = node.bodies.map((body) =>
    inNewScope(() => {
      const arriving = body.outputs.map((v, i) => (cotangents[i] ? input(v.spec, `cotangent${i}`) : null));
      const moved = body.inputs.filter((_, i) => linear[i]);
      const inputs = [...still(body.inputs), ...arriving.filter((v) => v !== null)];
      return { inputs, outputs: passes.transpose(body.outputs, moved, arriving) };
    }),
  );
  const { present, outputs } = inNewScope(() => align(branches.map((b) => b.outputs)));
  const bodies = branches.map((b, i) => ({ inputs: b.inputs, outputs: outputs[i]! }));
  const results = present.includes(true) ? condNode(pred, [...still(operands), ...cotangents.filter((ct) => ct !== null)], bodies) : [];
  const found = expand(present, results);
  let at = 0;
  return [null, ...linear.map((flag) => (flag ? found[at++]! : null))];
}

/**
 * yes(operands) where the bool scalar `pred` holds, else no(operands); only one of them runs. Both must return trees of the
 * same structure and types, and may use any value of the trace around them. Numbers are float64 scalars.
 */
export function cond<T, R>(
  pred: Value,
  yes: (operands: Traceable<T>) => R,
  no: (operands: Traceable<T>) => unknown,
  operands: T,
): Traceable<R> {
  const given = valuesOf(operands);
  const branches = [yes, no].map((branch) =>
    inNewScope((scope) => {
      const inputs = given.map((v, i) => input(v.spec, `operand${i}`));
      const tree = branch(rebuild(operands as Tree<unknown>, inputs)) as R;
      return { tree, inputs, ...close('cond', scope, valuesOf(tree)) };
    }),
  );
  const captures = [...new Set(branches.flatMap((b) => b.captured))];
  const bodies = branches.map((b) =>
    inNewScope(() => {
      const own = new Map(b.captured.map((v, i) => [v, b.placeholders[i]!]));
      const shared = captures.map((v, i) => own.get(v) ?? input(v.spec, `unused${i}`));
      return { inputs: [...shared, ...b.inputs], outputs: b.outputs };
    }),
  );
  const results = condNode(pred, [...captures, ...given], bodies);
  return rebuild(branches[0]!.tree as Tree<unknown>, results);
}
