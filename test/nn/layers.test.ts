import test from 'ava';
import type { Tree } from '../../lib/base/tree.js';
import * as tree from '../../lib/base/tree.js';
import { Spec, type Value } from '../../lib/graph/node.js';
import { activation, gelu, namedActivation, relu, sigmoid, silu, softplus, tanh } from '../../lib/nn/activation.js';
import { flatten } from '../../lib/nn/flatten.js';
import { fromSpec, LAYERS as TABLE } from '../../lib/nn/from-spec.js';
import * as nn from '../../lib/nn/index.js';
import type { Layer } from '../../lib/nn/layer.js';
import { type LayerSpec, specOf } from '../../lib/nn/layer-spec.js';
import { linear } from '../../lib/nn/linear.js';
import { mlp } from '../../lib/nn/mlp.js';
import { parameterSpecs } from '../../lib/nn/parameter.js';
import { sequential } from '../../lib/nn/sequential.js';
import { type Data, engines } from '../engine.js';

const wave = (count: number, seed: number) => Array.from({ length: count }, (_, i) => Math.sin(seed + 1.3 * i));
const CONTEXT = { mode: 'train', key: null } as const;

function plainLinear(
  x: ArrayLike<number>,
  w: ArrayLike<number>,
  b: ArrayLike<number> | null,
  rows: number,
  [m, n]: readonly [number, number],
): number[] {
  return Array.from({ length: rows * n }, (_, i) => {
    const r = Math.floor(i / n),
      c = i % n;
    let total = b === null ? 0 : b[c]!;
    for (let k = 0; k < m; k++) total += x[r * m + k]! * w[k * n + c]!;
    return total;
  });
}

/** The error function by its series, in float64. */
function erf(x: number): number {
  let term = x,
    total = x;
  for (let k = 1; k < 60; k++) {
    term *= (-x * x) / k;
    total += term / (2 * k + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}

const logistic = (x: number) => 1 / (1 + Math.exp(-x));

type Row = {
  readonly name: string;
  readonly layer: Layer;
  readonly input: Spec;
  readonly output: string;
  readonly params: Tree<Data>;
  readonly count: number;
  /** Whether it is made from a function, which no spec can hold. */
  readonly isCustom?: true;
  /** The outputs, by plain loops. */
  readonly twin: (x: ArrayLike<number>) => number[];
};

const elementwise = (name: string, layer: Layer, f: (x: number) => number): Row => ({
  name,
  layer,
  input: new Spec('float64', ['n', 5]),
  output: 'float64[n,5]',
  params: {},
  count: 15,
  twin: (x) => Array.from(x, f),
});

const LAYERS: readonly Row[] = [
  {
    name: 'linear',
    layer: linear(4, 3),
    input: new Spec('float64', ['n', 4]),
    output: 'float64[n,3]',
    params: { weight: wave(12, 1), bias: wave(3, 2) },
    count: 12,
    twin: (x) => plainLinear(x, wave(12, 1), wave(3, 2), 3, [4, 3]),
  },
  {
    name: 'linear without bias, rank 3',
    layer: linear(4, 2, { bias: false }),
    input: new Spec('float64', ['n', 2, 4]),
    output: 'float64[n,2,2]',
    params: { weight: wave(8, 1) },
    count: 24,
    twin: (x) => plainLinear(x, wave(8, 1), null, 6, [4, 2]),
  },
  {
    name: 'flatten',
    layer: flatten(),
    input: new Spec('float64', ['n', 2, 3]),
    output: 'float64[n,6]',
    params: {},
    count: 18,
    twin: (x) => Array.from(x),
  },
  {
    name: 'mlp',
    layer: mlp([2, 3, 1], { activation: 'tanh' }),
    input: new Spec('float64', ['n', 2]),
    output: 'float64[n,1]',
    params: [{ weight: wave(6, 1), bias: wave(3, 2) }, {}, { weight: wave(3, 3), bias: wave(1, 4) }],
    count: 6,
    twin: (x) => plainLinear(plainLinear(x, wave(6, 1), wave(3, 2), 3, [2, 3]).map(Math.tanh), wave(3, 3), wave(1, 4), 3, [3, 1]),
  },
  elementwise('relu', relu(), (x) => Math.max(x, 0)),
  elementwise('tanh', tanh(), Math.tanh),
  elementwise('sigmoid', sigmoid(), logistic),
  elementwise('gelu', gelu(), (x) => 0.5 * x * (1 + erf(x / Math.SQRT2))),
  elementwise('silu', silu(), (x) => x * logistic(x)),
  elementwise('softplus', softplus(), (x) => Math.log1p(Math.exp(x))),
  {
    ...elementwise(
      'activation',
      activation('double', (x) => x),
      (x) => x,
    ),
    isCustom: true,
  },
];

for (const { name, layer, input, output, params, count, isCustom, twin } of LAYERS) {
  test(`${name}: types of output and parameters`, (t) => {
    const definition = layer.init(input);
    t.is(String(definition.output), output);
    const specs = tree.map(String, parameterSpecs(definition.params));
    t.deepEqual(Object.keys(Object(specs)), Object.keys(Object(params)));
  });
  for (const { name: engineName, engine } of engines) {
    test(`${name}, ${engineName}: equals plain loops`, (t) => {
      const { params: definitions } = layer.init(input);
      const call = engine(
        (p: Tree<Value>, x: Value) => ({ y: layer.apply(p, emptyLike(layer.init(input).state), x, CONTEXT)[0] }),
        [parameterSpecs(definitions), input],
        { n: 3 },
      );
      const x = wave(count, 5);
      const { y } = call(params, x) as { y: Float64Array };
      const wanted = twin(x);
      t.is(y.length, wanted.length);
      for (const [i, value] of wanted.entries()) t.true(Math.abs(y[i]! - value) <= 1e-13, `${i}: ${y[i]} vs ${value}`);
    });
  }
  if (isCustom) {
    test(`${name}: has no spec`, (t) => t.is(layer.spec, undefined));
    continue;
  }
  test(`${name}: its spec, through JSON, is the same layer`, (t) => {
    const json = JSON.parse(JSON.stringify(layer.spec));
    const again = fromSpec(json);
    t.deepEqual(again.spec, layer.spec);
    t.deepEqual(json, layer.spec);
    t.is(again.name, layer.name);
    t.is(String(again.init(input).output), output);
    const specs = [parameterSpecs(layer.init(input).params), input];
    const outputs = [layer, again].map((one) => {
      const apply = (p: Tree<Value>, x: Value) => ({ y: one.apply(p, emptyLike(one.init(input).state), x, CONTEXT)[0] });
      return engines[1]!.engine(apply, specs, { n: 3 })(params, wave(count, 5));
    });
    t.deepEqual(outputs[1], outputs[0]);
  });
}

test('every layer that can be made from a spec has a row here', (t) => {
  const named = (spec: LayerSpec): string[] => [spec.layer, ...((spec['layers'] ?? []) as LayerSpec[]).flatMap(named)];
  t.deepEqual([...new Set(LAYERS.flatMap(({ layer }) => (layer.spec === undefined ? [] : named(layer.spec))))].sort(), Object.keys(TABLE));
});

test('every layer of the package has a spec', (t) => {
  const arguments_: Record<string, readonly unknown[]> = {
    linear: [2, 3],
    mlp: [[2, 3]],
    sequential: [relu()],
    activation: ['mine', (x: Value) => x],
  };
  const others = ['augment', 'fromSpec', 'glorot', 'he', 'initialize', 'parameterSpecs', 'truncatedNormal', 'zeros'];
  for (const [name, make] of Object.entries(nn)) {
    if (others.includes(name) || name === 'ParameterDefinition') continue;
    const layer = (make as (...options: readonly unknown[]) => Layer)(...(arguments_[name] ?? []));
    t.is(layer.spec !== undefined, name !== 'activation', name);
  }
});

test('a copy that changes a layer does not claim to be that layer', (t) => {
  const mine: Layer = { ...relu(), apply: (_params, state, x) => [x, state] };
  t.is(mine.spec, undefined);
  const model = sequential(linear(2, 3), sequential(relu(), mine));
  t.is(model.spec, undefined);
  t.throws(() => specOf('save', model), {
    message: "save: expected every layer of the model to have a spec, got 'relu' at 1.1 without one",
  });
  t.throws(() => specOf('save', mine), { message: "save: expected every layer of the model to have a spec, got 'relu' without one" });
});

/** A tree without leaves stands for itself. */
function emptyLike(state: Tree<unknown>): Tree<Value> {
  return state as Tree<Value>;
}

test('parameters are named by their place', (t) => {
  const names = tree
    .entries(parameterSpecs(mlp([784, 50, 10]).init(new Spec('float32', ['n', 784])).params))
    .map(([path, spec]) => `${path} ${spec}`);
  t.deepEqual(names, ['0.weight float32[784,50]', '0.bias float32[50]', '2.weight float32[50,10]', '2.bias float32[10]']);
});

for (const [what, make, message] of [
  [
    'inputs of another size',
    () => linear(4, 2).init(new Spec('float32', ['n', 5])),
    'linear: expected float inputs [...,4], got float32[n,5]',
  ],
  [
    'images',
    () => linear(784, 2).init(new Spec('float32', ['n', 28, 28])),
    'linear: expected float inputs [...,784], got float32[n,28,28]; flatten() them first',
  ],
  ['bytes', () => linear(4, 2).init(new Spec('uint8', ['n', 4])), 'linear: expected float inputs [...,4], got uint8[n,4]'],
  ['a size of 0', () => linear(0, 2), 'linear: expected the number of inputs to be an integer >= 1, got 0'],
  [
    'an unknown option',
    () => linear(1, 2, { biases: true } as never),
    "linear: expected a known option, got 'biases'; did you mean 'bias'?",
  ],
  [
    'layers that do not fit',
    () => sequential(...([linear(4, 3), relu(), linear(2, 1)] as never as [])).init(new Spec('float32', ['n', 4])),
    'linear: expected float inputs [...,2], got float32[n,3]',
  ],
  ['no layers', () => sequential(), 'sequential: expected at least one layer, got none'],
  ['a spec that is none', () => fromSpec('relu'), "fromSpec: expected a spec { layer: NAME, ... }, got 'relu'"],
  ['a spec without a name', () => fromSpec({}), 'fromSpec: expected a known layer, got undefined'],
  ['a spec of an unknown layer', () => fromSpec({ layer: 'Relu6' }), "fromSpec: expected a known layer, got 'Relu6'; did you mean 'relu'?"],
  ['a name from the prototype', () => fromSpec({ layer: 'toString' }), /^fromSpec: expected a known layer, got 'toString'/],
  [
    'an unknown option in a spec',
    () => fromSpec({ layer: 'linear', inputs: 1, outputs: 2, initializer: 'he' }),
    "fromSpec linear: expected a known option, got 'initializer'; known: inputs, outputs, bias",
  ],
  [
    'a spec without sizes',
    () => fromSpec({ layer: 'linear' }),
    'linear: expected the number of inputs to be an integer >= 1, got undefined',
  ],
  [
    'a spec with a bias that is none',
    () => fromSpec({ layer: 'linear', inputs: 1, outputs: 2, bias: 'no' }),
    "linear: expected bias to be true or false, got 'no'",
  ],
  ['a spec of no layers', () => fromSpec({ layer: 'sequential', layers: [] }), 'sequential: expected at least one layer, got none'],
  [
    'a spec with one layer for a list',
    () => fromSpec({ layer: 'sequential', layers: { layer: 'relu' } }),
    'sequential: expected layers to be a list of specs, got an object',
  ],
  [
    'a layer in a layer that is none',
    () => fromSpec({ layer: 'sequential', layers: [3] }),
    'fromSpec: expected a spec { layer: NAME, ... }, got 3',
  ],
  ['one size', () => mlp([3]), 'mlp: expected sizes such as [784, 50, 10], got [3]'],
  [
    'an activation that is no name',
    () => mlp([2, 3, 1], { activation: tanh() as never }),
    "mlp: expected activation to be a name such as 'tanh', got object",
  ],
  [
    'an unknown activation',
    () => namedActivation('mlp', 'rely' as never),
    "mlp: expected a known activation, got 'rely'; did you mean 'relu'?",
  ],
] as const) {
  test(`${what}: one clear sentence`, (t) => {
    t.throws(make as () => unknown, { message });
  });
}
