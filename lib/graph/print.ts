import { type Attrs, type Graph, isInput, type Node, nodesOf, Spec, type Value } from './node.js';
import { format } from './shape.js';

/** a, b, ..., z, aa, ab, ...: the n-th letter name. */
function letters(n: number): string {
  return (n >= 26 ? letters(Math.floor(n / 26) - 1) : '') + String.fromCharCode(97 + (n % 26));
}

function attribute(value: unknown): string {
  if (value instanceof Spec) return format(value);
  if (ArrayBuffer.isView(value)) {
    const data = [...(value as unknown as ArrayLike<number> & Iterable<number>)];
    return `[${data.slice(0, 4).join(',')}${data.length > 4 ? `,... ${data.length}` : ''}]`;
  }
  return Array.isArray(value) ? `[${value.join(',')}]` : String(value);
}

/** Attributes that say something: flags that are off and what the output's type shows are left out. */
function attributes(attrs: Attrs, node: Node): string {
  const shown = Object.entries(attrs).filter(
    ([key, value]) => value !== false && value !== undefined && !((key === 'shape' || key === 'dtype') && node.outputs.length === 1),
  );
  return shown.length === 0 ? '' : ` {${shown.map(([key, value]) => (value === true ? key : `${key}=${attribute(value)}`)).join(' ')}}`;
}

/** Names values in the order in which they are printed; nested regions go on counting. */
class Names {
  readonly #names = new Map<Value, string>();
  readonly #taken = new Set<string>();
  #next = 0;
  input(v: Value): string {
    const wanted = String(v.node.attrs.name)
      .replace(/\W+/g, '_')
      .replace(/^(?=\d)/, 'x');
    let name = wanted;
    for (let i = 1; this.#taken.has(name); i++) name = `${wanted}_${i}`;
    return this.#set(v, name);
  }
  output(v: Value): string {
    let name = letters(this.#next++);
    while (this.#taken.has(name)) name = letters(this.#next++);
    return this.#set(v, name);
  }
  of(v: Value): string {
    return this.#names.get(v) ?? '?';
  }
  #set(v: Value, name: string): string {
    this.#taken.add(name);
    this.#names.set(v, name);
    return name;
  }
}

function typed(name: string, v: Value): string {
  return `${name}:${format(v)}`;
}

function lines(graph: Graph, names: Names, indent: string): string[] {
  const body = nodesOf(graph.outputs)
    .filter((node) => !isInput(node))
    .flatMap((node) => {
      const inputs = node.inputs.map((v) => ` ${names.of(v)}`).join('');
      const results = node.outputs.map((v) => typed(names.output(v), v)).join(', ');
      const head = `${indent}${results} = ${node.op.name}${inputs}${attributes(node.attrs, node)}`;
      return node.bodies.length === 0 ? [head] : [head, ...node.bodies.flatMap((inner) => region(inner, names, `${indent}  `))];
    });
  return [...body, `${indent}return ${graph.outputs.map((v) => names.of(v)).join(', ')}`];
}

function region(graph: Graph, names: Names, indent: string): string[] {
  const inputs = graph.inputs.map((v) => typed(names.input(v), v)).join(', ');
  return [`${indent}(${inputs}):`, ...lines(graph, names, `${indent}  `)];
}

/**
 * A graph as text, one node per line in order of evaluation: `b:float32[2,3] = add x a`. Names are letters in order, inputs
 * keep theirs, and bodies of scan and cond are indented below their node, so equal graphs print equally.
 */
export function print(graph: Graph): string {
  return region(graph, new Names(), '').join('\n');
}
