import { internal } from '../base/errors.js';
import { isFloat } from '../graph/dtype.js';
import { type Graph, inNewScope, input, type Node, nodesOf, type Value } from '../graph/node.js';
import { substitute } from '../graph/substitute.js';
import { add } from './arithmetic.js';
import type { Linear, Passes } from './op.js';
import { residualsOf } from './region.js';
import { type ScanAttrs, scanNode } from './scan.js';
import { zeros } from './sources.js';

/** A list cut into the groups of a scan's inputs. */
function groupsOf<T>(list: readonly T[], { consts, carries }: ScanAttrs): { consts: T[]; carries: T[]; xs: T[] } {
  return { consts: list.slice(0, consts), carries: list.slice(consts, consts + carries), xs: list.slice(consts + carries) };
}

function pick<T>(list: readonly T[], flags: readonly unknown[]): T[] {
  return list.filter((_, i) => flags[i] !== null && flags[i] !== false);
}

/** The tangent part of a body: `moving` are the placeholders of tangents, null where an input does not move. */
type LinearBody = { readonly moving: readonly Linear[]; readonly outputs: readonly Linear[] };

/** Tangents of the body's outputs. A carry moves when its start moves or any iteration moves it: repeated until no more do. */
function linearize(body: Graph, attrs: ScanAttrs, tangents: readonly Linear[], passes: Passes): LinearBody {
  const moves = tangents.map((t) => t !== null);
  for (;;) {
    const moving = body.inputs.map((v, i) => (moves[i] ? input(v.spec, `tangent${i}`) : null));
    const outputs = passes.tangents(body.outputs, body.inputs, moving);
    let grown = false;
    for (let i = 0; i < attrs.carries; i++) {
      if (outputs[i] === null || moves[attrs.consts + i]) continue;
      moves[attrs.consts + i] = true;
      grown = true;
    }
    if (!grown)
      return {
        moving,
        outputs: outputs.map((t, i) => (i < attrs.carries && moves[attrs.consts + i] ? (t ?? zeros(body.outputs[i]!)) : t)),
      };
  }
}

/** Which of `values` depend on `inputs`. */
function dependents(values: readonly Value[], inputs: readonly Value[]): Set<Value> {
  const found = new Set<Value>(inputs);
  for (const node of nodesOf(values)) {
    if (node.inputs.some((v) => found.has(v))) for (const v of node.outputs) found.add(v);
  }
  return found;
}

/** How the linear scan sees what it reads from the primal one: the same every iteration, or stacked. */
type Known = { readonly consts: [inside: Value, outside: Value][]; readonly stacked: [inside: Value, outside: Value][] };

/**
 * Makes the residuals available outside the loop: inputs are there already, values computed from consts alone are computed
 * once outside, all others are stacked by a scan over the very nodes of the primal body, which `mergeRegions` joins with it.
 */
function exportResiduals(node: Node, { moving, outputs }: LinearBody): Known {
  const attrs = node.attrs as ScanAttrs,
    body = node.bodies[0]!;
  const inside = groupsOf(body.inputs, attrs),
    outside = groupsOf(node.inputs, attrs);
  const residuals = residualsOf(
    outputs,
    moving.filter((t) => t !== null),
    body,
  );
  const read = new Set(residuals.inputs);
  const varying = dependents(residuals.computed, [...inside.carries, ...inside.xs]);
  const fixed = residuals.computed.filter((v) => !varying.has(v));
  const stacked = [...inside.carries.filter((v) => read.has(v)), ...residuals.computed.filter((v) => varying.has(v))];
  const hoisted = substitute(fixed, new Map(inside.consts.map((v, i) => [v, outside.consts[i]!])));
  const carryOutputs = body.outputs.slice(0, attrs.carries);
  const stacks = stacked.length === 0 ? [] : scanNode(outside, { inputs: body.inputs, outputs: [...carryOutputs, ...stacked] }, attrs);
  const pairs = (a: readonly Value[], b: readonly Value[]) => a.map((v, i) => [v, b[i]!] as [Value, Value]).filter(([v]) => read.has(v));
  return {
    consts: [...pairs(inside.consts, outside.consts), ...fixed.map((v, i) => [v, hoisted[i]!] as [Value, Value])],
    stacked: [...pairs(inside.xs, outside.xs), ...stacked.map((v, i) => [v, stacks[attrs.carries + i]!] as [Value, Value])],
  };
}

/**
 * Tangents of a scan: a second, linear scan whose carries are the tangents of the carries. It reads residuals of the primal
 * iterations, which a scan beside the primal one stacks.
 */
export function jvpOfScan(node: Node, tangents: readonly Linear[], passes: Passes): readonly Linear[] {
  const attrs = node.attrs as ScanAttrs,
    body = node.bodies[0]!;
  const linear = inNewScope(() => linearize(body, attrs, tangents, passes));
  if (linear.outputs.every((t) => t === null)) return node.outputs.map(() => null);
  const known = exportResiduals(node, linear);
  const moving = groupsOf(linear.moving, attrs),
    starts = groupsOf(tangents, attrs);
  const carries = pick(
    starts.carries.map((t, i) => t ?? zeros(node.outputs[i]!)),
    moving.carries,
  );
  const inside = inNewScope(() => {
    const replaced = [...known.consts, ...known.stacked].map(([v]) => [v, input(v.spec, 'residual')] as const);
    const map = new Map<Value, Value>(replaced);
    const outputs = substitute(
      linear.outputs.filter((t) => t !== null),
      map,
    );
    return { map, outputs };
  });
  const bodyInputs = [
    ...known.consts.map(([v]) => inside.map.get(v)!),
    ...pick(moving.consts, moving.consts),
    ...pick(moving.carries, moving.carries),
    ...known.stacked.map(([v]) => inside.map.get(v)!),
    ...pick(moving.xs, moving.xs),
  ] as Value[];
  const results = scanNode(
    {
      consts: [...known.consts.map(([, v]) => v), ...(pick(starts.consts, moving.consts) as Value[])],
      carries,
      xs: [...known.stacked.map(([, v]) => v), ...(pick(starts.xs, moving.xs) as Value[])],
    },
    { inputs: bodyInputs, outputs: inside.outputs },
    attrs,
  );
  let at = 0;
  return linear.outputs.map((t) => (t === null ? null : results[at++]!));
}

/**
 * Cotangents of a scan that is linear in its carries and in the marked consts and xs: a scan in the other direction whose
 * carries are the cotangents of the carries and the sums of the cotangents of the consts.
 */
export function transposeOfScan(cotangents: readonly Linear[], node: Node, linear: readonly boolean[], passes: Passes): readonly Linear[] {
  const attrs = node.attrs as ScanAttrs,
    body = node.bodies[0]!;
  const flags = groupsOf(linear, attrs),
    inside = groupsOf(body.inputs, attrs),
    outside = groupsOf(node.inputs, attrs);
  if (!inside.carries.every((v) => isFloat(v.dtype))) throw internal('transpose of a scan with a carry that is not linear');
  // A carry that starts at zero is linear too, although its start does not depend on the tangents.
  const moves = [...flags.consts, ...flags.carries.fill(true), ...flags.xs];
  const still = (list: readonly Value[], marks: readonly boolean[]) => list.filter((_, i) => !marks[i]);
  const traced = inNewScope(() => {
    const arriving = body.outputs.map((v, i) => (i < attrs.carries || cotangents[i] ? input(v.spec, `cotangent${i}`) : null));
    const leaving = passes.transpose(body.outputs, pick(body.inputs, moves), arriving);
    let at = 0;
    const found = groupsOf(
      moves.map((move) => (move ? leaving[at++]! : null)),
      attrs,
    );
    const sums = found.consts.map((ct, i) => (ct === null ? null : input(ct.spec, `sum${i}`)));
    const carries = found.carries.map((ct, i) => ct ?? zeros(inside.carries[i]!));
    const grown = pick(
      sums.map((s, i) => (s === null ? null : add(s, found.consts[i]!))),
      sums,
    ) as Value[];
    const ys = found.xs;
    return { arriving, sums, ys, outputs: [...carries, ...grown, ...(pick(ys, ys) as Value[])] };
  });
  const { arriving, sums, ys } = traced;
  const carriesIn = arriving.slice(0, attrs.carries) as Value[],
    ysIn = arriving.slice(attrs.carries);
  const results = scanNode(
    {
      consts: still(outside.consts, flags.consts),
      carries: [...carriesIn.map((v, i) => cotangents[i] ?? zeros(v)), ...(pick(sums, sums) as Value[]).map(zeros)],
      xs: [...still(outside.xs, flags.xs), ...(pick(cotangents.slice(attrs.carries), ysIn) as Value[])],
    },
    {
      inputs: [
        ...still(inside.consts, flags.consts),
        ...carriesIn,
        ...(pick(sums, sums) as Value[]),
        ...still(inside.xs, flags.xs),
        ...(pick(ysIn, ysIn) as Value[]),
      ],
      outputs: traced.outputs,
    },
    { length: attrs.length, reverse: !attrs.reverse },
  );
  let sumAt = attrs.carries,
    yAt = attrs.carries + pick(sums, sums).length;
  return [
    ...sums.map((s) => (s === null ? null : results[sumAt++]!)),
    ...results.slice(0, attrs.carries),
    ...ys.map((y) => (y === null ? null : results[yAt++]!)),
  ];
}
