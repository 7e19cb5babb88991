import { type CompiledProgram, compileProgram, type SlotDefinition } from '../../lib/compile/program.js';
import type { DType } from '../../lib/graph/dtype.js';
import { Spec } from '../../lib/graph/node.js';
import type { Shape } from '../../lib/graph/shape.js';
import {
  add,
  cast,
  exp,
  foldIn,
  gather,
  lt,
  matmul,
  max,
  mul,
  randomNormal,
  select,
  size,
  square,
  sub,
  sum,
  tanh,
} from '../../lib/ops/index.js';

export function state(dtype: DType, shape: Shape): SlotDefinition {
  return { spec: new Spec(dtype, shape), kind: 'state' };
}

export function data(dtype: DType, shape: Shape): SlotDefinition {
  return { spec: new Spec(dtype, shape), kind: 'data' };
}

/** A counter that commits while it is below a limit; the second plan reads what the first committed. */
export function counter(): CompiledProgram {
  return compileProgram({
    capacity: { n: 8 },
    slots: { count: state('float64', []), limit: data('float64', []), scale: data('float32', ['n']), copy: data('float64', []) },
    plans: {
      step: ({ count, limit }) => {
        const next = add(count!, 1);
        return { state: { count: next }, stats: { before: count!, next }, commit: lt(count!, limit!) };
      },
      look: ({ count, scale }) => ({ outputs: { copy: add(count!, sum(scale!)) }, stats: { count: count!, n: size('n') } }),
    },
  });
}

/** A step that takes about a millisecond and more: gradient descent on a two-layer network with noisy inputs. */
export function network({
  width = 64,
  rows = 256,
  blockRows,
}: {
  width?: number;
  rows?: number;
  blockRows?: number;
} = {}): CompiledProgram {
  return compileProgram(
    {
      capacity: { n: rows },
      slots: {
        w: state('float32', [width, width]),
        v: state('float32', [width, width]),
        key: state('int32', [2]),
        step: state('int32', []),
        x: data('float32', ['n', width]),
        i: data('int32', ['n']),
      },
      plans: {
        step: ({ w, v, key, step, x, i }) => {
          const noise = mul(randomNormal(foldIn(key!, step!), ['n', width]), 0.01);
          const input = add(gather(x!, i!), noise);
          const h = tanh(matmul(input, w!));
          const y = matmul(h, v!);
          const shifted = sub(y, max(y, [1], { keepDims: true }));
          const p = exp(shifted);
          const loss = mul(sum(square(mul(p, 0.1))), 1 / rows);
          const gv = matmul(h, mul(p, 1e-4), { transposeA: true });
          const gh = mul(matmul(mul(p, 1e-4), v!, { transposeB: true }), sub(1, square(h)));
          const gw = matmul(input, gh, { transposeA: true });
          const small = select(lt(loss, 1e9), loss, 0);
          return {
            state: { w: sub(w!, mul(gw, 0.1)), v: sub(v!, mul(gv, 0.1)), step: add(step!, 1) },
            stats: { loss: small, norm: sum(square(gw)), step: cast(step!, 'float64') },
          };
        },
      },
    },
    blockRows === undefined ? {} : { blockRows },
  );
}

/** Fills the slots of `network`, the same for the same seed. */
export function fillNetwork(
  session: { write(slot: string, values: Float32Array | Int32Array): void },
  { width = 64, rows = 256 } = {},
): void {
  const numbers = (count: number, scale: number, phase: number) =>
    Float32Array.from({ length: count }, (_, i) => scale * Math.sin(1.7 * i + phase));
  session.write('w', numbers(width * width, 0.2, 0.1));
  session.write('v', numbers(width * width, 0.2, 0.7));
  session.write('x', numbers(rows * width, 1, 0.3));
  session.write(
    'i',
    Int32Array.from({ length: rows }, (_, i) => (7 * i) % Math.min(rows, 200)),
  );
  session.write('key', Int32Array.of(12, 34));
}
