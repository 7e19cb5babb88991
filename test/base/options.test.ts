import test from 'ava';
import { nearest, suggestion } from '../../lib/base/nearest.js';
import { inRange, type Option, type Options, parseOption, resolveOptions } from '../../lib/base/options.js';

const TABLE = {
  learningRate: { kind: 'number', description: 'Step length.', range: '(0, inf)', default: 0.1 },
  steps: { kind: 'integer', description: 'How many.', range: '[1, 100]', default: 10 },
  nesterov: { kind: 'flag', description: 'Look ahead.', default: false },
  curvature: { kind: 'choice', description: 'Matrix.', choices: ['fisher', 'hessian'], default: 'fisher' },
  dampingRange: { kind: 'interval', description: 'Clip.', range: '[0, inf]', default: [1e-8, Number.POSITIVE_INFINITY] },
} as const satisfies Options;

test('defaults fill what is not given; undefined counts as not given', (t) => {
  t.deepEqual(resolveOptions('f', TABLE, { steps: 3, nesterov: undefined }), {
    learningRate: 0.1,
    steps: 3,
    nesterov: false,
    curvature: 'fisher',
    dampingRange: [1e-8, Number.POSITIVE_INFINITY],
  });
});

for (const [given, error, message] of [
  [{ learningrate: 1 }, TypeError, "f: expected a known option, got 'learningrate'; did you mean 'learningRate'?"],
  [{ nestrov: true }, TypeError, "f: expected a known option, got 'nestrov'; did you mean 'nesterov'?"],
  [{ learningRate: 0 }, RangeError, 'f: expected learningRate to be a number in (0, inf), got 0'],
  [{ learningRate: Number.NaN }, RangeError, 'f: expected learningRate to be a number in (0, inf), got NaN'],
  [{ learningRate: Number.POSITIVE_INFINITY }, RangeError, 'f: expected learningRate to be a number in (0, inf), got inf'],
  [{ learningRate: '1' }, TypeError, "f: expected learningRate to be a number in (0, inf), got '1'"],
  [{ steps: 1.5 }, RangeError, 'f: expected steps to be an integer in [1, 100], got 1.5'],
  [{ steps: 101 }, RangeError, 'f: expected steps to be an integer in [1, 100], got 101'],
  [{ nesterov: 1 }, TypeError, 'f: expected nesterov to be true or false, got 1'],
  [{ curvature: 'fischer' }, RangeError, "f: expected curvature to be 'fisher' or 'hessian', got 'fischer'; did you mean 'fisher'?"],
  [{ dampingRange: [2, 1] }, RangeError, 'f: expected dampingRange to be two numbers low <= high in [0, inf], got [2, 1]'],
  [{ dampingRange: 1 }, TypeError, 'f: expected dampingRange to be two numbers low <= high in [0, inf], got 1'],
] as const) {
  test(`rejected: ${message}`, (t) => {
    t.throws(() => resolveOptions('f', TABLE, given), { instanceOf: error, message });
  });
}

for (const [name, text, value] of [
  ['learningRate', '1e-3', 1e-3],
  ['steps', '7', 7],
  ['nesterov', 'true', true],
  ['curvature', 'hessian', 'hessian'],
  ['dampingRange', '1e-8,inf', [1e-8, Number.POSITIVE_INFINITY]],
] as const) {
  test(`the text ${name}=${text} is read`, (t) => t.deepEqual(parseOption('cli', name, TABLE[name] as Option, text), value));
}

for (const [name, text] of [
  ['learningRate', ''],
  ['learningRate', 'fast'],
  ['learningRate', '-1'],
  ['steps', '1.5'],
  ['nesterov', 'yes'],
  ['curvature', ''],
  ['dampingRange', '1'],
  ['dampingRange', '1,2,3'],
  ['dampingRange', ',1'],
] as const) {
  test(`the text ${name}='${text}' is rejected`, (t) => {
    t.throws(() => parseOption('cli', name, TABLE[name] as Option, text), { message: new RegExp(`^cli: expected ${name} to be `) });
  });
}

test('ranges have open and closed ends', (t) => {
  t.true(inRange(0, '[0, 1)'));
  t.false(inRange(1, '[0, 1)'));
  t.false(inRange(0, '(0, inf)'));
  t.true(inRange(Number.POSITIVE_INFINITY, '[0, inf]'));
  t.true(inRange(-3.5, '[-3.5, 1e-2]'));
  t.false(inRange(Number.NaN, '[-inf, inf]'));
});

test('the nearest name ignores case and dashes and counts swapped letters once', (t) => {
  const names = ['adam', 'adamw', 'adamqlr', 'sgd'];
  t.is(nearest('Adam-QLR', names), 'adamqlr');
  t.is(nearest('sdg', names), 'sgd');
  t.is(nearest('x', []), undefined);
  t.is(suggestion('something-else', names), 'known: adam, adamw, adamqlr, sgd');
});
