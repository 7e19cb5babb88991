import test from 'ava';
import { sizesOfCuts } from '../../lib/compile/blocks.js';
import { type CompileOptions, PlanBuilder, type Slot } from '../../lib/compile/plan-builder.js';
import { inNewScope, input, type Spec, type Value } from '../../lib/graph/node.js';
import { MemoryModel } from './memory-model.js';
import { randomFunction, randomInputs } from './random-graph.js';

const CAPACITY = { n: 9 };

/** A random plan: inputs in slots, results in states, a data slot and a stat. */
function build(seed: number, steps: number, options: CompileOptions) {
  return inNewScope(() => {
    const specs = randomInputs('float32');
    const inputs = new Map(specs.map((spec, i) => [`x${i}`, input(spec, `x${i}`) as Value]));
    const results = randomFunction(seed, steps)([...inputs.values()]);
    const slots = new Map<string, Slot>();
    const define = (name: string, spec: Spec, kind: Slot['kind']) => slots.set(name, { name, spec, kind, index: slots.size });
    for (const [i, spec] of specs.entries()) define(`x${i}`, spec, 'data');
    const state: Record<string, Value> = {},
      outputs: Record<string, Value> = {},
      stats: Record<string, Value> = {};
    results.forEach((v, i) => {
      const kind = i < 3 ? 'state' : 'data';
      define(`r${i}`, v.spec, kind);
      (kind === 'state' ? state : outputs)[`r${i}`] = v;
      if (v.rank === 0 && v.dtype === 'float64') stats[`s${i}`] = v;
    });
    return new PlanBuilder('random', slots, CAPACITY, options).build(inputs, { state, outputs, stats });
  });
}

function check(seed: number, steps: number, options: CompileOptions): { unshared: number; arena: number } {
  const { block, cuts, report } = build(seed, steps, options);
  const capacity = {
    ...CAPACITY,
    ...sizesOfCuts(cuts, CAPACITY),
  };
  const model = new MemoryModel({ bytes: report.arenaBytes, localBytes: report.localBytes, capacity });
  model.run(block);
  return { unshared: model.unshared, arena: report.arenaBytes };
}

const VARIANTS: Readonly<Record<string, CompileOptions>> = {
  default: {},
  'not fused': { fuse: false },
  'not in place': { inPlace: false },
  poisoned: { poison: true },
  'in blocks': { blockRows: 2 },
  'in blocks, not fused': { blockRows: 4, fuse: false },
};

for (const [name, options] of Object.entries(VARIANTS)) {
  test(`no read finds other data than its own, ${name}`, (t) => {
    for (let seed = 1; seed <= 150; seed++) t.notThrows(() => check(seed, 10 + (seed % 40), options), `seed ${seed}`);
  });
}

test('sharing and in-place reuse make arenas smaller', (t) => {
  const total = (options: CompileOptions) => {
    let arena = 0,
      unshared = 0;
    for (let seed = 1; seed <= 30; seed++) {
      const sizes = check(seed, 60, options);
      arena += sizes.arena;
      unshared += sizes.unshared;
    }
    return { arena, unshared };
  };
  const plain = total({ inPlace: false, fuse: false }),
    reused = total({ fuse: false });
  t.true(plain.arena < 0.75 * plain.unshared, `${plain.arena} of ${plain.unshared}`);
  t.true(reused.arena < plain.arena, `${reused.arena} with reuse, ${plain.arena} without`);
});

test('the checker finds a buffer that was freed too early', (t) => {
  const { block, report } = build(3, 40, { fuse: false, inPlace: false });
  const arena = block.flatMap((instr) => instr.outputs).filter((tensor) => tensor.buffer.storage === 'arena');
  let caught = 0;
  for (const tensor of arena) {
    const { where } = tensor.buffer;
    tensor.buffer.where = 0;
    try {
      new MemoryModel({ bytes: report.arenaBytes, capacity: CAPACITY }).run(block);
    } catch {
      caught++;
    }
    tensor.buffer.where = where;
  }
  t.true(caught > arena.length / 3, `${caught} of ${arena.length}`);
});
