import test from 'ava';
import { separatorOf } from '../../../lib/data/csv/read.js';
import { CsvTokenizer } from '../../../lib/data/csv/tokenizer.js';

type Records = [fields: string[], line: number][];

/** Records of a text given in pieces of `size` characters. */
function tokenize(text: string, size = Number.POSITIVE_INFINITY): Records {
  const records: Records = [];
  const tokenizer = new CsvTokenizer('file.csv', ',', (record) => records.push([record.fields(), record.line]));
  for (let at = 0; at < text.length; at += Math.min(size, text.length)) tokenizer.push(text.slice(at, at + size));
  tokenizer.finish();
  return records;
}

const texts: [name: string, text: string, records: Records][] = [
  [
    'plain',
    'a,b\n1,2\n',
    [
      [['a', 'b'], 1],
      [['1', '2'], 2],
    ],
  ],
  [
    'no line end at the end',
    'a,b\n1,2',
    [
      [['a', 'b'], 1],
      [['1', '2'], 2],
    ],
  ],
  [
    'CRLF',
    'a,b\r\n1,2\r\n',
    [
      [['a', 'b'], 1],
      [['1', '2'], 2],
    ],
  ],
  [
    'CR',
    'a,b\r1,2\r',
    [
      [['a', 'b'], 1],
      [['1', '2'], 2],
    ],
  ],
  [
    'empty fields',
    'a,,\n,,\n',
    [
      [['a', '', ''], 1],
      [['', '', ''], 2],
    ],
  ],
  ['spaces stay', ' a , b\n', [[[' a ', ' b'], 1]]],
  [
    'blank lines count but are no records',
    '\na\n\n\nb\r\n\r\nc',
    [
      [['a'], 2],
      [['b'], 5],
      [['c'], 7],
    ],
  ],
  [
    'quotes',
    '"a","b"\n"",""\n',
    [
      [['a', 'b'], 1],
      [['', ''], 2],
    ],
  ],
  ['an empty quoted field alone is a record', '""\n', [[[''], 1]]],
  ['quoted separators', '"a,b",c\n', [[['a,b', 'c'], 1]]],
  ['quotes written twice', '"a""b","""",""""""\n', [[['a"b', '"', '""'], 1]]],
  [
    'quoted line breaks',
    '"a\nb",c\n"d\r\n\r\ne",f\r\ng,h',
    [
      [['a\nb', 'c'], 1],
      [['d\r\n\r\ne', 'f'], 3],
      [['g', 'h'], 6],
    ],
  ],
  [
    'a return at the end of a quoted field',
    '"a\r"\nb\n',
    [
      [['a\r'], 1],
      [['b'], 3],
    ],
  ],
  [
    'other languages',
    'größe,名前\n1,"太,郎"\n',
    [
      [['größe', '名前'], 1],
      [['1', '太,郎'], 2],
    ],
  ],
  ['nothing', '', []],
];
for (const [name, text, records] of texts) {
  test(`records: ${name}, in pieces of any size`, (t) => {
    for (const size of [1, 2, 3, 5, Number.POSITIVE_INFINITY]) t.deepEqual(tokenize(text, size), records, `pieces of ${size}`);
  });
}

const malformed: [name: string, text: string, message: RegExp][] = [
  [
    'an open quote',
    'a,b\n1,"2\n3,4\n',
    /^file\.csv line 2: expected a closing quote for the field that opens here, got the end of the file$/,
  ],
  ['text after a quote', 'a\n"b"c\n', /^file\.csv line 2: expected a separator or the end of the line after a closing quote, got 'c'$/],
  [
    'a quote inside',
    'a\n\n5" pipe\n',
    /^file\.csv line 3: expected quotes only around a whole field, got one after '5'; put the whole field in quotes/,
  ],
];
for (const [name, text, message] of malformed) {
  test(`malformed: ${name}`, (t) => {
    for (const size of [1, 3, Number.POSITIVE_INFINITY]) t.throws(() => tokenize(text, size), { instanceOf: TypeError, message });
  });
}

test('the separator is what the first line has most of, outside quotes', (t) => {
  t.is(separatorOf('a,b;c,d\n;;;;;'), ',');
  t.is(separatorOf('a;b;"c,d,e,f"\n1,2,3,4'), ';');
  t.is(separatorOf('a\tb'), '\t');
  t.is(separatorOf('"a\n,,"";;;;"\tb'), '\t');
  t.is(separatorOf('alone'), ',');
});
