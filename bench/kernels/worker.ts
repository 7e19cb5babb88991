/**
 * Our kernels as compiled plans of one function each: checked against float64, then timed. Prints one line of JSON.
 * Usage: node dist-test/bench/kernels/worker.js NAMES_AS_JSON THREADS SECONDS
 */
import { compileProgram, type SlotDefinition } from '../../lib/compile/program.js';
import { Random } from '../../lib/data/random.js';
import { allocate, type FloatDType, type TypedArray } from '../../lib/graph/dtype.js';
import { inNewScope, input, Spec, type Value } from '../../lib/graph/node.js';
import { Session } from '../../lib/runtime/session.js';
import { sample } from '../timing.js';
import { KERNELS, type KernelCase, type KernelInput } from './cases.js';

const [names = '[]', threads = '2', seconds = '0.2'] = process.argv.slice(2);

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((total, d) => total * d, 1);
}

function drawn({ shape, classes, positive = false }: KernelInput, random: Random): Float32Array | Int32Array {
  const count = sizeOf(shape);
  if (classes !== undefined) return Int32Array.from({ length: count }, () => random.integer(classes));
  // A sum of uniform numbers is normal enough here. Drawn once for many elements: drawing millions takes longer than timing them.
  const normal = () => random.uniform(-1, 1) + random.uniform(-1, 1) + random.uniform(-1, 1);
  const pool = Float32Array.from({ length: Math.min(count, 65_521) }, () => (positive ? Math.abs(normal()) : normal()));
  return Float32Array.from({ length: count }, (_, i) => pool[i % pool.length]!);
}

function converted(values: Float32Array | Int32Array, dtype: FloatDType): TypedArray {
  if (values instanceof Int32Array) return values;
  const array = allocate(dtype, values.length);
  array.set(values);
  return array;
}

type Prepared = { readonly session: Session; readonly outputs: readonly string[] };

function prepare({ inputs, compute }: KernelCase, data: readonly (Float32Array | Int32Array)[], dtype: FloatDType): Prepared {
  const specs = inputs.map(({ shape, classes }) => new Spec(classes === undefined ? dtype : 'int32', shape));
  const outputs = inNewScope(() => compute(...specs.map((spec, i) => input(spec, `in${i}`) as Value)).map((value) => value.spec));
  const slot = (spec: Spec): SlotDefinition => ({ spec, kind: 'data' });
  const named = <T>(prefix: string, values: readonly T[]) => values.map((value, i) => [`${prefix}${i}`, value] as const);
  const program = compileProgram({
    capacity: {},
    slots: Object.fromEntries([...named('in', specs), ...named('out', outputs)].map(([name, spec]) => [name, slot(spec)])),
    plans: { run: (slots) => ({ outputs: Object.fromEntries(named('out', compute(...specs.map((_, i) => slots[`in${i}`]!)))) }) },
  });
  const session = new Session(program, { threads: Number(threads) });
  data.forEach((values, i) => {
    session.write(`in${i}`, converted(values, dtype));
  });
  return { session, outputs: outputs.map((_, i) => `out${i}`) };
}

const run = ({ session }: Prepared, steps: number) => session.runSync([{ plan: 'run', steps, record: 'none' }]);

/** Largest difference of an output from its float64 twin, as a part of the twin's length per element. */
function difference(a: TypedArray, b: TypedArray): number {
  let [off, length] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    off += (a[i]! - b[i]!) ** 2;
    length += b[i]! ** 2;
  }
  return Math.sqrt(off / length);
}

/** Throws where a kernel does not compute in float32 what it computes in float64. */
function check(c: KernelCase, data: readonly (Float32Array | Int32Array)[]): void {
  const [single, double] = (['float32', 'float64'] as const).map((dtype) => prepare(c, data, dtype));
  run(single!, 1);
  run(double!, 1);
  const longest = Math.max(...c.inputs.flatMap(({ shape }) => shape));
  const tolerance = 8 * Math.sqrt(longest) * 2 ** -24;
  for (const name of single!.outputs) {
    const off = difference(single!.session.read(name), double!.session.read(name));
    // Written so that NaN fails.
    if (!(off <= tolerance))
      throw new Error(`${c.name}: expected float32 to agree with float64 to ${tolerance.toExponential(1)}, got ${off}; not timed`);
  }
  single!.session.dispose();
  double!.session.dispose();
}

const samples: Record<string, number[]> = {};
for (const name of JSON.parse(names) as string[]) {
  const c = KERNELS.find((kernel) => kernel.name === name);
  if (c === undefined) throw new Error(`bench: expected a kernel, got '${name}'`);
  const random = new Random(3);
  const data = c.inputs.map((one) => drawn(one, random));
  check(c, data);
  const prepared = prepare(c, data, 'float32');
  samples[name] = sample((steps) => run(prepared, steps), { seconds: Number(seconds), samples: 5 });
  prepared.session.dispose();
}
console.log(JSON.stringify({ samples }));
