import test from 'ava';
import { parseNumber, parseNumberIn } from '../../lib/data/number.js';
import { Random } from '../../lib/data/random.js';

const texts = [
  '0',
  '-0',
  '+5',
  '1.',
  '.5',
  '-.5',
  '.',
  '-',
  '+',
  '',
  ' ',
  '  12.5 ',
  '\t7\t',
  '\u00a07',
  '1e3',
  '1E-3',
  '-1.5e+300',
  '1e999',
  '1e',
  '0x10',
  'Infinity',
  'NaN',
  '1,5',
  '1 2',
  '1.2.3',
  '--1',
  '123456789012345',
  '1234567890123456',
  '9007199254740993',
  '0.1234567890123456789',
  '0.000000000000001',
  '00000000000000012',
  '4.35',
  '0.3',
  '2.675',
  '179769313486231570000',
  '1_000',
  '12a',
  'a12',
  '٣',
]; // prettier-ignore

test('a part of a text is the number that the part alone is', (t) => {
  for (const text of texts) {
    for (const [before, after] of [
      ['', ''],
      ['9', '9'],
      ['1,', ',2'],
      ['-', 'e5'],
    ] as const) {
      const found = parseNumberIn(before + text + after, before.length, before.length + text.length);
      t.true(Object.is(found, parseNumber(text.trim())), `'${text}': ${found}`);
    }
  }
});

test('decimals of any length are the numbers nearest to them', (t) => {
  const random = new Random(5);
  const digits = (count: number) => Array.from({ length: count }, () => random.integer(10)).join('');
  for (let i = 0; i < 50_000; i++) {
    const text = `${random.integer(2) === 0 ? '-' : ''}${digits(1 + random.integer(9))}.${digits(random.integer(10))}`;
    if (!Object.is(parseNumberIn(text, 0, text.length), Number(text))) t.fail(text);
  }
  t.pass();
});
