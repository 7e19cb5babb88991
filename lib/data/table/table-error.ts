/** An option of a table that would avoid an error, with its value: a name, or the columns it is about. */
export type Remedy =
  | { readonly option: 'impute' | 'kind' | 'decimal'; readonly value: string }
  | { readonly option: 'exclude' | 'categorical'; readonly value: readonly string[] };

/** A remedy as it is written in code: "impute: 'median'". */
function inCode({ option, value }: Remedy): string {
  return `${option}: ${typeof value === 'string' ? `'${value}'` : `[${value.map((name) => `'${name}'`).join(', ')}]`}`;
}

/** What else can be done about an error, in words, and the remedy. */
type Hint = { readonly words?: string; readonly remedy: Remedy };

/** A table that cannot be used as it is asked for, though with another option it can. The remedy is kept apart for those who do not write code. */
export class TableError extends TypeError {
  override readonly name = 'TypeError';
  readonly remedy: Remedy;
  readonly #problem: string;
  readonly #words: string;

  /** `where`: expected `what`, got `got`; `words`, or choose the remedy. */
  constructor(where: string, what: string, got: string, { words, remedy }: Hint) {
    const problem = `${where}: expected ${what}, got ${got}`;
    const before = words === undefined ? '' : `${words}, or `;
    super(`${problem}; ${before}set ${inCode(remedy)}`);
    this.#problem = problem;
    this.#words = before;
    this.remedy = remedy;
  }

  /** The sentence with the remedy in other words, such as flags of a command. */
  sentence(remedy: string): string {
    return `${this.#problem}; ${this.#words}${remedy}`;
  }
}
