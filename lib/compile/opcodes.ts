import { ARITHMETIC_OPS } from '../ops/arithmetic.js';
import { COMPARISON_OPS } from '../ops/comparison.js';
import { ELEMENTWISE_OPS } from '../ops/elementwise.js';

/** Ops from floats to floats, element by element. */
export const ARITHMETIC: ReadonlySet<string> = new Set([...ARITHMETIC_OPS, ...ELEMENTWISE_OPS].map(({ name }) => name));

/** Ops from numbers to truth values, element by element. */
export const COMPARISON: ReadonlySet<string> = new Set(COMPARISON_OPS.map(({ name }) => name));

/** Ops that work element by element; the opcodes of row programs. */
export const ELEMENTWISE: ReadonlySet<string> = new Set([...ARITHMETIC, ...COMPARISON, 'select', 'cast']);
