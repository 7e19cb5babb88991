import { type CompiledProgram, compileProgram } from '../../lib/compile/program.js';
import { DTYPES } from '../../lib/graph/dtype.js';
import type { Value } from '../../lib/graph/node.js';
import {
  add,
  concat,
  cond,
  gather,
  gt,
  iota,
  logSumExp,
  matmul,
  mul,
  pad,
  scan,
  scatterAdd,
  slice,
  sub,
  sum,
  tanh,
  transpose,
} from '../../lib/ops/index.js';
import { native } from '../../lib/runtime/load.js';
import type { NativeProgram } from '../../lib/runtime/native.js';
import { generator } from '../compile/random-graph.js';
import { data, state } from './programs.js';

/** A program whose plan has every kind of instruction: kernels, row programs, a scan in a scan, a cond, constants, all storages. */
function victim(): CompiledProgram {
  return compileProgram({
    capacity: { n: 6 },
    slots: {
      w: state('float32', [4, 3]),
      s: state('float64', []),
      x: data('float32', ['n', 4]),
      i: data('int32', ['n']),
      out: data('float32', ['n', 3]),
    },
    plans: {
      step: ({ w, s, x, i }) => {
        const h = tanh(matmul(x!, w!));
        const rows = add(gather(h, i!), scatterAdd(i!, h, 'n'));
        const moved = add(transpose(transpose(rows)), pad(slice(rows, [null, [0, 2]]), [null, [1, 0]]));
        const [last, ys] = scan(
          (c: Value, row: Value): [Value, Value] => {
            const [inner] = scan((d: Value, e: Value): [Value, Value] => [add(d, e), e], {
              carry: c,
              xs: concat([row.reshape([1, 3]), row.reshape([1, 3])]),
            });
            return [tanh(inner as Value), mul(c, row)];
          },
          { carry: gather(w!, iota([1])).reshape([3]), xs: moved },
        );
        const picked = cond(
          gt(s!, 0),
          (v: Value) => mul(v, 2),
          (v: Value) => sub(v, 1),
          ys as Value,
        ) as Value;
        const loss = add(sum(logSumExp(picked, [1])), sum(last as Value));
        return { state: { w: sub(w!, mul(w!, loss)), s: loss }, outputs: { out: picked }, stats: { loss }, commit: gt(loss, -1e30) };
      },
    },
  });
}

function fresh(program: CompiledProgram): NativeProgram {
  const addon = native();
  return new addon.Program(
    program.slots.map(({ name, dtype, capacityShape, kind }) => ({
      name,
      dtype: DTYPES.indexOf(dtype),
      shape: capacityShape,
      kind: kind === 'state' ? 0 : 1,
    })),
  );
}

type Outcome = 'refused' | 'ran' | 'failed';

/** Loads bytes and, should they pass, runs them for at most a moment. Anything but a sentence is thrown. */
async function tryBytes(program: CompiledProgram, bytes: Uint8Array): Promise<Outcome> {
  const target = fresh(program);
  try {
    target.addPlan(bytes);
  } catch (error) {
    const { message } = error as Error;
    if (!/^[\w ]+: expected [^\n]+, got [^\n]+$/.test(message)) throw new Error(`not an error sentence: ${message}`);
    return 'refused';
  }
  const symbols = program.plans[0]!.symbols.length;
  return new Promise((resolve) => {
    const timer = setTimeout(() => target.stop(), 50);
    const finish = (error: string | null) => {
      clearTimeout(timer);
      target.dispose();
      resolve(error === null ? 'ran' : 'failed');
    };
    try {
      target.run([{ plan: 0, steps: 1, sizes: new Array(symbols).fill(5), record: 1 }], () => {}, finish, 1);
    } catch (error) {
      finish(String(error));
    }
  });
}

type Mutation = (bytes: Uint8Array, random: () => number) => Uint8Array;

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'bit flips': (bytes, random) => {
    const copy = bytes.slice();
    const flips = 1 + Math.floor(3 * random());
    for (let k = 0; k < flips; k++) copy[Math.floor(random() * copy.length)]! ^= 1 << Math.floor(8 * random());
    return copy;
  },
  truncation: (bytes, random) => bytes.slice(0, Math.floor(random() * bytes.length)),
  'foreign numbers': (bytes, random) => {
    const copy = bytes.slice();
    const value = [0, 1, 2, 7, 255, 2 ** 16, 2 ** 31 - 1, 2 ** 32 - 1][Math.floor(8 * random())]!;
    new DataView(copy.buffer).setUint32(Math.floor(random() * (copy.length - 4)), value, true);
    return copy;
  },
  'moved pieces': (bytes, random) => {
    const copy = bytes.slice();
    const length = 1 + Math.floor(24 * random());
    const at = () => Math.floor(random() * (bytes.length - length));
    const from = at();
    copy.set(bytes.subarray(from, from + length), at());
    return copy;
  },
};

/** The child process: prints one line per mutation, or dies. */
const program = victim();
const { bytes } = program.plans[0]!;
if ((await tryBytes(program, bytes)) !== 'ran') throw new Error('the plan itself does not run');
const rounds = Number(process.argv[2]);
for (const [name, mutate] of Object.entries(MUTATIONS)) {
  const random = generator(name.length);
  const counts: Record<Outcome, number> = { refused: 0, ran: 0, failed: 0 };
  for (let round = 0; round < rounds; round++) counts[await tryBytes(program, mutate(bytes, random))]++;
  process.stdout.write(`${name}: ${JSON.stringify(counts)}\n`);
}
