import test from 'ava';
import { writePlan } from '../../lib/compile/plan.js';
import { RowProgram } from '../../lib/compile/row-program.js';
import { Buffer, type Instruction, Tensor } from '../../lib/compile/tensor.js';
import type { DType } from '../../lib/graph/dtype.js';
import { Session } from '../../lib/runtime/session.js';

/** Runs one row program over data slots, the last of which is its output. */
function run(slots: readonly { readonly dtype: DType; readonly shape: readonly number[] }[], make: (tensors: Tensor[]) => Instruction) {
  const tensors = slots.map(({ dtype, shape }, i) => new Tensor(new Buffer('current', i), dtype, shape));
  const bytes = writePlan({
    symbols: [],
    cuts: [],
    constants: new Uint8Array(0),
    arenaBytes: 0,
    localBytes: 0,
    stats: [],
    commit: null,
    committed: [],
    block: [make(tensors)],
  });
  const images = slots.map(({ dtype, shape }, i) => {
    const capacity = shape.reduce((count, d) => count * d, 1);
    return { name: `s${i}`, dtype, shape, kind: 'data' as const, capacityShape: shape, capacity };
  });
  return new Session({ slots: images, plans: [{ name: 'run', bytes, symbols: [], capacities: [], stats: [] }] });
}

test('a stack is loaded as the sum of its parts', (t) => {
  const float32 = 'float32' as const;
  using session = run(
    [
      { dtype: float32, shape: [3, 2, 2] },
      { dtype: float32, shape: [2, 2] },
      { dtype: float32, shape: [2, 2] },
    ],
    ([parts, x, y]) => {
      const program = new RowProgram({ rows: 2, cols: 2 });
      const total = program.load(parts!, 'stack', 'element');
      const scaled = program.op('mul', { kind: 'element', dtype: float32 }, [total, program.load(x!, 'element', 'element')]);
      program.store(scaled, 'element', y!);
      return program.finish(0);
    },
  );
  session.write('s0', new Float32Array([1, 2, 3, 4, 10, 20, 30, 40, 100, 200, 300, 400]));
  session.write('s1', new Float32Array([1, 2, 1, 2]));
  session.runSync([{ plan: 'run', steps: 1, record: 'none' }]);
  t.deepEqual([...session.read('s2', new Float32Array(4))], [111, 444, 333, 888]);
});

test('a stacked scalar is a stack over one element', (t) => {
  const float64 = 'float64' as const;
  using session = run(
    [
      { dtype: float64, shape: [4] },
      { dtype: float64, shape: [] },
    ],
    ([parts, total]) => {
      const program = new RowProgram({ rows: 1, cols: 1 });
      program.store(program.load(parts!, 'stack', 'element'), 'element', total!);
      return program.finish(0);
    },
  );
  session.write('s0', new Float64Array([1, 2, 3, 4]));
  session.runSync([{ plan: 'run', steps: 1, record: 'none' }]);
  t.deepEqual([...session.read('s1', new Float64Array(1))], [10]);
});
